//! What clients get: the invoice as PDF (the ledger's, or ours where there is none), why each line
//! is what it is, and the letter that brings both.
//!
//! Only what the ledger has approved is sent. That a letter left is a fact of its own, apart from
//! the invoice's state, with a log of every letter.

pub mod api;
mod explanation;
mod explanation_pdf;
mod invoice_pdf;
pub mod ledger;
mod letter;
pub mod pages;
mod paperwork;
mod send;
pub mod store;
#[cfg(test)]
mod tests;

pub use explanation::{ClientExplanation, client_explanation};
pub use letter::Offer;
pub use paperwork::{Paperwork, file_name, invoice_pdf};
pub use send::{DeliverInvoice, NewDelivery, check_sendable, deliver, offer};
pub use store::DeliveryView;

use crate::{
    db::{DbError, GeneratedInvoiceId, OrgId, Tx},
    features::generated_invoices::DraftView,
};

/// Every letter with an invoice, newest first.
pub async fn log(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
) -> Result<Vec<DeliveryView>, DbError> {
    let rows = store::log(tx, org, id).await?;
    Ok(rows.into_iter().map(DeliveryView::from).collect())
}

/// Whether the invoice is one that the client owes by the ledger.
pub fn is_authorised(draft: &DraftView) -> bool {
    let is_posted = matches!(draft.status.as_str(), "posted" | "part_paid" | "paid");
    let is_approved = matches!(draft.ledger_status.as_deref(), Some("AUTHORISED" | "PAID"));
    is_posted && is_approved
}
