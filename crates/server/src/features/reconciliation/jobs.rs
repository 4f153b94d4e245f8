//! Reconciling as a job: after every sync, once a night, or when a person asks.

use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    db::OrgId,
    queue::{Attempt, Job, JobError},
};

/// Compares everything known about one organization.
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
        super::run(app, self.org).await?;
        Ok(())
    }
}
