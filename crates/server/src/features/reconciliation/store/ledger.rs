//! What was invoiced, paid and credited.

use futures::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use uuid::Uuid;

use crate::db::{
    ClientId, ConnectionId, ContractLineId, Day, DbError, Exact, GeneratedInvoiceId, InvoiceId,
    OrgId, Tx, sql,
};

pub struct LedgerRow {
    pub invoice_id: InvoiceId,
    pub line_no: i64,
    pub connection_id: ConnectionId,
    pub contact_external_id: String,
    pub item_code: Option<String>,
    pub quantity_micros: i64,
    pub net_minor: i64,
    pub currency: String,
    pub issued_on: Day,
    pub paid_minor: i64,
    pub total_minor: i64,
}

/// A [`LedgerRow`] by place. There are more of these than of all other rows together, and finding
/// each column by its name costs a tenth of a run.
type InPlace = (
    InvoiceId,
    i64,
    ConnectionId,
    String,
    Option<String>,
    i64,
    i64,
    String,
    Day,
    i64,
    i64,
);

impl From<InPlace> for LedgerRow {
    fn from(row: InPlace) -> Self {
        Self {
            invoice_id: row.0,
            line_no: row.1,
            connection_id: row.2,
            contact_external_id: row.3,
            item_code: row.4,
            quantity_micros: row.5,
            net_minor: row.6,
            currency: row.7,
            issued_on: row.8,
            paid_minor: row.9,
            total_minor: row.10,
        }
    }
}

/// Lines of owed or paid invoices that BillingOne did not make, from `since` on.
pub fn foreign_lines(
    tx: &mut Tx,
    org: OrgId,
    since: Day,
) -> BoxStream<'_, Result<LedgerRow, DbError>> {
    sql(
        "select line.invoice_id, line.line_no, invoice.connection_id, \
           invoice.contact_external_id, line.item_code, line.quantity, line.net_minor, \
           invoice.currency, invoice.issued_on, invoice.paid_minor + invoice.credited_minor, \
           invoice.total_minor \
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
    .stream::<InPlace>(tx)
    .map_ok(LedgerRow::from)
    .boxed()
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
