//! Credit notes as lists, pages and programs see them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    document,
    store::{self, LineRow},
    words::stop_sentences,
};
use crate::{
    db::{
        At, ClientId, Day, DbError, Exact, GeneratedCreditLineId, GeneratedCreditNoteId,
        GeneratedInvoiceId, GeneratedLineId, OrgId, Tx,
    },
    fault::Fault,
    features::generated_invoices::{self, HistoryRow},
};

/// One credit note of ours.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = CreditNoteView)]
pub struct NoteView {
    pub id: GeneratedCreditNoteId,
    /// From our series, once posting began.
    pub number: Option<String>,
    pub client_id: ClientId,
    pub client_name: String,
    /// The invoice of ours that it credits, and its number.
    pub generated_invoice_id: Option<GeneratedInvoiceId>,
    pub invoice_number: Option<String>,
    pub currency: String,
    /// draft | approved | posting | posted | allocated | rejected | void
    pub status: String,
    pub issued_on: Day,
    pub reason: String,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    /// How much of it is set against invoices in accounting.
    pub allocated_minor: i64,
    pub approved_at: Option<At>,
    pub post_state: Option<String>,
    pub ledger_external_id: Option<String>,
    pub ledger_status: Option<String>,
    /// What is wrong and what to do.
    pub problem: Option<String>,
    pub version: i64,
}

impl NoteView {
    /// What the client has in accounting and no invoice was lowered by.
    pub fn unallocated_minor(&self) -> i64 {
        match self.status.as_str() {
            "posted" | "allocated" => self.total_minor.saturating_sub(self.allocated_minor),
            _ => 0,
        }
    }
}

#[derive(Debug, Default, Clone)]
pub struct Filter {
    /// A state, or `open` for draft, approved and posting, `ready` for approved and posting, or
    /// `sent` for posted and allocated.
    pub status: Option<String>,
    pub client: Option<ClientId>,
    pub invoice: Option<GeneratedInvoiceId>,
    pub search: Option<String>,
    pub after: Option<(Day, GeneratedCreditNoteId)>,
    pub limit: i64,
}

/// Newest first.
pub async fn list(tx: &mut Tx, org: OrgId, filter: &Filter) -> Result<Vec<NoteView>, DbError> {
    store::list(tx, org, filter).await
}

/// Those of one invoice, newest first.
pub async fn of_invoice(
    tx: &mut Tx,
    org: OrgId,
    invoice: GeneratedInvoiceId,
) -> Result<Vec<NoteView>, DbError> {
    let filter = Filter {
        invoice: Some(invoice),
        limit: 200,
        ..Filter::default()
    };
    list(tx, org, &filter).await
}

/// How many there are in each state and what they come to, per currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
#[schema(as = CreditNoteSum)]
pub struct NoteSum {
    pub status: String,
    pub currency: String,
    pub count: i64,
    pub total_minor: i64,
}

pub async fn counts(tx: &mut Tx, org: OrgId) -> Result<Vec<NoteSum>, DbError> {
    store::counts(tx, org).await
}

/// One line, with what it credits.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CreditNoteLine)]
pub struct LineView {
    pub id: GeneratedCreditLineId,
    pub generated_line_id: Option<GeneratedLineId>,
    pub description: String,
    pub item_code: Option<String>,
    pub quantity: Exact,
    pub unit_price: Exact,
    pub net_minor: i64,
    pub tax_minor: i64,
    pub tax_type: String,
    /// As a fraction of one.
    pub tax_rate: Exact,
    pub account_code: String,
}

impl From<LineRow> for LineView {
    fn from(row: LineRow) -> Self {
        Self {
            id: row.id,
            generated_line_id: row.generated_line_id,
            description: row.description,
            item_code: row.item_code,
            quantity: row.quantity,
            unit_price: row.unit_price,
            net_minor: row.net_minor,
            tax_minor: row.tax_minor,
            tax_type: row.tax_type,
            tax_rate: row.tax_rate,
            account_code: row.account_code,
        }
    }
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CreditNoteDetail)]
pub struct Detail {
    #[serde(flatten)]
    pub note: NoteView,
    /// In accounting and set against no invoice.
    pub unallocated_minor: i64,
    pub lines: Vec<LineView>,
    /// What nobody can override, as sentences.
    pub stops: Vec<String>,
    pub history: Vec<HistoryRow>,
}

pub async fn detail(tx: &mut Tx, org: OrgId, id: GeneratedCreditNoteId) -> Result<Detail, Fault> {
    let note = store::view(tx, org, id).await?;
    let note = note.ok_or(Fault::NotFound("this credit note"))?;
    let stops = match note.status.as_str() {
        "draft" | "approved" => document(tx, org, id).await?.stops(),
        _ => Vec::new(),
    };
    let lines = store::lines(tx, org, id).await?;
    Ok(Detail {
        unallocated_minor: note.unallocated_minor(),
        lines: lines.into_iter().map(LineView::from).collect(),
        stops: stop_sentences(&stops),
        history: generated_invoices::store::history(tx, org, id.0).await?,
        note,
    })
}
