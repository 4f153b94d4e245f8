//! What the distributor sells: linked records, subscriptions, bills.

use uuid::Uuid;

use crate::db::{
    At, ConnectionId, Day, DbError, Exact, OrgId, SubscriptionId, Tx, VendorBillId, sql,
};

/// A vendor's record with the thing of ours it is linked to.
#[derive(sqlx::FromRow)]
pub struct LinkedRow {
    pub connection_id: ConnectionId,
    pub external_id: String,
    pub name: String,
    pub linked_id: Option<Uuid>,
    pub ignored: bool,
}

/// Companies of vendors of one kind: `pax8`, `xero` or `ninjaone`.
pub async fn companies(tx: &mut Tx, org: OrgId, vendor: &str) -> Result<Vec<LinkedRow>, DbError> {
    sql("select vc.connection_id, vc.external_id, vc.name, \
           case when link.state = 'mapped' then link.client_id end as linked_id, \
           coalesce(link.state = 'ignored', false) as ignored \
         from vendor_company vc \
         join connection c on c.org_id = vc.org_id and c.id = vc.connection_id \
         left join client_link link on link.org_id = vc.org_id \
           and link.connection_id = vc.connection_id and link.external_id = vc.external_id \
         where vc.org_id = $1 and c.vendor = $2 \
         order by vc.connection_id, vc.external_id")
    .bind(org)
    .bind(vendor)
    .all(tx)
    .await
}

pub async fn products(tx: &mut Tx, org: OrgId) -> Result<Vec<LinkedRow>, DbError> {
    sql("select vp.connection_id, vp.external_id, vp.name, \
           case when link.state = 'mapped' then link.catalog_item_id end as linked_id, \
           coalesce(link.state = 'ignored', false) as ignored \
         from vendor_product vp \
         join connection c on c.org_id = vp.org_id and c.id = vp.connection_id \
         left join catalog_link link on link.org_id = vp.org_id \
           and link.connection_id = vp.connection_id and link.external_id = vp.external_id \
         where vp.org_id = $1 and c.vendor = 'pax8' \
         order by vp.connection_id, vp.external_id")
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct SubscriptionRow {
    pub id: SubscriptionId,
    pub connection_id: ConnectionId,
    pub external_id: String,
    pub company_external_id: String,
    pub product_external_id: String,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub unit_cost: Exact,
    pub currency: String,
    pub status: String,
    pub billing_term: String,
    pub starts_on: Day,
    pub ends_on: Option<Day>,
    pub previous_unit_cost: Option<Exact>,
    pub cost_changed_on: Option<Day>,
}

/// Subscriptions that run on or after `since`; earlier ones can only be named by old bills.
pub async fn subscriptions(
    tx: &mut Tx,
    org: OrgId,
    since: Day,
) -> Result<Vec<SubscriptionRow>, DbError> {
    sql(
        "select id, connection_id, external_id, company_external_id, product_external_id, \
           quantity, unit_price, unit_cost, currency, status, billing_term, starts_on, ends_on, \
           previous_unit_cost, cost_changed_on \
         from subscription \
         where org_id = $1 and removed_at is null and (ends_on is null or ends_on >= $2) \
         order by id",
    )
    .bind(org)
    .bind(since)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct SubscriptionEventRow {
    pub subscription_id: SubscriptionId,
    pub happened_at: At,
    pub quantity: Exact,
}

/// What subscriptions looked like from when on, oldest first.
pub async fn subscription_events(
    tx: &mut Tx,
    org: OrgId,
) -> Result<Vec<SubscriptionEventRow>, DbError> {
    sql(
        "select subscription_id, happened_at, quantity from subscription_event \
         where org_id = $1 order by subscription_id, happened_at",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct BillRow {
    pub id: VendorBillId,
    pub billed_on: Day,
    pub status: String,
    pub currency: String,
    pub total_minor: i64,
    pub replaced_by: Option<VendorBillId>,
}

/// The distributor's actual bills since a day, oldest first.
pub async fn bills(tx: &mut Tx, org: OrgId, since: Day) -> Result<Vec<BillRow>, DbError> {
    sql(
        "select id, billed_on, status, currency, total_minor, replaced_by from vendor_bill \
         where org_id = $1 and billed_on >= $2 and kind = 'actual' and removed_at is null \
           and status <> 'Void' order by billed_on, id",
    )
    .bind(org)
    .bind(since)
    .all(tx)
    .await
}

/// Lines of a bill that are alike: of one company and kind, from one day.
#[derive(sqlx::FromRow)]
pub struct BillShape {
    pub bill_id: VendorBillId,
    pub connection_id: ConnectionId,
    pub company_external_id: Option<String>,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub term: String,
    pub starts_on: Option<Day>,
    pub lines: i64,
    pub cost_minor: i64,
}

/// What the actual bills dated between two days, both included, consist of.
pub async fn bill_shapes(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (Day, Day),
) -> Result<Vec<BillShape>, DbError> {
    sql(
        "select line.bill_id, bill.connection_id, line.company_external_id, line.type, \
           line.term, line.starts_on, count(*) as lines, \
           cast(sum(line.cost_total_minor) as bigint) as cost_minor \
         from vendor_bill bill \
         join vendor_bill_line line on line.org_id = bill.org_id and line.bill_id = bill.id \
         where bill.org_id = $1 and bill.billed_on >= $2 and bill.billed_on <= $3 \
           and bill.kind = 'actual' and bill.removed_at is null and bill.status <> 'Void' \
         group by line.bill_id, bill.connection_id, line.company_external_id, line.type, \
           line.term, line.starts_on",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct BillLineRow {
    pub bill_id: VendorBillId,
    pub line_no: i64,
    pub connection_id: ConnectionId,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub term: String,
    pub company_external_id: Option<String>,
    pub product_external_id: Option<String>,
    pub subscription_external_id: Option<String>,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    pub quantity: Exact,
    pub unit_cost: Exact,
    pub price_total_minor: i64,
    pub cost_total_minor: i64,
    pub currency: String,
}

pub async fn bill_lines(tx: &mut Tx, org: OrgId, since: Day) -> Result<Vec<BillLineRow>, DbError> {
    sql(
        "select line.bill_id, line.line_no, bill.connection_id, line.type, line.term, \
           line.company_external_id, line.product_external_id, line.subscription_external_id, \
           line.starts_on, line.ends_on, line.quantity, line.unit_cost, line.price_total_minor, \
           line.cost_total_minor, line.currency \
         from vendor_bill bill \
         join vendor_bill_line line on line.org_id = bill.org_id and line.bill_id = bill.id \
         where bill.org_id = $1 and bill.billed_on >= $2 and bill.kind = 'actual' \
           and bill.removed_at is null and bill.status <> 'Void' \
         order by line.bill_id, line.line_no",
    )
    .bind(org)
    .bind(since)
    .all(tx)
    .await
}
