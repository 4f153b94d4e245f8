//! Sessions that have ended here, by whomever or by their age, end at the project as well, and their
//! tokens are kept no longer.

use serde::{Deserialize, Serialize};

use super::{super::store::project as project_store, tokens};
use crate::{
    app::App,
    db::{OrgId, SessionId, Tx},
    fault::Fault,
    queue::{self, Attempt, Enqueued, Job, JobError},
    supabase::{self, Project},
};

#[derive(Debug, Serialize, Deserialize)]
pub struct EndAtProject {}

/// Has what has ended here end there. Signing out asks for it at once, a schedule for all the rest.
pub async fn end_at_project(app: &App, tx: &mut Tx) -> Result<(), Fault> {
    if supabase::keeps_accounts(app) {
        queue::enqueue(app, tx, &EndAtProject {}).await?;
    }
    Ok(())
}

/// Schedule: the same.
pub fn end_ended<'a>(app: &'a App, tx: &'a mut Tx) -> Enqueued<'a> {
    Box::pin(end_at_project(app, tx))
}

impl Job for EndAtProject {
    const KIND: &'static str = "end_at_project";

    fn org(&self) -> Option<OrgId> {
        None
    }

    fn dedup_key(&self) -> Option<String> {
        Some("all".to_owned())
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        let Some(project) = Project::of(app) else {
            return Ok(());
        };
        loop {
            let mut tx = app.db.read_global().await?;
            let ended = project_store::ended(&mut tx, app.now()).await?;
            drop(tx);
            if ended.is_empty() {
                return Ok(());
            }
            for one in ended {
                end(app, project, one.id, &one.project_tokens).await?;
            }
        }
    }
}

async fn end(
    app: &App,
    project: Project<'_>,
    session: SessionId,
    sealed: &[u8],
) -> Result<(), Fault> {
    match tokens::open(app, session, sealed) {
        Ok(kept) => {
            // Where no token is good any more, the session there has ended or does so by itself.
            let access = if tokens::is_expiring(app, &kept) {
                let renewed = project.refresh(&kept.refresh_token).await?;
                renewed.ok().map(|entered| entered.tokens.access_token)
            } else {
                Some(kept.access_token)
            };
            if let Some(access) = access {
                let ended = project.sign_out(&access, "local").await?;
                tracing::debug!(%session, ?ended, "ended at the project");
            }
        }
        Err(fault) => tracing::warn!(%session, %fault, "its tokens cannot be read; forgotten"),
    }
    let mut tx = app.db.write_global().await?;
    project_store::forget_tokens(&mut tx, session).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod payloads {
    use super::EndAtProject;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = "{}";
        let job: EndAtProject = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
