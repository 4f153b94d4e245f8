//! What hangs below a document: its mail, its page for the client, its history.

use axum::body::Bytes;
use axum::extract::{MatchedPath, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::Call;
use super::{Failure, contacts, credit_notes, invoices, items, payments};
use crate::xero::input::{self, NoteIn};
use crate::xero::ledger::{Ledger, Note};
use crate::xero::records::{Side, Status};
use crate::xero::wire::NoteOut;

/// Longer notes are refused.
const LONGEST_NOTE: usize = 2500;

/// `POST /Invoices/{id}/Email`: marks the invoice as sent; no mail leaves the sandbox.
pub async fn email(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    let mut ledger = call.ledger()?;
    let key = invoices::find(&ledger, &name)?;
    let mut invoice = ledger.invoice(key).cloned().ok_or(Failure::NotFound)?;
    let document = &mut invoice.document;
    let can_be_sent = matches!(
        document.status,
        Status::Submitted | Status::Authorised | Status::Paid
    );
    if document.side != Side::Sales || !can_be_sent {
        return Err(Failure::complaint(
            "Invoice not of valid status to be sent by email",
        ));
    }
    let to = ledger
        .contact(document.contact)
        .map(|contact| contact.email.clone());
    let to = to.filter(|to| !to.is_empty());
    let to = to.ok_or_else(|| Failure::complaint("The contact has no email address"))?;
    let is_settled = !invoice.paid.is_zero() || !invoice.credited.is_zero();
    invoice.document.sent_to_contact = true;
    if is_settled {
        ledger.replace_quietly(key, invoice);
    } else {
        ledger.replace_invoice(key, invoice, call.now);
    }
    let id = ledger.invoice_id(key);
    let details = format!("This invoice has been sent to {to}");
    ledger.note(
        id,
        Note {
            changes: "Invoice sent",
            details,
            user: "System Generated",
            at: call.now,
        },
    );
    call.xero.announce(call.tenant, &mut ledger);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /Invoices/{id}/OnlineInvoice`
pub async fn online(call: Call, Path(name): Path<String>) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let key = invoices::find(&ledger, &name)?;
    let invoice = ledger.invoice(key).ok_or(Failure::NotFound)?;
    if !invoice.document.status.is_approved() {
        return Err(Failure::complaint(
            "Invoice must be AUTHORISED or PAID to be seen online",
        ));
    }
    let id = ledger.invoice_id(key).simple();
    let row = json!({ "OnlineInvoiceUrl": format!("https://in.xero.com/{id}") });
    call.reply("OnlineInvoices", &[row], None)
}

/// `GET …/{id}/History`
pub async fn history(
    call: Call,
    path: MatchedPath,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let id = identify(&ledger, path.as_str(), &name)?;
    let notes = ledger
        .history
        .get(&id)
        .map(Vec::as_slice)
        .unwrap_or_default();
    let rows: Vec<_> = notes.iter().rev().map(NoteOut::from).collect();
    call.reply("HistoryRecords", &rows, None)
}

/// `PUT …/{id}/History`
pub async fn add_history(
    call: Call,
    path: MatchedPath,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Failure> {
    let bad = |bad| Failure::from_body(bad, "HistoryRecord");
    let elements = input::elements(&body, "HistoryRecords").map_err(bad)?;
    let details = elements
        .iter()
        .map(details)
        .collect::<Result<Vec<String>, Failure>>()?;
    let mut ledger = call.ledger()?;
    let id = identify(&ledger, path.as_str(), &name)?;
    let new = |details| Note {
        changes: "Note",
        details,
        user: "System Generated",
        at: call.now,
    };
    let notes: Vec<Note> = details.into_iter().map(new).collect();
    for note in &notes {
        ledger.note(id, note.clone());
    }
    let rows: Vec<_> = notes.iter().map(NoteOut::from).collect();
    call.reply("HistoryRecords", &rows, None)
}

fn details(element: &Value) -> Result<String, Failure> {
    let note: NoteIn =
        input::parse(element).map_err(|bad| Failure::from_body(bad, "HistoryRecord"))?;
    let details = note.details.filter(|details| !details.is_empty());
    let details = details.ok_or_else(|| Failure::complaint("Details must be specified"))?;
    if details.chars().count() > LONGEST_NOTE {
        return Err(Failure::complaint(
            "Details cannot be longer than 2500 characters",
        ));
    }
    Ok(details)
}

/// The record a history belongs to; the route tells of which kind it is.
fn identify(ledger: &Ledger, route: &str, name: &str) -> Result<Uuid, Failure> {
    let mut parts = route.rsplit('/');
    match parts.nth(2).unwrap_or_default() {
        "Invoices" => invoices::find(ledger, name).map(|key| ledger.invoice_id(key)),
        "CreditNotes" => credit_notes::find(ledger, name).map(|key| ledger.credit_note_id(key)),
        "Contacts" => contacts::find(ledger, name).map(|key| ledger.contact_id(key)),
        "Payments" => payments::find(ledger, name).map(|key| ledger.payment_id(key)),
        "Items" => items::find(ledger, name).map(|key| ledger.item_id(key)),
        _ => Err(Failure::NotFound),
    }
}
