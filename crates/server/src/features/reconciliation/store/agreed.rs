//! What the MSP agreed with its clients: clients, items, contract lines, coverage.

use uuid::Uuid;

use crate::db::{CatalogItemId, ClientId, ContractLineId, Day, DbError, Exact, OrgId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct ClientRow {
    pub id: ClientId,
    pub currency: String,
    pub own_use: bool,
}

pub async fn clients(tx: &mut Tx, org: OrgId) -> Result<Vec<ClientRow>, DbError> {
    sql("select id, currency, own_use from client where org_id = $1 order by id")
        .bind(org)
        .all(tx)
        .await
}

#[derive(sqlx::FromRow)]
pub struct ItemRow {
    pub id: CatalogItemId,
    pub code: String,
    pub currency: String,
    pub unit_price: Exact,
    pub unit_cost: Option<Exact>,
    pub meter: Option<String>,
}

pub async fn items(tx: &mut Tx, org: OrgId) -> Result<Vec<ItemRow>, DbError> {
    sql(
        "select id, code, currency, unit_price, unit_cost, meter from catalog_item \
         where org_id = $1 order by id",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct LineRow {
    pub id: ContractLineId,
    pub client_id: ClientId,
    pub catalog_item_id: CatalogItemId,
    pub currency: String,
    pub unit_price: Exact,
    pub price_per: String,
    pub priced_on: Day,
    pub cycle: String,
    pub timing: String,
    pub quantity_rule: String,
    /// Periods are counted from here.
    pub anchor_on: Day,
    pub starts_on: Day,
    pub ends_on: Option<Day>,
    pub bill_from: Day,
}

/// Lines of contracts that are agreed, whether or not they run today: what one that has ended owes
/// until its end is owed still.
pub async fn lines(tx: &mut Tx, org: OrgId) -> Result<Vec<LineRow>, DbError> {
    sql(
        "select line.id, contract.client_id, line.catalog_item_id, contract.currency, \
           line.unit_price, line.price_per, line.priced_on, line.cycle, line.timing, \
           line.quantity_rule, line.anchor_on, line.starts_on, line.ends_on, contract.bill_from \
         from contract_line line \
         join contract on contract.org_id = line.org_id and contract.id = line.contract_id \
         where line.org_id = $1 and contract.status <> 'draft' order by line.id",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct EventRow {
    pub line_id: ContractLineId,
    pub effective_on: Day,
    pub kind: String,
    pub after_value: Option<Exact>,
}

/// Changes of lines in the order in which they take effect.
pub async fn line_events(tx: &mut Tx, org: OrgId) -> Result<Vec<EventRow>, DbError> {
    sql(
        "select line_id, effective_on, kind, after_value from contract_event \
         where org_id = $1 and undone_at is null and kind in ('quantity', 'price') \
         order by line_id, effective_on, recorded_at, id",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct FollowedRow {
    pub line_id: ContractLineId,
    pub subscription_external_id: String,
    /// It counts from this day; none from its own start.
    pub counts_from: Option<Day>,
}

pub async fn line_subscriptions(tx: &mut Tx, org: OrgId) -> Result<Vec<FollowedRow>, DbError> {
    sql(
        "select line_id, subscription_external_id, counts_from from line_subscription \
         where org_id = $1 order by line_id, subscription_external_id",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct CoverageRow {
    pub line_id: ContractLineId,
    pub starts_on: Day,
    pub charge_kind: String,
    pub state: String,
}

pub async fn coverage(tx: &mut Tx, org: OrgId) -> Result<Vec<CoverageRow>, DbError> {
    sql(
        "select line_id, starts_on, charge_kind, state from coverage \
         where org_id = $1 and state <> 'planned'",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct OrganizationRow {
    pub time_zone: String,
    pub policy: String,
    pub currency: String,
}

pub async fn organization(tx: &mut Tx, org: OrgId) -> Result<OrganizationRow, DbError> {
    sql("select time_zone, policy, currency from organization where id = $1")
        .bind(org)
        .one(tx)
        .await
}

/// What a finding is called in the MSP's own references.
#[derive(sqlx::FromRow)]
pub struct Reference {
    pub id: Uuid,
    pub reference: String,
}

pub async fn references(tx: &mut Tx, org: OrgId) -> Result<Vec<Reference>, DbError> {
    sql("select id, reference from client where org_id = $1 \
         union all select id, code from catalog_item where org_id = $1 \
         union all select id, reference from contract_line where org_id = $1")
    .bind(org)
    .all(tx)
    .await
}
