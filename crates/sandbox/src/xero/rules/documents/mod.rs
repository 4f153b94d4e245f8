//! Invoices and credit notes: what makes one, what may change, and which status may follow which.

mod party;
mod prepare;
mod terms;

use chrono::{DateTime, Utc};

use super::{Complaints, Verb, refuse};
use crate::xero::amount::Amount;
use crate::xero::ids::Kind;
use crate::xero::input::DocumentIn;
use crate::xero::ledger::{Ledger, Note};
use crate::xero::records::{CreditNote, CreditNoteKey, Document, Invoice, InvoiceKey, Side, Text};
use party::Party;
use prepare::{Prepared, Reading, Start, prepare};

/// An invoice that may be put in the books.
#[derive(Debug)]
pub struct InvoiceChange {
    key: Option<InvoiceKey>,
    invoice: Invoice,
    party: Party,
    /// Nothing but dates and marks changed on a part-paid invoice: its time of change stays.
    is_quiet: bool,
}

#[derive(Debug)]
pub struct CreditNoteChange {
    key: Option<CreditNoteKey>,
    note: CreditNote,
    party: Party,
}

pub fn prepare_invoice(
    ledger: &Ledger,
    input: &DocumentIn,
    verb: Verb,
    unit_places: u32,
    now: DateTime<Utc>,
) -> Result<InvoiceChange, Complaints> {
    let key = existing_invoice(ledger, input, verb)?;
    let old = key.and_then(|key| ledger.invoice(key));
    let start = Start {
        document: old.map(|old| &old.document),
        noun: "Invoice",
        kind: Kind::Line,
        index: key.map_or(0, |key| key.0),
        is_settled_in_part: old.is_some_and(Invoice::is_settled_in_part),
    };
    let side = side(&start, input, "ACCREC", "ACCPAY")?;
    let number = input.invoice_number.as_deref();
    let reading = Reading {
        side,
        number,
        unit_places,
        now,
    };
    let Prepared {
        document,
        party,
        is_light,
    } = prepare(ledger, &start, input, &reading)?;
    let is_renumbered = old.is_none_or(|old| old.document.number != document.number);
    if side == Side::Sales && is_renumbered && ledger.number_is_taken(&document.number) {
        return refuse("Invoice # must be unique.");
    }
    let mut invoice = old
        .cloned()
        .unwrap_or_else(|| empty_invoice(document.clone()));
    invoice.document = document;
    if let Some(day) = input.expected_payment_date {
        invoice.expected_payment_date = Some(day);
    }
    if let Some(day) = input.planned_payment_date {
        invoice.planned_payment_date = Some(day);
    }
    if let Some(url) = &input.url {
        invoice.url = Some(Text::from(url.as_str()));
    }
    Ok(InvoiceChange {
        key,
        invoice,
        party,
        is_quiet: start.is_settled_in_part && is_light,
    })
}

pub fn prepare_credit_note(
    ledger: &Ledger,
    input: &DocumentIn,
    verb: Verb,
    unit_places: u32,
    now: DateTime<Utc>,
) -> Result<CreditNoteChange, Complaints> {
    let key = existing_credit_note(ledger, input, verb)?;
    let old = key.and_then(|key| ledger.credit_note(key));
    let start = Start {
        document: old.map(|old| &old.document),
        noun: "Credit note",
        kind: Kind::CreditNoteLine,
        index: key.map_or(0, |key| key.0),
        is_settled_in_part: old.is_some_and(|old| old.remaining() != old.document.total()),
    };
    let side = side(&start, input, "ACCRECCREDIT", "ACCPAYCREDIT")?;
    let number = input.credit_note_number.as_deref();
    let reading = Reading {
        side,
        number,
        unit_places,
        now,
    };
    let Prepared {
        document, party, ..
    } = prepare(ledger, &start, input, &reading)?;
    let taken = ledger
        .credit_note_by_number(&document.number)
        .filter(|found| Some(*found) != key);
    if taken.is_some() && !document.number.is_empty() {
        return refuse("Credit note # must be unique.");
    }
    let mut note = old.cloned().unwrap_or_else(|| CreditNote {
        document: document.clone(),
        allocations: Vec::new(),
        refunded: Amount::ZERO,
        fully_paid_on: None,
        payments: Vec::new(),
    });
    note.document = document;
    Ok(CreditNoteChange { key, note, party })
}

pub fn commit_invoice(
    ledger: &mut Ledger,
    change: InvoiceChange,
    now: DateTime<Utc>,
) -> InvoiceKey {
    let InvoiceChange {
        key,
        mut invoice,
        party,
        is_quiet,
    } = change;
    invoice.document.contact = party.commit(ledger, now);
    if invoice.document.number.is_empty() && invoice.document.side == Side::Sales {
        invoice.document.number = ledger.next_number("INV-");
    }
    let total = invoice.document.total();
    let status = invoice.document.status.as_str();
    let key = match key {
        Some(key) if is_quiet => {
            ledger.replace_quietly(key, invoice);
            key
        }
        Some(key) => {
            ledger.replace_invoice(key, invoice, now);
            key
        }
        None => {
            invoice.document.updated = now;
            invoice.document.by_app = true;
            ledger.insert_invoice(invoice)
        }
    };
    let details = format!("{status} for {}", total.decimal());
    let id = ledger.invoice_id(key);
    ledger.note(
        id,
        Note {
            changes: "Saved",
            details,
            user: "System Generated",
            at: now,
        },
    );
    key
}

pub fn commit_credit_note(
    ledger: &mut Ledger,
    change: CreditNoteChange,
    now: DateTime<Utc>,
) -> CreditNoteKey {
    let CreditNoteChange {
        key,
        mut note,
        party,
    } = change;
    note.document.contact = party.commit(ledger, now);
    if note.document.number.is_empty() {
        note.document.number = ledger.next_number("CN-");
    }
    if let Some(key) = key {
        ledger.replace_credit_note(key, note, now);
        return key;
    }
    note.document.updated = now;
    note.document.by_app = true;
    ledger.insert_credit_note(note)
}

fn empty_invoice(document: Document) -> Invoice {
    Invoice {
        document,
        expected_payment_date: None,
        planned_payment_date: None,
        url: None,
        paid: Amount::ZERO,
        credited: Amount::ZERO,
        fully_paid_on: None,
        payments: Vec::new(),
        credit_notes: Vec::new(),
    }
}

/// The invoice a request means: by id, and for POST by number as well.
fn existing_invoice(
    ledger: &Ledger,
    input: &DocumentIn,
    verb: Verb,
) -> Result<Option<InvoiceKey>, Complaints> {
    if verb == Verb::Create {
        return Ok(None);
    }
    if let Some(id) = input.invoice_id {
        return match ledger.invoice_by_id(id) {
            Some(key) => Ok(Some(key)),
            None => refuse("Invoice could not be found"),
        };
    }
    let is_bill = input.r#type.as_deref() == Some("ACCPAY");
    let number = input.invoice_number.as_deref().filter(|_| !is_bill);
    Ok(number
        .filter(|number| ledger.number_is_taken(number))
        .and_then(|number| ledger.invoice_by_number(number)))
}

fn existing_credit_note(
    ledger: &Ledger,
    input: &DocumentIn,
    verb: Verb,
) -> Result<Option<CreditNoteKey>, Complaints> {
    if verb == Verb::Create {
        return Ok(None);
    }
    if let Some(id) = input.credit_note_id {
        return match ledger.credit_note_by_id(id) {
            Some(key) => Ok(Some(key)),
            None => refuse("Credit note could not be found"),
        };
    }
    Ok(input
        .credit_note_number
        .as_deref()
        .and_then(|number| ledger.credit_note_by_number(number)))
}

fn side(
    start: &Start<'_>,
    input: &DocumentIn,
    sales: &str,
    purchase: &str,
) -> Result<Side, Complaints> {
    if let Some(document) = start.document {
        return Ok(document.side);
    }
    match input.r#type.as_deref() {
        Some(kind) if kind == sales => Ok(Side::Sales),
        Some(kind) if kind == purchase => Ok(Side::Purchase),
        Some(kind) => refuse(format!("'{kind}' is not a valid Type for this document")),
        None => refuse("Type must be specified"),
    }
}
