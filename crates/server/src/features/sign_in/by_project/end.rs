//! A session that has ended here ends at the project as well.

use serde::{Deserialize, Serialize};

use super::{super::store::project as project_store, tokens};
use crate::{
    app::App,
    db::{OrgId, SessionId, Tx},
    fault::Fault,
    queue::{self, Attempt, Job, JobError},
    supabase::{self, Project},
};

#[derive(Debug, Serialize, Deserialize)]
pub struct EndAtProject {
    session: SessionId,
}

/// Has a session ended at the project, in the transaction that ends it here.
pub async fn end_at_project(app: &App, tx: &mut Tx, session: SessionId) -> Result<(), Fault> {
    if supabase::keeps_accounts(app) {
        queue::enqueue(app, tx, &EndAtProject { session }).await?;
    }
    Ok(())
}

impl Job for EndAtProject {
    const KIND: &'static str = "end_at_project";

    fn org(&self) -> Option<OrgId> {
        None
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        let Some(project) = Project::of(app) else {
            return Ok(());
        };
        let mut tx = app.db.read_global().await?;
        let sealed = project_store::tokens_of_ended(&mut tx, self.session).await?;
        drop(tx);
        let Some(sealed) = sealed else {
            return Ok(());
        };
        let kept = tokens::open(app, self.session, &sealed)?;
        // Where no token is good any more, the session there has ended or does so by itself.
        let access = if tokens::is_expiring(app, &kept) {
            let renewed = project.refresh(&kept.refresh_token).await?;
            renewed.ok().map(|entered| entered.tokens.access_token)
        } else {
            Some(kept.access_token)
        };
        if let Some(access) = access {
            let ended = project.sign_out(&access, "local").await?;
            tracing::debug!(session = %self.session, ?ended, "ended at the project");
        }
        let mut tx = app.db.write_global().await?;
        project_store::forget_tokens(&mut tx, self.session).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod payloads {
    use super::EndAtProject;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"session":"ses_00000000000000000000000000000001"}"#;
        let job: EndAtProject = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
