//! Drafts made by themselves, so many days before their first day, where an organization asks for
//! it. Nobody is asked and nothing is sent: they wait to be approved like any other.

use chrono::Days;
use serde::{Deserialize, Serialize};

use super::{Scope, runs, store};
use crate::{
    app::App,
    db::{OrgId, Tx, replay},
    fault::Fault,
    features::clients::Span,
    queue::{self, Attempt, Enqueued, Job, JobError},
};

/// Makes an organization's drafts of the days ahead.
#[derive(Debug, Serialize, Deserialize)]
pub struct MakeDrafts {
    pub org: OrgId,
}

impl Job for MakeDrafts {
    const KIND: &'static str = "make_drafts";

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.org.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some(format!("drafts {}", self.org))
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        replay(|| make(app, self.org)).await?;
        Ok(())
    }
}

async fn make(app: &App, org: OrgId) -> Result<(), Fault> {
    let mut tx = app.db.write(org).await?;
    // It may have been turned off since the job was written.
    let Some(ahead) = store::ahead(&mut tx, org).await? else {
        return Ok(());
    };
    let zone: chrono_tz::Tz = ahead.time_zone.parse().map_err(Fault::internal)?;
    let today = app.now().0.with_timezone(&zone).date_naive();
    let days = Days::new(ahead.days.unsigned_abs());
    let scope = Scope {
        clients: Span::ALL,
        contract: None,
        as_of: today.checked_add_days(days).unwrap_or(today),
        today,
    };
    // One that a person started makes the same drafts.
    if runs::open_run(&mut tx, org).await?.is_none() {
        runs::begin(app, &mut tx, org, None, &scope).await?;
    }
    Ok(tx.commit().await?)
}

/// Schedule: every morning, for the organizations that ask for it.
pub fn every_morning<'a>(app: &'a App, tx: &'a mut Tx) -> Enqueued<'a> {
    Box::pin(async move {
        for org in store::making_ahead(tx).await? {
            queue::enqueue(app, tx, &MakeDrafts { org }).await?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::MakeDrafts;

    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001"}"#;
        let job: MakeDrafts = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
