//! Findings as lists and pages read them.

use super::super::{list::ListFilter, list::Sums};
use crate::db::{
    At, CatalogItemId, ClientId, ContractLineId, Day, DbError, FindingId, OrgId, Tx, sql,
};

#[derive(sqlx::FromRow)]
pub struct FindingRow {
    pub id: FindingId,
    pub kind: String,
    pub subject: String,
    pub client_id: Option<ClientId>,
    pub client_name: Option<String>,
    pub catalog_item_id: Option<CatalogItemId>,
    pub item_name: Option<String>,
    pub contract_line_id: Option<ContractLineId>,
    pub title: String,
    pub side: String,
    pub severity: String,
    pub severity_rank: i64,
    pub impact_minor: i64,
    pub rank_minor: i64,
    pub currency: String,
    pub estimated: bool,
    pub one_off_minor: Option<i64>,
    pub state: String,
    pub snoozed_until: Option<Day>,
    pub reason: Option<String>,
    pub evidence: String,
    pub first_seen_on: Day,
    pub last_seen_at: At,
    pub closed_at: Option<At>,
    pub closed_why: Option<String>,
    pub version: i64,
}

/// Findings by severity, then impact, then age.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    filter: &ListFilter,
) -> Result<Vec<FindingRow>, DbError> {
    let (rank, impact, id) = filter
        .after
        .map_or((None, None, None), |(rank, impact, id)| {
            (Some(rank), Some(impact), Some(id))
        });
    sql(
        "select f.id, f.kind, f.subject, f.client_id, client.name as client_name, \
           f.catalog_item_id, item.name as item_name, f.contract_line_id, f.title, f.side, \
           f.severity, f.severity_rank, f.impact_minor, f.rank_minor, f.currency, f.estimated, \
           f.one_off_minor, f.state, f.snoozed_until, f.reason, f.evidence, f.first_seen_on, \
           f.last_seen_at, f.closed_at, f.closed_why, f.version \
         from finding f \
         left join client on client.org_id = f.org_id and client.id = f.client_id \
         left join catalog_item item on item.org_id = f.org_id and item.id = f.catalog_item_id \
         where f.org_id = $1 \
           and (($2 = 'all' and f.state <> 'closed') \
             or ($2 = 'ready' and f.state = 'open' and f.kind in ('unbilled_product', \
                'quantity_gap', 'unbilled_device', 'invoice_short', 'unbilled_charge', \
                'below_cost', 'cost_rise', 'over_billed')) \
             or f.state = $2) \
           and ($3 is null or f.kind = $3) and ($4 is null or f.client_id = $4) \
           and ($5 is null or f.search_key like $5) \
           and ($6 is null or f.severity_rank < $6 or (f.severity_rank = $6 \
             and (f.rank_minor < $7 or (f.rank_minor = $7 and f.id > $8)))) \
         order by f.severity_rank desc, f.rank_minor desc, f.id limit $9",
    )
    .bind(org)
    .bind(filter.tab.as_str())
    .bind(filter.kind.as_deref())
    .bind(filter.client)
    .bind(
        filter
            .search
            .as_deref()
            .map(crate::features::reconciliation::like),
    )
    .bind(rank)
    .bind(impact)
    .bind(id)
    .bind(filter.limit)
    .all(tx)
    .await
}

pub async fn one(tx: &mut Tx, org: OrgId, id: FindingId) -> Result<Option<FindingRow>, DbError> {
    sql(
        "select f.id, f.kind, f.subject, f.client_id, client.name as client_name, \
           f.catalog_item_id, item.name as item_name, f.contract_line_id, f.title, f.side, \
           f.severity, f.severity_rank, f.impact_minor, f.rank_minor, f.currency, f.estimated, \
           f.one_off_minor, f.state, f.snoozed_until, f.reason, f.evidence, f.first_seen_on, \
           f.last_seen_at, f.closed_at, f.closed_why, f.version \
         from finding f \
         left join client on client.org_id = f.org_id and client.id = f.client_id \
         left join catalog_item item on item.org_id = f.org_id and item.id = f.catalog_item_id \
         where f.org_id = $1 and f.id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

/// How many findings there are by state and kind.
pub async fn counts(
    tx: &mut Tx,
    org: OrgId,
    client: Option<ClientId>,
) -> Result<Vec<(String, String, i64)>, DbError> {
    sql("select state, kind, count(*) from finding \
         where org_id = $1 and ($2 is null or client_id = $2) group by state, kind")
    .bind(org)
    .bind(client)
    .all(tx)
    .await
}

pub async fn sums(tx: &mut Tx, org: OrgId, client: Option<ClientId>) -> Result<Vec<Sums>, DbError> {
    sql("select kind, side, currency, count(*) as findings, \
           cast(sum(impact_minor) as bigint) as impact_minor \
         from finding where org_id = $1 and state = 'open' and ($2 is null or client_id = $2) \
         group by kind, side, currency order by side, kind, currency")
    .bind(org)
    .bind(client)
    .all(tx)
    .await
}

/// How many findings of each client could be applied now.
pub async fn ready_by_client(tx: &mut Tx, org: OrgId) -> Result<Vec<(ClientId, i64)>, DbError> {
    sql("select client_id, count(*) from finding \
         where org_id = $1 and state = 'open' and client_id is not null \
           and kind in ('unbilled_product', 'quantity_gap', 'unbilled_device', 'invoice_short', \
             'unbilled_charge', 'below_cost', 'cost_rise', 'over_billed') \
         group by client_id order by client_id")
    .bind(org)
    .all(tx)
    .await
}
