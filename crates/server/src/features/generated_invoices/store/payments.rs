//! Payments that we book in the ledger, and what they can be booked on.

use super::super::pay::{Account, Payment};
use crate::db::{
    At, ConnectionId, Day, DbError, GeneratedInvoiceId, GeneratedPaymentId, OrgId, PersonId, Tx,
    sql,
};

/// What is known of an invoice that somebody says is paid.
#[derive(sqlx::FromRow)]
pub struct Payable {
    pub status: String,
    pub ledger_status: Option<String>,
    pub currency: String,
    pub connection_id: Option<ConnectionId>,
    pub due_minor: i64,
    pub on_its_way_minor: i64,
}

impl Payable {
    pub fn owed_minor(&self) -> i64 {
        self.due_minor.saturating_sub(self.on_its_way_minor)
    }
}

/// What is owed is what the ledger said last; before it was read, all of it. A booked payment is
/// on its way until the ledger's own list has it.
pub async fn payable(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
) -> Result<Option<Payable>, DbError> {
    sql(
        "select made.status, made.ledger_status, made.currency, made.connection_id, \
           coalesce(invoice.due_minor, made.total_minor) as due_minor, \
           cast(coalesce((select sum(own.amount_minor) from generated_payment own \
             where own.org_id = made.org_id and own.generated_invoice_id = made.id \
               and own.state <> 'refused' \
               and not exists (select 1 from payment where payment.org_id = own.org_id \
                 and payment.connection_id = made.connection_id \
                 and payment.external_id = own.ledger_external_id)), 0) as bigint) \
             as on_its_way_minor \
         from generated_invoice made \
         left join invoice on invoice.org_id = made.org_id \
           and invoice.connection_id = made.connection_id \
           and invoice.external_id = made.ledger_external_id \
         where made.org_id = $1 and made.id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

/// Bank accounts, and others that take payments.
pub async fn payment_accounts(
    tx: &mut Tx,
    org: OrgId,
    ledger: Option<ConnectionId>,
) -> Result<Vec<Account>, DbError> {
    sql("select external_id as id, code, name from ledger_account \
         where org_id = $1 and connection_id = $2 and removed_at is null and status = 'ACTIVE' \
           and (type = 'BANK' or takes_payments) order by code, external_id")
    .bind(org)
    .bind(ledger)
    .all(tx)
    .await
}

/// Newest first.
pub async fn payments(
    tx: &mut Tx,
    org: OrgId,
    invoice: GeneratedInvoiceId,
) -> Result<Vec<Payment>, DbError> {
    sql(
        "select id, account_name, paid_on, amount_minor, reference, state, problem, created_at \
         from generated_payment where org_id = $1 and generated_invoice_id = $2 order by id desc",
    )
    .bind(org)
    .bind(invoice)
    .all(tx)
    .await
}

/// Marks the invoice as changed.
///
/// # Errors
/// [`DbError::Stale`] when it is not at `version` any more.
pub async fn touch(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
    version: i64,
) -> Result<(), DbError> {
    sql("update generated_invoice set version = version + 1 \
         where org_id = $1 and id = $2 and version = $3")
    .bind(org)
    .bind(id)
    .bind(version)
    .run_one(tx)
    .await
}

pub struct NewPayment<'a> {
    pub id: GeneratedPaymentId,
    pub invoice: GeneratedInvoiceId,
    pub account: &'a Account,
    pub paid_on: Day,
    pub amount_minor: i64,
    pub reference: &'a str,
    pub by: PersonId,
    pub now: At,
}

pub async fn insert_payment(tx: &mut Tx, org: OrgId, new: &NewPayment<'_>) -> Result<(), DbError> {
    sql(
        "insert into generated_payment (org_id, id, generated_invoice_id, account_external_id, \
           account_name, paid_on, amount_minor, reference, state, person_id, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'queued', $9, $10)",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.invoice)
    .bind(&new.account.id)
    .bind(&new.account.name)
    .bind(new.paid_on)
    .bind(new.amount_minor)
    .bind(new.reference)
    .bind(new.by)
    .bind(new.now)
    .run(tx)
    .await?;
    Ok(())
}

/// A payment as its job reads it.
#[derive(sqlx::FromRow)]
pub struct PaymentRow {
    pub id: GeneratedPaymentId,
    pub generated_invoice_id: GeneratedInvoiceId,
    pub connection_id: Option<ConnectionId>,
    pub invoice_external_id: Option<String>,
    pub currency: String,
    pub account_external_id: String,
    pub paid_on: Day,
    pub amount_minor: i64,
    pub reference: String,
    pub state: String,
}

pub async fn payment(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedPaymentId,
) -> Result<Option<PaymentRow>, DbError> {
    sql(
        "select own.id, own.generated_invoice_id, made.connection_id, \
           made.ledger_external_id as invoice_external_id, made.currency, \
           own.account_external_id, own.paid_on, own.amount_minor, own.reference, own.state \
         from generated_payment own \
         join generated_invoice made on made.org_id = own.org_id \
           and made.id = own.generated_invoice_id \
         where own.org_id = $1 and own.id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

/// How far it has come; what is booked or refused stays so.
pub async fn set_payment(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedPaymentId,
    state: &str,
    ledger_external_id: Option<&str>,
    problem: Option<&str>,
) -> Result<(), DbError> {
    sql(
        "update generated_payment set state = $3, ledger_external_id = $4, problem = $5 \
         where org_id = $1 and id = $2 and state in ('queued', 'sent_unknown')",
    )
    .bind(org)
    .bind(id)
    .bind(state)
    .bind(ledger_external_id)
    .bind(problem)
    .run_one(tx)
    .await
}
