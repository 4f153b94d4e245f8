//! Findings as a run writes them and people change them.

use crate::db::{
    At, CatalogItemId, ClientId, ContractLineId, Day, DbError, FindingId, OrgId, Tx, sql,
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
