//! How far a posting has come, and what the ledger says since.

use crate::db::{DbError, GeneratedInvoiceId, OrgId, PersonId, Tx, sql};

pub async fn begin_posting(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
    version: i64,
    number: &str,
    by: PersonId,
) -> Result<(), DbError> {
    sql(
        "update generated_invoice set status = 'posting', number = $4, posted_by = $5, \
           post_state = 'queued', problem = null, version = version + 1 \
         where org_id = $1 and id = $2 and version = $3 and status = 'approved'",
    )
    .bind(org)
    .bind(id)
    .bind(version)
    .bind(number)
    .bind(by)
    .run_one(tx)
    .await
}

/// How far posting has come.
pub struct Progress<'a> {
    pub id: GeneratedInvoiceId,
    pub post_state: &'a str,
    pub ledger_external_id: Option<&'a str>,
    pub ledger_status: Option<&'a str>,
    pub problem: Option<&'a str>,
}

pub async fn set_progress(tx: &mut Tx, org: OrgId, now: &Progress<'_>) -> Result<(), DbError> {
    sql("update generated_invoice set post_state = $3, \
           ledger_external_id = coalesce($4, ledger_external_id), \
           ledger_status = coalesce($5, ledger_status), problem = $6 \
         where org_id = $1 and id = $2 and status = 'posting'")
    .bind(org)
    .bind(now.id)
    .bind(now.post_state)
    .bind(now.ledger_external_id)
    .bind(now.ledger_status)
    .bind(now.problem)
    .run_one(tx)
    .await
}

/// The end of posting: in the ledger, or back to approved with a reason.
pub async fn end_posting(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
    status: &str,
    post_state: &str,
    problem: Option<&str>,
) -> Result<(), DbError> {
    sql(
        "update generated_invoice set status = $3, post_state = $4, problem = $5, \
           post_attempt = post_attempt + case when $4 = 'refused' then 1 else 0 end, \
           version = version + 1 \
         where org_id = $1 and id = $2 and status = 'posting'",
    )
    .bind(org)
    .bind(id)
    .bind(status)
    .bind(post_state)
    .bind(problem)
    .run_one(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct LedgerNews {
    pub id: GeneratedInvoiceId,
    pub status: String,
    pub ledger_status: Option<String>,
    pub now: String,
    pub paid_minor: i64,
    pub due_minor: i64,
}

/// Posted invoices whose ledger says something new since.
pub async fn ledger_news(tx: &mut Tx, org: OrgId) -> Result<Vec<LedgerNews>, DbError> {
    sql(
        "select made.id, made.status, made.ledger_status, invoice.status as now, \
           invoice.paid_minor + invoice.credited_minor as paid_minor, invoice.due_minor \
         from generated_invoice made \
         join invoice on invoice.org_id = made.org_id \
           and invoice.connection_id = made.connection_id \
           and invoice.external_id = made.ledger_external_id \
         where made.org_id = $1 and made.status in ('posted', 'part_paid', 'paid') \
         order by made.id",
    )
    .bind(org)
    .all(tx)
    .await
}

pub async fn set_ledger_status(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
    status: &str,
    ledger_status: &str,
) -> Result<(), DbError> {
    sql(
        "update generated_invoice set status = $3, ledger_status = $4, version = version + 1 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(status)
    .bind(ledger_status)
    .run_one(tx)
    .await
}
