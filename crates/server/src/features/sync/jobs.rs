//! The sync job and its schedules.

use serde::{Deserialize, Serialize};
use vendors::Vendor;

use super::{Mode, Wish, drive, request, store::hooks};
use crate::{
    app::App,
    db::{ConnectionId, OrgId, SyncRunId, Tx},
    fault::Fault,
    features::connections::{self, vendor_named},
    queue::{self, Attempt, Enqueued, Job, JobError},
};

/// Reads one connection. The run row says in which mode and how far it is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sync {
    pub org: OrgId,
    pub connection: ConnectionId,
    pub run: SyncRunId,
}

impl Job for Sync {
    const KIND: &'static str = "sync";
    const MAX_ATTEMPTS: i64 = 8;

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.run.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some(format!("sync:{}", self.connection))
    }

    async fn run(self, app: &App, at: &Attempt) -> Result<(), JobError> {
        drive::drive(app, &self, at).await
    }
}

/// Asks every organization's connections of the chosen vendors for a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncDue {
    pub org: OrgId,
    /// Vendors' codes.
    pub vendors: Vec<String>,
}

impl Job for SyncDue {
    const KIND: &'static str = "sync_due";

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(format!("{}:{}", self.org, self.vendors.join("+")))
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        crate::db::replay(|| self.ask(app)).await?;
        Ok(())
    }
}

impl SyncDue {
    async fn ask(&self, app: &App) -> Result<(), Fault> {
        let mut tx = app.db.write(self.org).await?;
        for (connection, vendor) in connections::store::syncable(&mut tx, self.org).await? {
            if self.vendors.contains(&vendor) {
                let wish = Wish::scheduled(usual_mode(&vendor));
                request(app, &mut tx, self.org, connection, &wish).await?;
            }
        }
        Ok(tx.commit().await?)
    }
}

/// Only Xero can say what changed; the others are always read whole.
fn usual_mode(vendor: &str) -> Mode {
    match vendor_named(vendor) {
        Some(Vendor::Xero) => Mode::Delta,
        _ => Mode::Full,
    }
}

/// Schedule: distributor and ledger, hourly.
pub fn sources_hourly<'a>(app: &'a App, tx: &'a mut Tx) -> Enqueued<'a> {
    Box::pin(ask_everybody(app, tx, &[Vendor::Pax8, Vendor::Xero]))
}

/// How long a processed delivery of a webhook is kept, so that a repeated one is known.
const DELIVERIES_KEPT: chrono::TimeDelta = chrono::TimeDelta::days(40);

/// Schedule: counts, nightly; and deliveries that nobody will repeat any more are forgotten.
pub fn counts_nightly<'a>(app: &'a App, tx: &'a mut Tx) -> Enqueued<'a> {
    Box::pin(async move {
        hooks::forget(tx, app.now() - DELIVERIES_KEPT).await?;
        ask_everybody(app, tx, &[Vendor::NinjaOne]).await
    })
}

async fn ask_everybody(app: &App, tx: &mut Tx, vendors: &[Vendor]) -> Result<(), Fault> {
    let vendors: Vec<String> = vendors.iter().map(|v| v.code().to_owned()).collect();
    for org in connections::store::organizations(tx).await? {
        let job = SyncDue {
            org,
            vendors: vendors.clone(),
        };
        queue::enqueue(app, tx, &job).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn stored_payloads_stay_readable() {
        let sync = Sync {
            org: OrgId(Uuid::from_u128(1)),
            connection: ConnectionId(Uuid::from_u128(2)),
            run: SyncRunId(Uuid::from_u128(3)),
        };
        let golden = r#"{"org":"org_00000000000000000000000000000001","connection":"con_00000000000000000000000000000002","run":"syn_00000000000000000000000000000003"}"#;
        assert_eq!(serde_json::to_string(&sync).unwrap(), golden);
        assert_eq!(serde_json::from_str::<Sync>(golden).unwrap().run, sync.run);
        let golden = r#"{"org":"org_00000000000000000000000000000001","vendors":["pax8","xero"]}"#;
        let due: SyncDue = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&due).unwrap(), golden);
    }
}
