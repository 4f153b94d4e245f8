//! Counted, bought, contracted, invoiced, paid: where they disagree, per client and item.
//!
//! A run reads all facts of an organization, lets `billing` compare them, and writes only what
//! differs from the last run. Running it twice changes nothing.

pub mod api;
mod behind;
mod bills;
mod facts;
pub mod jobs;
mod lines;
pub mod pages;
mod rows;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use behind::{Behind, behind};
pub use bills::{CREDITED, chain};
pub use facts::{
    Names, Origin, bill_line_kind, currency, cycle, id_of, micro, term_months, timing, uuid_of,
};
pub use lines::StoredRule;
pub use rows::{Filter, ItemRow, Sort, like, numbers_of_client, rows};
pub use store::BillRow;

use billing::{
    policy::Policy,
    reconcile::{self, Outcome, Rules, Scope},
};
use chrono::NaiveDate;

use super::{contracts, missed_billing};
use crate::{
    app::App,
    db::{At, Day, OrgId, Tx, replay},
    failpoint,
    fault::Fault,
    queue::{self, Job as _},
};

/// What a run found, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    pub clients: u64,
    pub found: u64,
    pub changed: u64,
    pub healed: u64,
}

/// Reconciles one organization as of its today.
pub async fn run(app: &App, org: OrgId) -> Result<Summary, Fault> {
    let started_at = app.now();
    let Compared {
        service_date,
        clients,
        outcome,
        names,
    } = compare(app, org).await?;
    let summary = replay(|| async {
        let mut tx = app.db.write(org).await?;
        let mut summary =
            missed_billing::record(app, &mut tx, org, &outcome, &names, service_date).await?;
        summary.clients = clients;
        store::rows::replace(&mut tx, org, &outcome, service_date).await?;
        store::rows::insert_run(app, &mut tx, org, service_date, started_at, &summary).await?;
        failpoint::reach("reconcile.before_commit");
        tx.commit().await?;
        Ok::<_, Fault>(summary)
    })
    .await?;
    tracing::info!(?summary, "reconciled");
    Ok(summary)
}

struct Compared {
    service_date: NaiveDate,
    clients: u64,
    outcome: Outcome,
    names: Names,
}

async fn compare(app: &App, org: OrgId) -> Result<Compared, Fault> {
    let mut tx = app.db.read(org).await?;
    let organization = store::organization(&mut tx, org).await?;
    let service_date = local_date(app.now(), &organization.time_zone);
    let policy: Policy = serde_json::from_str(&organization.policy)?;
    let rules = Rules {
        settle_day: policy.settle_day,
        skipped_after_days: policy.skipped_after_days,
        ..Rules::default()
    };
    let facts::Loaded { facts, names } = facts::load(&mut tx, org, service_date).await?;
    drop(tx);
    let clients = u64::try_from(facts.clients.len()).unwrap_or(u64::MAX);
    // Seconds of arithmetic at a million lines must not hold up the other tasks.
    let computed =
        tokio::task::spawn_blocking(move || reconcile::reconcile(&facts, &rules, Scope::All));
    Ok(Compared {
        service_date,
        clients,
        outcome: computed.await.map_err(Fault::internal)?,
        names,
    })
}

/// Measures what an organization's contracts are worth on its today.
pub async fn measure(app: &App, org: OrgId) -> Result<(), Fault> {
    replay(|| async {
        let mut tx = app.db.write(org).await?;
        let organization = store::organization(&mut tx, org).await?;
        let today = local_date(app.now(), &organization.time_zone);
        contracts::measure_organization(&mut tx, org, Day(today)).await?;
        Ok(tx.commit().await?)
    })
    .await
}

fn local_date(now: At, time_zone: &str) -> NaiveDate {
    let zone = time_zone.parse().unwrap_or(chrono_tz::UTC);
    now.0.with_timezone(&zone).date_naive()
}

/// The policy that stands for an organization, with its connected ledger's rounding.
pub async fn policy(tx: &mut Tx, org: OrgId) -> Result<Policy, Fault> {
    let organization = store::organization(tx, org).await?;
    let policy: Policy = serde_json::from_str(&organization.policy)?;
    Ok(policy.on_ledger(billing::policy::Ledger::Xero))
}

pub async fn home_currency(tx: &mut Tx, org: OrgId) -> Result<String, Fault> {
    Ok(store::organization(tx, org).await?.currency)
}

/// Whether a run waits or is under way.
pub async fn is_running(tx: &mut Tx, org: OrgId) -> Result<bool, Fault> {
    Ok(queue::unfinished(tx, org, jobs::Reconcile::KIND).await? > 0)
}

/// The service date of the last run, if there was one.
pub async fn last_run(tx: &mut Tx, org: OrgId) -> Result<Option<(Day, At)>, Fault> {
    Ok(store::rows::last_run(tx, org).await?)
}
