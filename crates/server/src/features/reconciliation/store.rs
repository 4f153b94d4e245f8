//! What reconciliation reads: one statement per kind of fact, none of them a wide join, because
//! the join belongs to `billing` and takes minutes in SQL where it takes milliseconds there.

use futures::stream::BoxStream;
use uuid::Uuid;

use crate::db::{
    At, CatalogItemId, ClientId, ConnectionId, ContractLineId, Day, DbError, Exact,
    GeneratedInvoiceId, InvoiceId, OrgId, SnapshotId, SubscriptionId, Tx, VendorBillId, sql,
};

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

/// Lines of active contracts, whether or not they run today.
pub async fn lines(tx: &mut Tx, org: OrgId) -> Result<Vec<LineRow>, DbError> {
    sql(
        "select line.id, contract.client_id, line.catalog_item_id, contract.currency, \
           line.unit_price, line.price_per, line.priced_on, line.cycle, line.timing, \
           line.quantity_rule, line.anchor_on, line.starts_on, line.ends_on, contract.bill_from \
         from contract_line line \
         join contract on contract.org_id = line.org_id and contract.id = line.contract_id \
         where line.org_id = $1 and contract.status = 'active' order by line.id",
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
pub struct SnapshotRow {
    pub id: SnapshotId,
    pub connection_id: ConnectionId,
    pub taken_on: Day,
    pub complete: bool,
}

/// Snapshots taken from `since` until `until`, newest first.
pub async fn snapshots(
    tx: &mut Tx,
    org: OrgId,
    since: Day,
    until: Day,
) -> Result<Vec<SnapshotRow>, DbError> {
    sql(
        "select id, connection_id, taken_on, complete from snapshot \
         where org_id = $1 and taken_on >= $2 and taken_on <= $3 order by taken_at desc",
    )
    .bind(org)
    .bind(since)
    .bind(until)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct CountRow {
    pub company_external_id: String,
    pub meter: String,
    pub count: i64,
}

pub async fn counts(
    tx: &mut Tx,
    org: OrgId,
    snapshot: SnapshotId,
) -> Result<Vec<CountRow>, DbError> {
    sql(
        "select company_external_id, meter, count from snapshot_count \
         where org_id = $1 and snapshot_id = $2",
    )
    .bind(org)
    .bind(snapshot)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct LedgerRow {
    pub invoice_id: InvoiceId,
    pub line_no: i64,
    pub connection_id: ConnectionId,
    pub contact_external_id: String,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub net_minor: i64,
    pub currency: String,
    pub issued_on: Day,
    pub paid_minor: i64,
    pub total_minor: i64,
}

/// Lines of owed or paid invoices that BillingOne did not make, from `since` on.
pub fn foreign_lines<'t>(
    tx: &'t mut Tx,
    org: OrgId,
    since: Day,
) -> BoxStream<'t, Result<LedgerRow, DbError>> {
    sql(
        "select line.invoice_id, line.line_no, invoice.connection_id, \
           invoice.contact_external_id, line.item_code, line.quantity, line.net_minor, \
           invoice.currency, invoice.issued_on, invoice.paid_minor + invoice.credited_minor \
             as paid_minor, invoice.total_minor \
         from invoice \
         join invoice_line line on line.org_id = invoice.org_id and line.invoice_id = invoice.id \
         where invoice.org_id = $1 and invoice.issued_on >= $2 and invoice.removed_at is null \
           and invoice.status in ('AUTHORISED', 'PAID') and line.item_code is not null \
           and not exists (select 1 from generated_invoice made \
             where made.org_id = invoice.org_id and made.connection_id = invoice.connection_id \
               and made.ledger_external_id = invoice.external_id)",
    )
    .bind(org)
    .bind(since)
    .stream(tx)
}

#[derive(sqlx::FromRow)]
pub struct LooseRow {
    pub connection_id: ConnectionId,
    pub contact_external_id: String,
    pub net_minor: i64,
    pub currency: String,
    pub issued_on: Day,
}

/// Lines of owed or paid invoices that name no item: a charge passed on as it came is one unit
/// of the distributor's amount.
pub async fn loose_lines(tx: &mut Tx, org: OrgId, since: Day) -> Result<Vec<LooseRow>, DbError> {
    sql(
        "select invoice.connection_id, invoice.contact_external_id, line.net_minor, \
           invoice.currency, invoice.issued_on \
         from invoice \
         join invoice_line line on line.org_id = invoice.org_id and line.invoice_id = invoice.id \
         where invoice.org_id = $1 and invoice.issued_on >= $2 and invoice.removed_at is null \
           and invoice.status in ('AUTHORISED', 'PAID') and line.item_code is null \
           and line.quantity = 1000000 \
         order by invoice.issued_on, invoice.id, line.line_no",
    )
    .bind(org)
    .bind(since)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct OwnLineRow {
    pub id: Uuid,
    pub generated_invoice_id: GeneratedInvoiceId,
    pub client_id: ClientId,
    pub contract_line_id: Option<ContractLineId>,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub net_minor: i64,
    pub currency: String,
    pub issued_on: Day,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    pub charge_kind: String,
    pub paid_minor: i64,
    pub total_minor: i64,
}

/// Lines of our own posted invoices, with what the ledger says was paid of them.
pub async fn own_lines(tx: &mut Tx, org: OrgId, since: Day) -> Result<Vec<OwnLineRow>, DbError> {
    sql(
        "select line.id, line.generated_invoice_id, made.client_id, line.contract_line_id, \
           line.item_code, line.quantity, line.net_minor, made.currency, made.issued_on, \
           line.starts_on, line.ends_on, line.charge_kind, \
           coalesce(invoice.paid_minor + invoice.credited_minor, 0) as paid_minor, \
           made.total_minor \
         from generated_invoice made \
         join generated_line line on line.org_id = made.org_id \
           and line.generated_invoice_id = made.id \
         left join invoice on invoice.org_id = made.org_id \
           and invoice.connection_id = made.connection_id \
           and invoice.external_id = made.ledger_external_id \
         where made.org_id = $1 and made.status in ('posted', 'part_paid', 'paid') and made.issued_on >= $2",
    )
    .bind(org)
    .bind(since)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct CreditRow {
    pub connection_id: ConnectionId,
    pub contact_external_id: String,
    pub issued_on: Day,
    pub currency: String,
    pub lines: String,
}

/// Credit notes in force, with their lines as JSON.
pub async fn credit_notes(tx: &mut Tx, org: OrgId, since: Day) -> Result<Vec<CreditRow>, DbError> {
    sql(
        "select connection_id, contact_external_id, issued_on, currency, lines from credit_note \
         where org_id = $1 and issued_on >= $2 and removed_at is null \
           and status in ('AUTHORISED', 'PAID')",
    )
    .bind(org)
    .bind(since)
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
