//! The finding tables.

pub mod behind;

use crate::db::{
    At, CatalogItemId, ClientId, ContractLineId, Day, DbError, FindingId, OrgId, PersonId, Tx, sql,
};

/// What a run compares with.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Known {
    pub id: FindingId,
    pub identity: String,
    pub state: String,
    pub snoozed_until: Option<Day>,
    pub accepted_impact_minor: Option<i64>,
    pub content_hash: Vec<u8>,
    pub runs_open: i64,
}

pub async fn known(tx: &mut Tx, org: OrgId) -> Result<Vec<Known>, DbError> {
    sql(
        "select id, identity, state, snoozed_until, accepted_impact_minor, content_hash, \
         runs_open from finding where org_id = $1",
    )
    .bind(org)
    .all(tx)
    .await
}

/// Everything a run says about one finding.
pub struct Content {
    pub kind: &'static str,
    pub subject: String,
    pub client: Option<ClientId>,
    pub item: Option<CatalogItemId>,
    pub line: Option<ContractLineId>,
    pub title: String,
    pub side: String,
    pub severity: &'static str,
    pub severity_rank: i64,
    pub impact_minor: i64,
    pub rank_minor: i64,
    pub currency: String,
    pub estimated: bool,
    pub one_off_minor: Option<i64>,
    pub evidence: String,
    pub hash: Vec<u8>,
    pub search_key: String,
}

pub async fn insert(
    tx: &mut Tx,
    org: OrgId,
    id: FindingId,
    identity: &str,
    content: &Content,
    today: Day,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into finding (org_id, id, identity, kind, subject, client_id, catalog_item_id, \
           contract_line_id, title, side, severity, severity_rank, impact_minor, rank_minor, \
           currency, estimated, one_off_minor, state, evidence, content_hash, first_seen_on, \
           last_seen_at, search_key) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
           'open', $18, $19, $20, $21, $22)",
    )
    .bind(org)
    .bind(id)
    .bind(identity)
    .bind(content.kind)
    .bind(&content.subject)
    .bind(content.client)
    .bind(content.item)
    .bind(content.line)
    .bind(&content.title)
    .bind(&content.side)
    .bind(content.severity)
    .bind(content.severity_rank)
    .bind(content.impact_minor)
    .bind(content.rank_minor)
    .bind(&content.currency)
    .bind(content.estimated)
    .bind(content.one_off_minor)
    .bind(&content.evidence)
    .bind(content.hash.clone())
    .bind(today)
    .bind(now)
    .bind(&content.search_key)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn update(
    tx: &mut Tx,
    org: OrgId,
    id: FindingId,
    content: &Content,
    now: At,
) -> Result<(), DbError> {
    sql(
        "update finding set subject = $3, client_id = $4, catalog_item_id = $5, \
           contract_line_id = $6, title = $7, severity = $8, severity_rank = $9, \
           impact_minor = $10, rank_minor = $11, currency = $12, estimated = $13, \
           one_off_minor = $14, evidence = $15, content_hash = $16, last_seen_at = $17, \
           search_key = $18, version = version + 1 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(&content.subject)
    .bind(content.client)
    .bind(content.item)
    .bind(content.line)
    .bind(&content.title)
    .bind(content.severity)
    .bind(content.severity_rank)
    .bind(content.impact_minor)
    .bind(content.rank_minor)
    .bind(&content.currency)
    .bind(content.estimated)
    .bind(content.one_off_minor)
    .bind(&content.evidence)
    .bind(content.hash.clone())
    .bind(now)
    .bind(&content.search_key)
    .run_one(tx)
    .await
}

/// A finding's state with everything that belongs to it.
pub struct NewState<'a> {
    pub state: &'a str,
    pub snoozed_until: Option<Day>,
    pub accepted_impact_minor: Option<i64>,
    pub reason: Option<&'a str>,
    pub closed_at: Option<At>,
    pub closed_why: Option<&'a str>,
}

impl NewState<'_> {
    pub fn open() -> Self {
        NewState {
            state: "open",
            snoozed_until: None,
            accepted_impact_minor: None,
            reason: None,
            closed_at: None,
            closed_why: None,
        }
    }
}

pub async fn set_state(
    tx: &mut Tx,
    org: OrgId,
    id: FindingId,
    new: &NewState<'_>,
) -> Result<(), DbError> {
    sql(
        "update finding set state = $3, snoozed_until = $4, accepted_impact_minor = $5, \
           reason = $6, closed_at = $7, closed_why = $8, version = version + 1 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(new.state)
    .bind(new.snoozed_until)
    .bind(new.accepted_impact_minor)
    .bind(new.reason)
    .bind(new.closed_at)
    .bind(new.closed_why)
    .run_one(tx)
    .await
}

/// Confirms that the finding is at the version a person saw.
///
/// # Errors
/// [`DbError::Stale`] when it is not.
pub async fn check_version(
    tx: &mut Tx,
    org: OrgId,
    id: FindingId,
    version: i64,
) -> Result<(), DbError> {
    let now: i64 = sql("select version from finding where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .value(tx)
        .await?;
    if now == version {
        Ok(())
    } else {
        Err(DbError::Stale)
    }
}

pub struct Event<'a> {
    pub finding: FindingId,
    pub at: At,
    pub person: Option<PersonId>,
    pub kind: &'a str,
    pub detail: String,
}

pub async fn insert_event(
    tx: &mut Tx,
    org: OrgId,
    id: uuid::Uuid,
    event: &Event<'_>,
) -> Result<(), DbError> {
    sql(
        "insert into finding_event (org_id, id, finding_id, at, person_id, kind, detail) \
         values ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(org)
    .bind(id)
    .bind(event.finding)
    .bind(event.at)
    .bind(event.person)
    .bind(event.kind)
    .bind(&event.detail)
    .run(tx)
    .await?;
    Ok(())
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EventRow {
    pub at: At,
    pub kind: String,
    pub detail: String,
    pub person_name: Option<String>,
}

/// What happened to a finding, newest first.
pub async fn events(tx: &mut Tx, org: OrgId, id: FindingId) -> Result<Vec<EventRow>, DbError> {
    sql(
        "select event.at, event.kind, event.detail, person.name as person_name \
         from finding_event event left join person on person.id = event.person_id \
         where event.org_id = $1 and event.finding_id = $2 order by event.id desc",
    )
    .bind(org)
    .bind(id)
    .all(tx)
    .await
}

/// The latest rate the ledger used for each foreign currency: units of it per home unit, × 10⁶.
pub async fn ledger_rates(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, i64)>, DbError> {
    sql("select currency, max(currency_rate) from invoice \
         where org_id = $1 and currency_rate is not null and issued_on = \
           (select max(latest.issued_on) from invoice latest where latest.org_id = invoice.org_id \
              and latest.currency = invoice.currency and latest.currency_rate is not null) \
         group by currency")
    .bind(org)
    .all(tx)
    .await
}

/// Names for sentences and search, of clients and items together.
pub async fn names(tx: &mut Tx, org: OrgId) -> Result<Vec<(uuid::Uuid, String)>, DbError> {
    sql("select id, name_key from client where org_id = $1 \
         union all select id, name_key from catalog_item where org_id = $1")
    .bind(org)
    .all(tx)
    .await
}

/// The first day of a line not yet on any document.
pub async fn covered_until(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
) -> Result<Option<Day>, DbError> {
    let until: Vec<Option<Day>> = sql("select max(ends_on) from coverage \
         where org_id = $1 and line_id = $2 and charge_kind in ('recurring', 'usage') \
           and state in ('drafted', 'posted', 'nil')")
    .bind(org)
    .bind(line)
    .values(tx)
    .await?;
    Ok(until.into_iter().flatten().next())
}

/// The contract that would get a new line: the client's oldest active one in a currency.
pub async fn contract_for(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    currency: &str,
) -> Result<Option<crate::db::ContractId>, DbError> {
    let found: Vec<crate::db::ContractId> = sql("select id from contract where org_id = $1 \
         and client_id = $2 and currency = $3 and status = 'active' order by starts_on, id limit 1")
    .bind(org)
    .bind(client)
    .bind(currency)
    .values(tx)
    .await?;
    Ok(found.into_iter().next())
}

#[derive(sqlx::FromRow)]
pub struct ItemRow {
    pub code: String,
    pub name: String,
    pub unit_price: crate::db::Exact,
    pub tax_type: String,
    pub account_code: String,
}

pub async fn item(tx: &mut Tx, org: OrgId, id: CatalogItemId) -> Result<ItemRow, DbError> {
    sql(
        "select code, name, unit_price, tax_type, account_code from catalog_item \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .one(tx)
    .await
}

/// A charge that waits for the client's next draft.
pub struct NewOneOff {
    pub id: crate::db::OneOffId,
    pub finding: FindingId,
    pub client: ClientId,
    pub line: Option<ContractLineId>,
    pub description: String,
    pub item_code: Option<String>,
    pub net: billing::Money,
    pub tax_type: String,
    pub account_code: String,
    pub starts_on: Option<chrono::NaiveDate>,
    pub ends_on: Option<chrono::NaiveDate>,
    pub explanation: String,
    pub now: At,
}

/// One of a quantity of one: the amount is exact, the reason stands in the description.
pub async fn insert_one_off(tx: &mut Tx, org: OrgId, new: &NewOneOff) -> Result<(), DbError> {
    let digits = new.net.currency.minor_digits();
    let price_micros = new
        .net
        .minor
        .saturating_mul(10_i64.pow(6_u32.saturating_sub(digits)));
    sql(
        "insert into one_off (org_id, id, client_id, contract_line_id, finding_id, description, \
           item_code, quantity, unit_price, net_minor, currency, tax_type, account_code, \
           starts_on, ends_on, explanation, state, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, 1000000, $8, $9, $10, $11, $12, $13, $14, $15, \
           'waiting', $16)",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.client)
    .bind(new.line)
    .bind(new.finding)
    .bind(&new.description)
    .bind(new.item_code.as_deref())
    .bind(price_micros)
    .bind(new.net.minor)
    .bind(new.net.currency.code())
    .bind(&new.tax_type)
    .bind(&new.account_code)
    .bind(new.starts_on.map(Day))
    .bind(new.ends_on.map(Day))
    .bind(&new.explanation)
    .bind(new.now)
    .run(tx)
    .await?;
    Ok(())
}

/// How many of a finding's one-offs stand on a draft or invoice.
pub async fn drafted_one_offs(tx: &mut Tx, org: OrgId, id: FindingId) -> Result<i64, DbError> {
    sql(
        "select count(*) from one_off where org_id = $1 and finding_id = $2 \
         and state in ('drafted', 'posted')",
    )
    .bind(org)
    .bind(id)
    .value(tx)
    .await
}

pub async fn withdraw_one_offs(tx: &mut Tx, org: OrgId, id: FindingId) -> Result<(), DbError> {
    sql("update one_off set state = 'withdrawn' \
         where org_id = $1 and finding_id = $2 and state = 'waiting'")
    .bind(org)
    .bind(id)
    .run(tx)
    .await?;
    Ok(())
}

/// Records a waiver beside the period's own coverage, as a bill-back that will never be.
pub async fn waive(
    tx: &mut Tx,
    org: OrgId,
    id: crate::db::CoverageId,
    line: ContractLineId,
    period: (Day, Day),
    reason: &str,
) -> Result<(), DbError> {
    sql("insert into coverage (org_id, id, line_id, starts_on, ends_on, charge_kind, state, reason) \
         values ($1, $2, $3, $4, $5, 'bill_back', 'waived', $6) \
         on conflict (org_id, line_id, starts_on, charge_kind) do nothing")
    .bind(org)
    .bind(id)
    .bind(line)
    .bind(period.0)
    .bind(period.1)
    .bind(reason)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn unwaive(tx: &mut Tx, org: OrgId, id: FindingId) -> Result<(), DbError> {
    sql(
        "delete from coverage where org_id = $1 and charge_kind = 'bill_back' \
         and state = 'waived' and reason = $2",
    )
    .bind(org)
    .bind(format!("waived with finding {id}"))
    .run(tx)
    .await?;
    Ok(())
}

/// Changes of contract lines that came from a finding, newest first.
pub async fn contract_events(
    tx: &mut Tx,
    org: OrgId,
    id: FindingId,
) -> Result<Vec<uuid::Uuid>, DbError> {
    sql(
        "select id from contract_event where org_id = $1 and finding_id = $2 \
         and undone_at is null order by recorded_at desc, id desc",
    )
    .bind(org)
    .bind(id)
    .values(tx)
    .await
}

/// Remembers the line that was added to settle a finding, so that undo can take it away.
pub async fn remember_line(
    tx: &mut Tx,
    org: OrgId,
    id: FindingId,
    line: ContractLineId,
) -> Result<(), DbError> {
    sql("update finding set applied_line_id = $3 where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .bind(line)
        .run_one(tx)
        .await
}

pub async fn line_made_for(
    tx: &mut Tx,
    org: OrgId,
    id: FindingId,
) -> Result<Option<ContractLineId>, DbError> {
    let line: Option<ContractLineId> =
        sql("select applied_line_id from finding where org_id = $1 and id = $2")
            .bind(org)
            .bind(id)
            .value(tx)
            .await?;
    sql("update finding set applied_line_id = null where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .run(tx)
        .await?;
    Ok(line)
}

pub async fn remove_line(tx: &mut Tx, org: OrgId, line: ContractLineId) -> Result<(), DbError> {
    sql("delete from contract_line where org_id = $1 and id = $2")
        .bind(org)
        .bind(line)
        .run_one(tx)
        .await
}
