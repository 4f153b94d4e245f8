//! Reconciling as a job: after every sync, once a night, or when a person asks.

use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    db::OrgId,
    queue::{Attempt, Job, JobError},
};

/// Compares everything known about one organization, and measures its contracts.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reconcile {
    pub org: OrgId,
}

impl Job for Reconcile {
    const KIND: &'static str = "reconcile";

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.org.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some(format!("reconcile {}", self.org))
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        // Neither needs what the other finds, and both follow from the same facts.
        tokio::try_join!(super::run(app, self.org), super::measure(app, self.org))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Reconcile;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001"}"#;
        let job: Reconcile = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
