//! Bills with their lines, and what may pass a line on.

use super::{Header, Pick};
use crate::db::{
    CatalogItemId, ClientId, ContractId, ContractLineId, Day, DbError, Exact, FindingId,
    GeneratedInvoiceId, InvoiceId, OneOffId, OrgId, Tx, VendorBillId, sql,
};

/// Every bill, newest first. There are a few a month.
pub async fn headers(tx: &mut Tx, org: OrgId) -> Result<Vec<Header>, DbError> {
    sql(
        "select bill.id, bill.connection_id, connection.vendor, bill.number, bill.billed_on, \
           bill.due_on, bill.status as vendor_status, bill.kind, bill.currency, \
           bill.total_minor, bill.balance_minor, bill.carried_minor, bill.replaced_by \
         from vendor_bill bill \
         join connection on connection.org_id = bill.org_id \
           and connection.id = bill.connection_id \
         where bill.org_id = $1 and bill.removed_at is null \
         order by bill.billed_on desc, bill.id desc",
    )
    .bind(org)
    .all(tx)
    .await
}

/// The bills with a number, company, client or product like `pattern`.
pub async fn found(tx: &mut Tx, org: OrgId, pattern: &str) -> Result<Vec<VendorBillId>, DbError> {
    sql(
        "select bill.id from vendor_bill bill where bill.org_id = $1 \
           and (lower(bill.number) like $2 or exists (select 1 from vendor_bill_line line \
             left join vendor_company company on company.org_id = line.org_id \
               and company.connection_id = bill.connection_id \
               and company.external_id = line.company_external_id \
             left join client_link link on link.org_id = line.org_id \
               and link.connection_id = bill.connection_id \
               and link.external_id = line.company_external_id and link.state = 'mapped' \
             left join client on client.org_id = link.org_id and client.id = link.client_id \
             where line.org_id = bill.org_id and line.bill_id = bill.id \
               and (company.name_key like $2 or client.name_key like $2 \
                 or lower(line.product_name) like $2)))",
    )
    .bind(org)
    .bind(pattern)
    .values(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct LineRow {
    pub bill_id: VendorBillId,
    pub line_no: i64,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub term: String,
    pub company_external_id: Option<String>,
    pub product_external_id: Option<String>,
    pub subscription_external_id: Option<String>,
    pub company: String,
    pub client_id: Option<ClientId>,
    pub client_reference: Option<String>,
    pub client_name: Option<String>,
    pub own_use: bool,
    pub item_id: Option<CatalogItemId>,
    pub product_name: String,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
    pub quantity: Exact,
    pub unit_cost: Exact,
    pub cost_total_minor: i64,
    pub price_total_minor: i64,
    pub currency: String,
}

/// The lines of every bill dated between two days, both included.
pub async fn lines(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (Day, Day),
) -> Result<Vec<LineRow>, DbError> {
    sql(
        "select line.bill_id, line.line_no, line.type, line.term, line.company_external_id, \
           line.product_external_id, line.subscription_external_id, \
           coalesce(company.name, '') as company, client.id as client_id, \
           client.reference as client_reference, client.name as client_name, \
           coalesce(client.own_use, $4) as own_use, product.catalog_item_id as item_id, \
           line.product_name, line.starts_on, line.ends_on, line.quantity, line.unit_cost, \
           line.cost_total_minor, line.price_total_minor, line.currency \
         from vendor_bill bill \
         join vendor_bill_line line on line.org_id = bill.org_id and line.bill_id = bill.id \
         left join vendor_company company on company.org_id = bill.org_id \
           and company.connection_id = bill.connection_id \
           and company.external_id = line.company_external_id \
         left join client_link link on link.org_id = bill.org_id \
           and link.connection_id = bill.connection_id \
           and link.external_id = line.company_external_id and link.state = 'mapped' \
         left join client on client.org_id = link.org_id and client.id = link.client_id \
         left join catalog_link product on product.org_id = bill.org_id \
           and product.connection_id = bill.connection_id \
           and product.external_id = line.product_external_id and product.state = 'mapped' \
         where bill.org_id = $1 and bill.billed_on >= $2 and bill.billed_on <= $3 \
           and bill.removed_at is null \
         order by line.bill_id, line.line_no",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .bind(false)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct AgreedRow {
    pub id: ContractLineId,
    pub contract_id: ContractId,
    pub reference: String,
    pub client_id: ClientId,
    pub item_id: CatalogItemId,
    pub starts_on: Day,
    pub ends_on: Option<Day>,
    pub follows: bool,
}

/// Lines of contracts in force, of which some part is after `from`.
pub async fn agreed(tx: &mut Tx, org: OrgId, from: Day) -> Result<Vec<AgreedRow>, DbError> {
    sql(
        "select line.id, line.contract_id, line.reference, contract.client_id, \
           line.catalog_item_id as item_id, line.starts_on, line.ends_on, \
           exists (select 1 from line_subscription fed where fed.org_id = line.org_id \
             and fed.line_id = line.id) as follows \
         from contract_line line \
         join contract on contract.org_id = line.org_id and contract.id = line.contract_id \
         where line.org_id = $1 and contract.status <> 'draft' \
           and (line.ends_on is null or line.ends_on > $2) \
         order by line.starts_on, line.id",
    )
    .bind(org)
    .bind(from)
    .all(tx)
    .await
}

/// Which contract line each subscription feeds.
pub async fn feeds(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, ContractLineId)>, DbError> {
    sql("select subscription_external_id, line_id from line_subscription where org_id = $1")
        .bind(org)
        .all(tx)
        .await
}

#[derive(sqlx::FromRow)]
pub struct OwnRow {
    pub draft: GeneratedInvoiceId,
    pub number: Option<String>,
    pub client_id: ClientId,
    pub contract_line_id: Option<ContractLineId>,
    pub item_id: Option<CatalogItemId>,
    pub quantity: Exact,
    pub net_minor: i64,
    pub currency: String,
    pub issued_on: Day,
    pub starts_on: Option<Day>,
    pub ends_on: Option<Day>,
}

/// Lines of drafts and invoices of ours dated between two days.
pub async fn own(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (Day, Day),
) -> Result<Vec<OwnRow>, DbError> {
    sql(
        "select made.id as draft, made.number, made.client_id, line.contract_line_id, \
           item.id as item_id, line.quantity, line.net_minor, made.currency, made.issued_on, \
           line.starts_on, line.ends_on \
         from generated_invoice made \
         join generated_line line on line.org_id = made.org_id \
           and line.generated_invoice_id = made.id \
         left join catalog_item item on item.org_id = line.org_id and item.code = line.item_code \
         where made.org_id = $1 and made.issued_on >= $2 and made.issued_on <= $3 \
           and made.status not in ('rejected', 'void') \
         order by made.issued_on, made.id, line.position",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct LedgerRow {
    pub invoice: InvoiceId,
    pub number: String,
    pub client_id: ClientId,
    pub item_id: Option<CatalogItemId>,
    pub quantity: Exact,
    pub net_minor: i64,
    pub currency: String,
    pub issued_on: Day,
}

/// Lines of owed or paid invoices that BillingOne did not make, dated between two days.
pub async fn ledger(
    tx: &mut Tx,
    org: OrgId,
    (from, until): (Day, Day),
) -> Result<Vec<LedgerRow>, DbError> {
    sql(
        "select invoice.id as invoice, invoice.number, client.client_id, item.id as item_id, \
           line.quantity, line.net_minor, invoice.currency, invoice.issued_on \
         from invoice \
         join client_link client on client.org_id = invoice.org_id \
           and client.connection_id = invoice.connection_id \
           and client.external_id = invoice.contact_external_id and client.state = 'mapped' \
         join invoice_line line on line.org_id = invoice.org_id and line.invoice_id = invoice.id \
         left join catalog_item item on item.org_id = line.org_id and item.code = line.item_code \
         where invoice.org_id = $1 and invoice.issued_on >= $2 and invoice.issued_on <= $3 \
           and invoice.removed_at is null and invoice.status in ('AUTHORISED', 'PAID') \
           and not exists (select 1 from generated_invoice made \
             where made.org_id = invoice.org_id and made.connection_id = invoice.connection_id \
               and made.ledger_external_id = invoice.external_id) \
         order by invoice.issued_on, invoice.id, line.line_no",
    )
    .bind(org)
    .bind(from)
    .bind(until)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct OneOffRow {
    pub id: OneOffId,
    pub client_id: ClientId,
    pub item_id: Option<CatalogItemId>,
    pub quantity: Exact,
    pub net_minor: i64,
    pub currency: String,
    pub starts_on: Option<Day>,
}

/// One-offs that wait for the next draft.
pub async fn one_offs(tx: &mut Tx, org: OrgId) -> Result<Vec<OneOffRow>, DbError> {
    sql(
        "select one_off.id, one_off.client_id, item.id as item_id, one_off.quantity, \
           one_off.net_minor, one_off.currency, one_off.starts_on \
         from one_off \
         left join catalog_item item on item.org_id = one_off.org_id \
           and item.code = one_off.item_code \
         where one_off.org_id = $1 and one_off.state = 'waiting' \
         order by one_off.created_at, one_off.id",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct FindingRow {
    pub id: FindingId,
    pub kind: String,
    pub subject: String,
    pub state: String,
    pub client_id: Option<ClientId>,
    pub catalog_item_id: Option<CatalogItemId>,
    /// JSON, of those that rest on lines of bills.
    pub evidence: Option<String>,
}

/// Findings that say why something bought is not billed, or is billed wrongly to us.
pub async fn findings(tx: &mut Tx, org: OrgId) -> Result<Vec<FindingRow>, DbError> {
    sql(
        "select id, kind, subject, state, client_id, catalog_item_id, \
           case when kind in ('unbilled_charge', 'vendor_overcharge') then evidence end \
             as evidence \
         from finding \
         where org_id = $1 and state <> 'closed' and kind in ('unbilled_charge', \
           'vendor_overcharge', 'unmapped_company', 'unmapped_product', 'unbilled_product', \
           'quantity_gap') \
         order by id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// Says which bill takes a credited one's place, or that none does any more.
pub async fn set_replacement(
    tx: &mut Tx,
    org: OrgId,
    bill: VendorBillId,
    replacement: Option<VendorBillId>,
) -> Result<(), DbError> {
    sql("update vendor_bill set replaced_by = $3 where org_id = $1 and id = $2")
        .bind(org)
        .bind(bill)
        .bind(replacement)
        .run_one(tx)
        .await
}

/// Who picked what, newest first.
pub async fn picks(tx: &mut Tx, org: OrgId, bill: VendorBillId) -> Result<Vec<Pick>, DbError> {
    sql(
        "select audit.at, audit.action, coalesce(nullif(person.name, ''), person.email, '') as by \
         from audit left join person on person.id = audit.person_id \
         where audit.org_id = $1 and audit.subject_id = $2 and audit.subject_kind = 'vendor_bill' \
         order by audit.id desc limit 50",
    )
    .bind(org)
    .bind(bill)
    .all(tx)
    .await
}
