//! The ledger's invoices and what settled them.

use chrono::NaiveDate;

use super::{Filter, InvoiceView, LineView, State, Sum};
use crate::db::{
    ClientId, ConnectionId, Day, DbError, GeneratedInvoiceId, InvoiceId, OrgId, Tx, sql,
};

#[derive(sqlx::FromRow)]
pub struct ListedRow {
    pub id: InvoiceId,
    pub number: String,
    pub reference: String,
    pub client_id: Option<ClientId>,
    pub client_name: String,
    pub status: String,
    pub issued_on: Day,
    pub due_on: Option<Day>,
    pub currency: String,
    pub total_minor: i64,
    pub paid_minor: i64,
    pub credited_minor: i64,
    pub due_minor: i64,
}

impl ListedRow {
    pub fn view(self, today: NaiveDate) -> InvoiceView {
        InvoiceView {
            state: State::of(&self.status, self.due_on, today),
            id: self.id,
            number: self.number,
            reference: self.reference,
            client_id: self.client_id,
            client_name: self.client_name,
            issued_on: self.issued_on,
            due_on: self.due_on,
            currency: self.currency,
            total_minor: self.total_minor,
            paid_minor: self.paid_minor,
            credited_minor: self.credited_minor,
            due_minor: self.due_minor,
        }
    }
}

/// Newest first; `pattern` is matched against number, contact and reference.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    filter: &Filter,
    pattern: Option<&str>,
    today: NaiveDate,
) -> Result<Vec<ListedRow>, DbError> {
    let (first, next) = super::month(today);
    sql(
        "select invoice.id, invoice.number, invoice.reference, client.id as client_id, \
           coalesce(client.name, invoice.contact_name) as client_name, invoice.status, \
           invoice.issued_on, invoice.due_on, invoice.currency, invoice.total_minor, \
           invoice.paid_minor, invoice.credited_minor, invoice.due_minor \
         from invoice \
         left join client_link link on link.org_id = invoice.org_id \
           and link.connection_id = invoice.connection_id \
           and link.external_id = invoice.contact_external_id and link.state = 'mapped' \
         left join client on client.org_id = link.org_id and client.id = link.client_id \
         where invoice.org_id = $1 and invoice.removed_at is null \
           and (case when $2 = 'voided' then invoice.status in ('VOIDED', 'DELETED') \
             else invoice.status not in ('VOIDED', 'DELETED') end) \
           and ($2 in ('all', 'voided') \
             or ($2 = 'draft' and invoice.status = 'DRAFT') \
             or ($2 = 'awaiting_approval' and invoice.status = 'SUBMITTED') \
             or ($2 = 'outstanding' and invoice.status = 'AUTHORISED') \
             or ($2 = 'overdue' and invoice.status = 'AUTHORISED' and invoice.due_on < $3) \
             or ($2 = 'awaiting_payment' and invoice.status = 'AUTHORISED' \
               and (invoice.due_on is null or invoice.due_on >= $3)) \
             or ($2 = 'paid' and invoice.status = 'PAID') \
             or ($2 = 'paid_this_month' and exists (select 1 from payment \
               where payment.org_id = invoice.org_id \
                 and payment.connection_id = invoice.connection_id \
                 and payment.invoice_external_id = invoice.external_id \
                 and payment.status = 'AUTHORISED' and payment.removed_at is null \
                 and payment.paid_on >= $4 and payment.paid_on < $5))) \
           and ($6 is null or client.id = $6) \
           and ($7 is null or invoice.search_key like $7 or client.name_key like $7) \
           and ($8 is null or invoice.issued_on < $8 \
             or (invoice.issued_on = $8 and invoice.id < $9)) \
         order by invoice.issued_on desc, invoice.id desc limit $10",
    )
    .bind(org)
    .bind(filter.show.as_str())
    .bind(Day(today))
    .bind(first)
    .bind(next)
    .bind(filter.client)
    .bind(pattern)
    .bind(filter.after.map(|(day, _)| day))
    .bind(filter.after.map(|(_, id)| id))
    .bind(filter.limit)
    .all(tx)
    .await
}

/// What is not settled, by state and due date; `CREDIT` stands for credits that no invoice has
/// used up.
#[derive(sqlx::FromRow)]
pub struct UnsettledRow {
    pub status: String,
    pub currency: String,
    pub due_on: Option<Day>,
    pub documents: i64,
    pub due_minor: i64,
    pub total_minor: i64,
}

/// A row a due date, in the order of the index, so that it costs no sorting.
pub async fn unsettled(tx: &mut Tx, org: OrgId) -> Result<Vec<UnsettledRow>, DbError> {
    sql("select status, currency, due_on, count(*) as documents, \
           cast(sum(due_minor) as bigint) as due_minor, \
           cast(sum(total_minor) as bigint) as total_minor \
         from invoice \
         where org_id = $1 and status in ('DRAFT', 'SUBMITTED', 'AUTHORISED') \
           and removed_at is null \
         group by status, currency, due_on \
         union all select 'CREDIT', currency, null, count(*), \
           cast(sum(remaining_minor) as bigint), cast(sum(remaining_minor) as bigint) \
         from credit_note \
         where org_id = $1 and removed_at is null and status = 'AUTHORISED' \
           and remaining_minor > 0 \
         group by currency")
    .bind(org)
    .all(tx)
    .await
}

/// Payments of invoices dated in a stretch of days, the second day excluded.
pub async fn paid(tx: &mut Tx, org: OrgId, days: (Day, Day)) -> Result<Vec<Sum>, DbError> {
    sql(
        "select coalesce(payment.currency, invoice.currency) as currency, \
           count(distinct invoice.id) as invoices, \
           cast(sum(payment.amount_minor) as bigint) as minor \
         from payment \
         join invoice on invoice.org_id = payment.org_id \
           and invoice.connection_id = payment.connection_id \
           and invoice.external_id = payment.invoice_external_id \
         where payment.org_id = $1 and payment.paid_on >= $2 and payment.paid_on < $3 \
           and payment.status = 'AUTHORISED' and payment.removed_at is null \
         group by coalesce(payment.currency, invoice.currency) order by 1",
    )
    .bind(org)
    .bind(days.0)
    .bind(days.1)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct InvoiceRow {
    #[sqlx(flatten)]
    pub listed: ListedRow,
    pub connection_id: ConnectionId,
    pub external_id: String,
    pub subtotal_minor: i64,
    pub tax_minor: i64,
}

pub async fn one(tx: &mut Tx, org: OrgId, id: InvoiceId) -> Result<Option<InvoiceRow>, DbError> {
    sql(
        "select invoice.id, invoice.number, invoice.reference, client.id as client_id, \
           coalesce(client.name, invoice.contact_name) as client_name, invoice.status, \
           invoice.issued_on, invoice.due_on, invoice.currency, invoice.total_minor, \
           invoice.paid_minor, invoice.credited_minor, invoice.due_minor, \
           invoice.connection_id, invoice.external_id, invoice.subtotal_minor, invoice.tax_minor \
         from invoice \
         left join client_link link on link.org_id = invoice.org_id \
           and link.connection_id = invoice.connection_id \
           and link.external_id = invoice.contact_external_id and link.state = 'mapped' \
         left join client on client.org_id = link.org_id and client.id = link.client_id \
         where invoice.org_id = $1 and invoice.id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

pub async fn lines(tx: &mut Tx, org: OrgId, id: InvoiceId) -> Result<Vec<LineView>, DbError> {
    sql(
        "select line_no, description, item_code, quantity, unit_price, net_minor, tax_minor, \
           tax_type, account_code \
         from invoice_line where org_id = $1 and invoice_id = $2 order by line_no",
    )
    .bind(org)
    .bind(id)
    .all(tx)
    .await
}

pub async fn payments(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    external_id: &str,
) -> Result<Vec<(Day, i64)>, DbError> {
    sql("select paid_on, amount_minor from payment \
         where org_id = $1 and connection_id = $2 and invoice_external_id = $3 \
           and status = 'AUTHORISED' and removed_at is null order by paid_on, external_id")
    .bind(org)
    .bind(connection)
    .bind(external_id)
    .all(tx)
    .await
}

/// Number and allocations of the credit notes that name the invoice.
pub async fn credit_notes(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    external_id: &str,
) -> Result<Vec<(String, String)>, DbError> {
    sql("select number, allocations from credit_note \
         where org_id = $1 and connection_id = $2 and removed_at is null \
           and allocations like $3 order by issued_on, id")
    .bind(org)
    .bind(connection)
    .bind(format!("%{external_id}%"))
    .all(tx)
    .await
}

pub async fn made_as(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    external_id: &str,
) -> Result<Option<GeneratedInvoiceId>, DbError> {
    let found: Vec<GeneratedInvoiceId> = sql("select id from generated_invoice \
         where org_id = $1 and connection_id = $2 and ledger_external_id = $3")
    .bind(org)
    .bind(connection)
    .bind(external_id)
    .values(tx)
    .await?;
    Ok(found.into_iter().next())
}

/// The invoice that the ledger calls `external_id`, once it was synced.
pub async fn of_ledger(
    tx: &mut Tx,
    org: OrgId,
    external_id: &str,
) -> Result<Option<InvoiceId>, DbError> {
    let found: Vec<InvoiceId> = sql("select id from invoice \
         where org_id = $1 and external_id = $2 order by id limit 1")
    .bind(org)
    .bind(external_id)
    .values(tx)
    .await?;
    Ok(found.into_iter().next())
}
