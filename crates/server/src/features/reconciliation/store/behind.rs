//! The rows that the six numbers of one client and item are made of.

use crate::db::{
    CatalogItemId, ClientId, Day, DbError, Exact, GeneratedInvoiceId, InvoiceId, OrgId, SnapshotId,
    SubscriptionId, Tx, sql,
};

#[derive(sqlx::FromRow)]
pub struct ItemFacts {
    pub code: String,
    pub meter: Option<String>,
}

pub async fn item(
    tx: &mut Tx,
    org: OrgId,
    item: CatalogItemId,
) -> Result<Option<ItemFacts>, DbError> {
    sql("select code, meter from catalog_item where org_id = $1 and id = $2")
        .bind(org)
        .bind(item)
        .optional(tx)
        .await
}

#[derive(sqlx::FromRow)]
pub struct BoughtRow {
    pub id: SubscriptionId,
    pub product_name: String,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub unit_cost: Exact,
    pub currency: String,
    pub billing_term: String,
    pub starts_on: Day,
    pub ordered_by: Option<String>,
}

/// Subscriptions whose dates cover a day, trials left out.
pub async fn bought(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    item: CatalogItemId,
    day: Day,
) -> Result<Vec<BoughtRow>, DbError> {
    sql(
        "select held.id, held.product_name, held.quantity, held.unit_price, held.unit_cost, \
           held.currency, held.billing_term, held.starts_on, held.ordered_by \
         from client_link company \
         join subscription held on held.org_id = $1 \
           and held.connection_id = company.connection_id \
           and held.company_external_id = company.external_id \
         join catalog_link product on product.org_id = $1 \
           and product.connection_id = held.connection_id \
           and product.external_id = held.product_external_id \
         where company.org_id = $1 and company.client_id = $2 and company.state = 'mapped' \
           and product.catalog_item_id = $3 and product.state = 'mapped' \
           and held.removed_at is null and held.starts_on <= $4 \
           and (held.ends_on is null or held.ends_on > $4) \
           and held.status <> 'Trial' and held.billing_term <> 'Trial' \
         order by held.starts_on, held.id",
    )
    .bind(org)
    .bind(client)
    .bind(item)
    .bind(day)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct CountedRow {
    pub company: String,
    pub count: i64,
}

/// What one snapshot counted for a client.
pub async fn counted(
    tx: &mut Tx,
    org: OrgId,
    snapshot: SnapshotId,
    client: ClientId,
    meter: &str,
) -> Result<Vec<CountedRow>, DbError> {
    sql(
        "select coalesce(company.name, '') as company, counted.count \
         from snapshot \
         join snapshot_count counted on counted.org_id = $1 and counted.snapshot_id = snapshot.id \
         join client_link link on link.org_id = $1 and link.connection_id = snapshot.connection_id \
           and link.external_id = counted.company_external_id and link.state = 'mapped' \
         left join vendor_company company on company.org_id = $1 \
           and company.connection_id = snapshot.connection_id \
           and company.external_id = counted.company_external_id \
         where snapshot.org_id = $1 and snapshot.id = $2 and link.client_id = $3 \
           and counted.meter = $4 \
         order by counted.company_external_id",
    )
    .bind(org)
    .bind(snapshot)
    .bind(client)
    .bind(meter)
    .all(tx)
    .await
}

/// The first day from which any contract is billed here: what the ledger says of earlier days is
/// never compared.
pub async fn billed_since(tx: &mut Tx, org: OrgId) -> Result<Option<Day>, DbError> {
    sql("select min(bill_from) from contract where org_id = $1 and status <> 'draft'")
        .bind(org)
        .value(tx)
        .await
}

/// A line in accounting, or of an invoice of ours.
#[derive(sqlx::FromRow)]
pub struct LedgerRow {
    pub invoice_id: Option<InvoiceId>,
    pub generated_invoice_id: Option<GeneratedInvoiceId>,
    pub number: String,
    pub description: String,
    pub issued_on: Day,
    pub quantity: Exact,
    pub net_minor: i64,
    pub currency: String,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    pub paid_minor: i64,
    pub total_minor: i64,
}

/// Lines of owed or paid invoices that name the item: first those that BillingOne did not make,
/// then its own, which know their period.
pub async fn invoiced(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    code: &str,
    since: Day,
) -> Result<Vec<LedgerRow>, DbError> {
    sql(
        "select invoice.id as invoice_id, null as generated_invoice_id, invoice.number, \
           line.description, invoice.issued_on, line.quantity, line.net_minor, invoice.currency, \
           null as starts_on, null as ends_on, \
           invoice.paid_minor + invoice.credited_minor as paid_minor, invoice.total_minor \
         from client_link contact \
         join invoice on invoice.org_id = $1 and invoice.connection_id = contact.connection_id \
           and invoice.contact_external_id = contact.external_id \
         join invoice_line line on line.org_id = $1 and line.invoice_id = invoice.id \
         where contact.org_id = $1 and contact.client_id = $2 and contact.state = 'mapped' \
           and invoice.issued_on >= $4 and invoice.removed_at is null \
           and invoice.status in ('AUTHORISED', 'PAID') and lower(line.item_code) = lower($3) \
           and not exists (select 1 from generated_invoice made \
             where made.org_id = $1 and made.connection_id = invoice.connection_id \
               and made.ledger_external_id = invoice.external_id) \
         union all select null, made.id, coalesce(made.number, ''), line.description, \
           made.issued_on, line.quantity, line.net_minor, made.currency, \
           line.starts_on, line.ends_on, \
           coalesce(invoice.paid_minor + invoice.credited_minor, 0), made.total_minor \
         from generated_invoice made \
         join generated_line line on line.org_id = $1 and line.generated_invoice_id = made.id \
         left join invoice on invoice.org_id = $1 and invoice.connection_id = made.connection_id \
           and invoice.external_id = made.ledger_external_id \
         where made.org_id = $1 and made.client_id = $2 \
           and made.status in ('posted', 'part_paid', 'paid') and made.issued_on >= $4 \
           and lower(line.item_code) = lower($3) and line.charge_kind in ('recurring', 'usage') \
         order by 5, 3",
    )
    .bind(org)
    .bind(client)
    .bind(code)
    .bind(since)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct CreditRow {
    pub number: String,
    pub issued_on: Day,
    pub currency: String,
    pub lines: String,
}

/// A client's credit notes in force, with their lines as JSON.
pub async fn credits(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    since: Day,
) -> Result<Vec<CreditRow>, DbError> {
    sql(
        "select note.number, note.issued_on, note.currency, note.lines \
         from client_link contact \
         join credit_note note on note.org_id = $1 \
           and note.connection_id = contact.connection_id \
           and note.contact_external_id = contact.external_id \
         where contact.org_id = $1 and contact.client_id = $2 and contact.state = 'mapped' \
           and note.issued_on >= $3 and note.removed_at is null \
           and note.status in ('AUTHORISED', 'PAID') \
         order by note.issued_on, note.id",
    )
    .bind(org)
    .bind(client)
    .bind(since)
    .all(tx)
    .await
}
