//! Reading vendors into our tables: one run at a time per connection, page by page, resumable
//! and repeatable. What vendors say is stored as they say it, normalised once at the border;
//! nothing is concluded from it here. The last page of a run asks for a reconciliation.

pub mod api;
mod broken;
pub mod drive;
mod events;
pub mod hooks;
pub mod ingest;
pub mod jobs;
pub mod normal;
pub mod pages;
pub mod plan;
pub mod store;
pub mod streams;
#[cfg(test)]
mod tests;

pub use hooks::Webhook;
pub use jobs::{Sync, SyncDue, counts_nightly, sources_hourly};
pub use streams::{CreditAllocation, CreditLine, RepeatingLine};

use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    db::{At, ConnectionId, OrgId, PersonId, SyncRunId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        connections, credit_notes,
        generated_invoices::{self, review::ReviewDrafts},
        mappings,
        reconciliation::jobs::Reconcile,
    },
    http::Who,
    queue,
};

/// Everything, or what changed since the last run where the vendor can tell.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Delta,
    Full,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta => "delta",
        }
    }

    pub fn named(text: &str) -> Option<Self> {
        [Self::Full, Self::Delta]
            .into_iter()
            .find(|mode| mode.as_str() == text)
    }
}

/// One run of one connection's sync.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct SyncRun {
    pub id: SyncRunId,
    pub connection_id: ConnectionId,
    pub vendor: String,
    /// The connection's name.
    pub name: String,
    /// `full` or `delta`.
    pub mode: String,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    pub started_at: At,
    pub finished_at: Option<At>,
    /// What it is at, for a person.
    pub step: String,
    pub steps_done: i64,
    pub steps_total: i64,
    pub records_read: i64,
    pub added: i64,
    pub changed: i64,
    pub removed: i64,
    #[serde(skip)]
    pub broken: String,
    pub problem: Option<String>,
}

impl SyncRun {
    pub fn is_over(&self) -> bool {
        matches!(self.state.as_str(), "done" | "failed")
    }

    pub fn broken(&self) -> Vec<Broken> {
        serde_json::from_str(&self.broken).unwrap_or_default()
    }
}

/// A record that could not be read or kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Broken {
    pub stream: String,
    /// The vendor's id, where at least that could be read.
    pub id: Option<String>,
    pub why: String,
}

/// One record that a run added, changed or found gone.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct SyncChange {
    pub stream: String,
    pub external_id: String,
    /// `added`, `changed` or `removed`.
    pub change: String,
    pub name: String,
}

/// Why a run is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    pub mode: Mode,
    pub by: Option<PersonId>,
    /// Whether a run that is under way already will do; not for news that came after it began.
    pub joins_running: bool,
}

impl Wish {
    /// The first run of a new connection.
    pub fn first(by: PersonId) -> Self {
        Self::of(by, Mode::Full)
    }

    pub fn of(by: PersonId, mode: Mode) -> Self {
        Self {
            mode,
            by: Some(by),
            joins_running: true,
        }
    }

    pub fn scheduled(mode: Mode) -> Self {
        Self {
            mode,
            by: None,
            joins_running: true,
        }
    }

    /// The vendor says that something changed just now.
    pub fn news() -> Self {
        Self {
            mode: Mode::Delta,
            by: None,
            joins_running: false,
        }
    }
}

/// Asks for a run of one connection; the run that will satisfy the wish.
pub async fn request(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    wish: &Wish,
) -> Result<SyncRunId, Fault> {
    for (run, state, mode) in store::unfinished(tx, org, connection).await? {
        let mode = Mode::named(&mode).unwrap_or(Mode::Delta);
        if state == "queued" {
            if mode < wish.mode {
                store::set_mode(tx, org, run, wish.mode).await?;
            }
            return Ok(run);
        }
        if wish.joins_running && mode >= wish.mode {
            return Ok(run);
        }
    }
    let run = app.new_id();
    store::insert_run(tx, org, run, connection, wish, app.now()).await?;
    let job = Sync {
        org,
        connection,
        run,
    };
    queue::enqueue(app, tx, &job).await?;
    Ok(run)
}

/// Sync of one connection, as a person asked.
pub async fn request_one(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    connection: ConnectionId,
    mode: Mode,
) -> Result<SyncRunId, Fault> {
    let row = connections::one(tx, who.org, connection).await?;
    if row.state == connections::DISCONNECTED || row.account_ref.is_none() {
        return Err(Fault::conflict(
            "not_connected",
            format!(
                "{} is not connected; connect it under Settings, Integrations",
                row.vendor_name()
            ),
        ));
    }
    let run = request(app, tx, who.org, connection, &Wish::of(who.person, mode)).await?;
    record(app, who, tx, Some(connection), mode).await?;
    Ok(run)
}

/// Sync All: every connection that can be synced.
pub async fn request_all(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    mode: Mode,
) -> Result<Vec<SyncRunId>, Fault> {
    let mut runs = Vec::new();
    for (connection, _) in connections::store::syncable(tx, who.org).await? {
        runs.push(request(app, tx, who.org, connection, &Wish::of(who.person, mode)).await?);
    }
    if runs.is_empty() {
        return Err(Fault::conflict(
            "nothing_connected",
            "nothing is connected yet; connect a vendor under Settings, Integrations",
        ));
    }
    record(app, who, tx, None, mode).await?;
    Ok(runs)
}

async fn record(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    connection: Option<ConnectionId>,
    mode: Mode,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "sync.requested",
        subject_kind: "connection",
        subject: connection.map(|id| id.0),
    };
    audit::record(app, tx, act, &serde_json::json!({ "mode": mode })).await
}

/// What follows a run that read everything, in the transaction that ends it: links are proposed
/// for what is new, posted invoices and credit notes follow what the ledger says, everything is
/// compared again.
pub async fn after_sync(app: &App, tx: &mut Tx, org: OrgId) -> Result<(), Fault> {
    mappings::propose_all(app, tx, org).await?;
    generated_invoices::ledger_news::after_ledger_sync(app, tx, org).await?;
    credit_notes::ledger_news::after_ledger_sync(app, tx, org).await?;
    queue::enqueue(app, tx, &ReviewDrafts { org }).await?;
    queue::enqueue(app, tx, &Reconcile { org }).await
}

/// The latest run of each connection, for live progress.
pub async fn latest(tx: &mut Tx, org: OrgId) -> Result<Vec<SyncRun>, Fault> {
    Ok(store::latest(tx, org).await?)
}

pub async fn one(tx: &mut Tx, org: OrgId, run: SyncRunId) -> Result<SyncRun, Fault> {
    let found = store::one(tx, org, run).await?;
    found.ok_or(Fault::NotFound("this sync"))
}
