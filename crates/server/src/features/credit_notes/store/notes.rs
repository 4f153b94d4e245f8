//! Credit notes with their lines.

use crate::db::{
    At, ClientId, ConnectionId, Day, DbError, Exact, GeneratedCreditLineId, GeneratedCreditNoteId,
    GeneratedInvoiceId, GeneratedLineId, OrgId, PersonId, Tx, sql,
};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NoteRow {
    pub id: GeneratedCreditNoteId,
    pub number: Option<String>,
    pub client_id: ClientId,
    pub generated_invoice_id: Option<GeneratedInvoiceId>,
    pub currency: String,
    pub status: String,
    pub issued_on: Day,
    pub reason: String,
    pub total_minor: i64,
    pub content_hash: Vec<u8>,
    pub approved_hash: Option<Vec<u8>>,
    pub post_state: Option<String>,
    pub post_attempt: i64,
    pub connection_id: Option<ConnectionId>,
    pub ledger_external_id: Option<String>,
    /// The ledger's id of the invoice that it credits.
    pub invoice_external_id: Option<String>,
    pub version: i64,
}

pub async fn note(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedCreditNoteId,
) -> Result<Option<NoteRow>, DbError> {
    sql(
        "select note.id, note.number, note.client_id, note.generated_invoice_id, note.currency, \
           note.status, note.issued_on, note.reason, note.total_minor, note.content_hash, \
           note.approved_hash, note.post_state, note.post_attempt, note.connection_id, \
           note.ledger_external_id, made.ledger_external_id as invoice_external_id, note.version \
         from generated_credit_note note \
         left join generated_invoice made on made.org_id = note.org_id \
           and made.id = note.generated_invoice_id \
         where note.org_id = $1 and note.id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LineRow {
    pub id: GeneratedCreditLineId,
    pub generated_line_id: Option<GeneratedLineId>,
    pub description: String,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub tax_type: String,
    pub tax_rate: Exact,
    pub account_code: String,
}

pub async fn lines(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedCreditNoteId,
) -> Result<Vec<LineRow>, DbError> {
    sql(
        "select id, generated_line_id, description, item_code, quantity, unit_price, net_minor, \
           tax_minor, tax_type, tax_rate, account_code \
         from generated_credit_line where org_id = $1 and credit_note_id = $2 order by position",
    )
    .bind(org)
    .bind(id)
    .all(tx)
    .await
}

/// A new credit note; what it says comes with [`set_content`].
pub struct NewNote<'a> {
    pub id: GeneratedCreditNoteId,
    pub client: ClientId,
    pub invoice: Option<GeneratedInvoiceId>,
    pub currency: &'a str,
    pub connection: Option<ConnectionId>,
    pub search_key: String,
    pub now: At,
}

pub async fn insert_note(
    tx: &mut Tx,
    org: OrgId,
    new: &NewNote<'_>,
    issued_on: Day,
    reason: &str,
) -> Result<(), DbError> {
    sql(
        "insert into generated_credit_note (org_id, id, client_id, generated_invoice_id, \
           currency, status, issued_on, reason, net_minor, tax_minor, total_minor, content_hash, \
           connection_id, search_key, created_at) \
         values ($1, $2, $3, $4, $5, 'draft', $6, $7, 0, 0, 0, $8, $9, $10, $11)",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.client)
    .bind(new.invoice)
    .bind(new.currency)
    .bind(issued_on)
    .bind(reason)
    .bind(Vec::<u8>::new())
    .bind(new.connection)
    .bind(&new.search_key)
    .bind(new.now)
    .run(tx)
    .await?;
    Ok(())
}

/// A line to be written.
pub struct NewLine {
    pub source: Option<GeneratedLineId>,
    pub description: String,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub tax_type: String,
    pub tax_rate: Exact,
    pub account_code: String,
}

pub async fn insert_line(
    tx: &mut Tx,
    org: OrgId,
    note: GeneratedCreditNoteId,
    id: GeneratedCreditLineId,
    position: i64,
    line: &NewLine,
) -> Result<(), DbError> {
    sql(
        "insert into generated_credit_line (org_id, id, credit_note_id, position, \
           generated_line_id, description, item_code, quantity, unit_price, net_minor, tax_minor, \
           tax_type, tax_rate, account_code) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(org)
    .bind(id)
    .bind(note)
    .bind(position)
    .bind(line.source)
    .bind(&line.description)
    .bind(line.item_code.as_deref())
    .bind(line.quantity)
    .bind(line.unit_price)
    .bind(line.net_minor)
    .bind(line.tax_minor)
    .bind(&line.tax_type)
    .bind(line.tax_rate)
    .bind(&line.account_code)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn delete_lines(
    tx: &mut Tx,
    org: OrgId,
    note: GeneratedCreditNoteId,
) -> Result<(), DbError> {
    sql("delete from generated_credit_line where org_id = $1 and credit_note_id = $2")
        .bind(org)
        .bind(note)
        .run(tx)
        .await?;
    Ok(())
}

/// What a credit note says and comes to.
pub struct NoteContent<'a> {
    pub id: GeneratedCreditNoteId,
    pub issued_on: Day,
    pub reason: &'a str,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    pub hash: Vec<u8>,
}

pub async fn set_content(tx: &mut Tx, org: OrgId, new: &NoteContent<'_>) -> Result<(), DbError> {
    sql(
        "update generated_credit_note set issued_on = $3, reason = $4, net_minor = $5, \
           tax_minor = $6, total_minor = $7, content_hash = $8 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.issued_on)
    .bind(new.reason)
    .bind(new.net_minor)
    .bind(new.tax_minor)
    .bind(new.total_minor)
    .bind(new.hash.clone())
    .run_one(tx)
    .await
}

/// A state with what belongs to it; `version` is what the person saw.
pub struct Move<'a> {
    pub id: GeneratedCreditNoteId,
    pub version: i64,
    pub status: &'a str,
    pub approved: Option<(Vec<u8>, PersonId, At)>,
    pub problem: Option<&'a str>,
}

/// # Errors
/// [`DbError::Stale`] when somebody was faster.
pub async fn set_status(tx: &mut Tx, org: OrgId, new: &Move<'_>) -> Result<(), DbError> {
    let approved = new.approved.as_ref();
    sql(
        "update generated_credit_note set status = $4, approved_hash = $5, approved_by = $6, \
           approved_at = $7, problem = $8, version = version + 1 \
         where org_id = $1 and id = $2 and version = $3",
    )
    .bind(org)
    .bind(new.id)
    .bind(new.version)
    .bind(new.status)
    .bind(approved.map(|(hash, _, _)| hash.clone()))
    .bind(approved.map(|(_, by, _)| *by))
    .bind(approved.map(|(_, _, at)| *at))
    .bind(new.problem)
    .run_one(tx)
    .await
}
