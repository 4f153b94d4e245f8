//! Terms that were renewed, and rises on anniversaries.

use crate::{
    db::{At, ContractId, ContractLineId, Day, DbError, Exact, OrgId, PersonId, Tx, sql},
    features::contracts::Renewal,
};

pub async fn insert_renewal(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    person: PersonId,
    renewal: &Renewal,
) -> Result<(), DbError> {
    sql(
        "insert into contract_renewal (org_id, id, contract_id, starts_on, ends_on, person_id, \
         recorded_at) values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(org)
    .bind(renewal.id)
    .bind(contract)
    .bind(renewal.starts_on)
    .bind(renewal.ends_on)
    .bind(person)
    .bind(renewal.recorded_at)
    .run(tx)
    .await?;
    Ok(())
}

/// Of one contract, newest first.
pub async fn renewals(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
) -> Result<Vec<Renewal>, DbError> {
    sql(
        "select id, starts_on, ends_on, recorded_at from contract_renewal \
         where org_id = $1 and contract_id = $2 order by starts_on desc, id desc limit 50",
    )
    .bind(org)
    .bind(contract)
    .all(tx)
    .await
}

/// What a contract agreed of its anniversaries.
#[derive(sqlx::FromRow)]
pub struct UpliftRow {
    pub announce_days: i64,
    pub since_on: Day,
    pub version: i64,
}

pub async fn uplift(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
) -> Result<Option<UpliftRow>, DbError> {
    sql(
        "select announce_days, since_on, version from contract_uplift \
         where org_id = $1 and contract_id = $2",
    )
    .bind(org)
    .bind(contract)
    .optional(tx)
    .await
}

/// Keeps it with its version one higher; its lines are written anew.
pub async fn write_uplift(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    row: &UpliftRow,
) -> Result<(), DbError> {
    sql(
        "insert into contract_uplift (org_id, contract_id, announce_days, since_on, version) \
         values ($1, $2, $3, $4, $5) on conflict (org_id, contract_id) do update set \
         announce_days = excluded.announce_days, since_on = excluded.since_on, \
         version = excluded.version",
    )
    .bind(org)
    .bind(contract)
    .bind(row.announce_days)
    .bind(row.since_on)
    .bind(row.version)
    .run(tx)
    .await?;
    sql("delete from contract_uplift_line where org_id = $1 and contract_id = $2")
        .bind(org)
        .bind(contract)
        .run(tx)
        .await?;
    Ok(())
}

/// How much one line rises.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct UpliftLineRow {
    pub line_id: ContractLineId,
    /// percent | amount
    pub kind: String,
    pub value: Exact,
}

pub async fn insert_uplift_line(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
    row: &UpliftLineRow,
) -> Result<(), DbError> {
    sql(
        "insert into contract_uplift_line (org_id, contract_id, line_id, kind, value) \
         values ($1, $2, $3, $4, $5)",
    )
    .bind(org)
    .bind(contract)
    .bind(row.line_id)
    .bind(&row.kind)
    .bind(row.value)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn uplift_lines(
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
) -> Result<Vec<UpliftLineRow>, DbError> {
    sql("select line_id, kind, value from contract_uplift_line \
         where org_id = $1 and contract_id = $2 order by line_id")
    .bind(org)
    .bind(contract)
    .all(tx)
    .await
}

/// A line that rises on its contract's anniversary.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct RisingRow {
    #[sqlx(flatten)]
    pub line: UpliftLineRow,
    pub contract_id: ContractId,
    pub contract_name: String,
    pub client_name: String,
    pub starts_on: Day,
    pub announce_days: i64,
    pub since_on: Day,
}

/// Of every active contract.
pub async fn rising(tx: &mut Tx, org: OrgId) -> Result<Vec<RisingRow>, DbError> {
    sql(
        "select rising.line_id, rising.kind, rising.value, contract.id as contract_id, \
         contract.name as contract_name, client.name as client_name, contract.starts_on, \
         contract_uplift.announce_days, contract_uplift.since_on \
         from contract_uplift_line rising \
         join contract_uplift on contract_uplift.org_id = $1 \
           and contract_uplift.contract_id = rising.contract_id \
         join contract on contract.org_id = $1 and contract.id = rising.contract_id \
           and contract.status = 'active' \
         join client on client.org_id = $1 and client.id = contract.client_id \
         where rising.org_id = $1 order by rising.line_id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// The rises that were decided and still hold: one whose price was taken back is open again.
pub async fn decided(tx: &mut Tx, org: OrgId) -> Result<Vec<(ContractLineId, Day)>, DbError> {
    sql(
        "select decision.line_id, decision.effective_on from contract_uplift_decision decision \
         where decision.org_id = $1 and not exists (select 1 from contract_event \
           where contract_event.org_id = $1 and contract_event.id = decision.event_id \
             and contract_event.undone_at is not null)",
    )
    .bind(org)
    .all(tx)
    .await
}

/// The rises that somebody skipped.
pub async fn skipped(tx: &mut Tx, org: OrgId) -> Result<Vec<(ContractLineId, Day)>, DbError> {
    sql(
        "select line_id, effective_on from contract_uplift_decision \
         where org_id = $1 and decision = 'skipped'",
    )
    .bind(org)
    .all(tx)
    .await
}

/// A rise that was skipped waits again.
pub async fn take_skip_back(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
    on: Day,
) -> Result<(), DbError> {
    sql("delete from contract_uplift_decision \
         where org_id = $1 and line_id = $2 and effective_on = $3 and decision = 'skipped'")
    .bind(org)
    .bind(line)
    .bind(on)
    .run_one(tx)
    .await
}

/// What somebody decided of one rise.
pub struct Decided {
    pub line: ContractLineId,
    pub effective_on: Day,
    /// confirmed | skipped
    pub decision: &'static str,
    pub event: Option<uuid::Uuid>,
    pub person: PersonId,
    pub at: At,
}

pub async fn write_decision(tx: &mut Tx, org: OrgId, row: &Decided) -> Result<(), DbError> {
    sql(
        "insert into contract_uplift_decision (org_id, line_id, effective_on, decision, \
         event_id, person_id, decided_at) values ($1, $2, $3, $4, $5, $6, $7) \
         on conflict (org_id, line_id, effective_on) do update set \
         decision = excluded.decision, event_id = excluded.event_id, \
         person_id = excluded.person_id, decided_at = excluded.decided_at",
    )
    .bind(org)
    .bind(row.line)
    .bind(row.effective_on)
    .bind(row.decision)
    .bind(row.event)
    .bind(row.person)
    .bind(row.at)
    .run(tx)
    .await?;
    Ok(())
}
