//! Letters with invoices.

use serde::Serialize;
use utoipa::ToSchema;

use crate::db::{At, DbError, DeliveryId, GeneratedInvoiceId, OrgId, PersonId, Tx, sql};

/// A letter as it is stored.
#[derive(sqlx::FromRow)]
pub struct DeliveryRow {
    pub id: DeliveryId,
    pub generated_invoice_id: GeneratedInvoiceId,
    pub state: String,
    pub recipients: String,
    pub subject: String,
    pub body: String,
    pub document: String,
    pub with_explanation: bool,
    pub requested_by: Option<String>,
    pub requested_at: At,
    pub settled_at: Option<At>,
    pub problem: Option<String>,
}

/// A letter with an invoice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryView {
    pub id: DeliveryId,
    /// queued | sent | failed
    pub state: String,
    pub recipients: Vec<String>,
    pub subject: String,
    pub text: String,
    /// ledger | own: whose PDF goes along.
    pub document: String,
    pub with_explanation: bool,
    pub requested_by: Option<String>,
    pub requested_at: At,
    /// When it was sent or failed.
    pub settled_at: Option<At>,
    /// Why it failed.
    pub problem: Option<String>,
}

impl From<DeliveryRow> for DeliveryView {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id,
            state: row.state,
            recipients: row.recipients.lines().map(str::to_owned).collect(),
            subject: row.subject,
            text: row.body,
            document: row.document,
            with_explanation: row.with_explanation,
            requested_by: row.requested_by,
            requested_at: row.requested_at,
            settled_at: row.settled_at,
            problem: row.problem,
        }
    }
}

pub async fn log(
    tx: &mut Tx,
    org: OrgId,
    invoice: GeneratedInvoiceId,
) -> Result<Vec<DeliveryRow>, DbError> {
    sql(
        "select delivery.id, delivery.generated_invoice_id, delivery.state, \
           delivery.recipients, delivery.subject, delivery.body, delivery.document, \
           delivery.with_explanation, person.name as requested_by, delivery.requested_at, \
           delivery.settled_at, delivery.problem \
         from delivery left join person on person.id = delivery.requested_by \
         where delivery.org_id = $1 and delivery.generated_invoice_id = $2 \
         order by delivery.id desc",
    )
    .bind(org)
    .bind(invoice)
    .all(tx)
    .await
}

pub async fn one(tx: &mut Tx, org: OrgId, id: DeliveryId) -> Result<Option<DeliveryRow>, DbError> {
    sql(
        "select delivery.id, delivery.generated_invoice_id, delivery.state, \
           delivery.recipients, delivery.subject, delivery.body, delivery.document, \
           delivery.with_explanation, person.name as requested_by, delivery.requested_at, \
           delivery.settled_at, delivery.problem \
         from delivery left join person on person.id = delivery.requested_by \
         where delivery.org_id = $1 and delivery.id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

/// A letter that shall leave.
pub struct NewRow<'a> {
    pub id: DeliveryId,
    pub invoice: GeneratedInvoiceId,
    pub recipients: &'a [String],
    pub subject: &'a str,
    pub body: &'a str,
    pub document: &'a str,
    pub with_explanation: bool,
    pub by: PersonId,
    pub at: At,
}

pub async fn insert(tx: &mut Tx, org: OrgId, new: &NewRow<'_>) -> Result<(), DbError> {
    sql(
        "insert into delivery (org_id, id, generated_invoice_id, state, recipients, subject, \
           body, document, with_explanation, requested_by, requested_at) \
         values ($1, $2, $3, 'queued', $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.invoice)
    .bind(new.recipients.join("\n"))
    .bind(new.subject)
    .bind(new.body)
    .bind(new.document)
    .bind(new.with_explanation)
    .bind(new.by)
    .bind(new.at)
    .run(tx)
    .await?;
    Ok(())
}

/// # Errors
/// [`DbError::Stale`] when it is not on its way any more.
pub async fn settle(
    tx: &mut Tx,
    org: OrgId,
    id: DeliveryId,
    state: &str,
    at: At,
    problem: Option<&str>,
) -> Result<(), DbError> {
    sql(
        "update delivery set state = $3, settled_at = $4, problem = $5 \
         where org_id = $1 and id = $2 and state = 'queued'",
    )
    .bind(org)
    .bind(id)
    .bind(state)
    .bind(at)
    .bind(problem)
    .run_one(tx)
    .await
}

/// What became of an invoice's last letter.
pub async fn set_delivery(
    tx: &mut Tx,
    org: OrgId,
    invoice: GeneratedInvoiceId,
    delivery: &str,
) -> Result<(), DbError> {
    sql("update generated_invoice set delivery = $3 where org_id = $1 and id = $2")
        .bind(org)
        .bind(invoice)
        .bind(delivery)
        .run_one(tx)
        .await
}
