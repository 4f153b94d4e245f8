//! The rules that invoices and credit notes share.

use chrono::{DateTime, Utc};

use super::party::{self, Party};
use super::terms::set_terms;
use crate::xero::amount::Amount;
use crate::xero::ids::Kind;
use crate::xero::input::DocumentIn;
use crate::xero::ledger::Ledger;
use crate::xero::records::{ContactKey, Document, Line, Side, Status, Text};
use crate::xero::rules::lines::{self, Setting};
use crate::xero::rules::looks;
use crate::xero::rules::{Complaints, check_length, check_lock, refuse};

/// The document a request starts from, and what it is called.
pub(super) struct Start<'a> {
    pub(super) document: Option<&'a Document>,
    pub(super) noun: &'static str,
    pub(super) kind: Kind,
    pub(super) index: u32,
    pub(super) is_settled_in_part: bool,
}

/// A document that may be put in the books, and for whom.
pub(super) struct Prepared {
    pub(super) document: Document,
    pub(super) party: Party,
    /// Only what may change on a part-paid document was sent.
    pub(super) is_light: bool,
}

/// How a request is read: its side, the number it gives, and the places of its unit amounts.
pub(super) struct Reading<'a> {
    pub(super) side: Side,
    pub(super) number: Option<&'a str>,
    pub(super) unit_places: u32,
    pub(super) now: DateTime<Utc>,
}

pub(super) fn prepare(
    ledger: &Ledger,
    start: &Start<'_>,
    input: &DocumentIn,
    reading: &Reading<'_>,
) -> Result<Prepared, Complaints> {
    let status = next_status(start, input)?;
    if let Some(old) = start.document
        && matches!(status, Status::Voided | Status::Deleted)
    {
        return close(ledger, old, status);
    }
    let is_light = is_light(input, start.document);
    if start.is_settled_in_part && !is_light {
        return refuse(
            "This document cannot be edited as it has a payment or credit note allocated to it.",
        );
    }
    let mut complaints = Complaints::new();
    let party = party::find(ledger, start.document, input, reading.now, &mut complaints)?;
    let mut document = start
        .document
        .cloned()
        .unwrap_or_else(|| empty(ledger, reading.now));
    document.side = reading.side;
    document.status = status;
    if let Some(number) = reading.number {
        document.number = Text::from(number);
    }
    check_length(reading.number, "InvoiceNumber", 255, &mut complaints);
    check_length(
        input.reference.as_deref(),
        "Reference",
        255,
        &mut complaints,
    );
    set_terms(ledger, input, &mut document, &party, &mut complaints);
    looks::set_theme(ledger, input, &mut document, &mut complaints);
    if status == Status::Authorised {
        check_dates(ledger, start, &document, &mut complaints);
    }
    set_lines(
        ledger,
        start,
        input,
        &mut document,
        reading.unit_places,
        &mut complaints,
    );
    if complaints.is_empty() && ledger.total_up(&mut document).is_err() {
        complaints.push("The line amount must be at most 9,999,999,999.99".to_owned());
    }
    if status == Status::Authorised && document.total() < Amount::ZERO {
        complaints.push("The total of the document must not be negative".to_owned());
    }
    complaints.dedup();
    if complaints.is_empty() {
        Ok(Prepared {
            document,
            party,
            is_light,
        })
    } else {
        Err(complaints)
    }
}

/// Voids or deletes; whatever else was sent does not count.
fn close(ledger: &Ledger, old: &Document, status: Status) -> Result<Prepared, Complaints> {
    let mut complaints = Complaints::new();
    if status == Status::Voided {
        check_lock(ledger, old.date, &mut complaints);
    }
    if !complaints.is_empty() {
        return Err(complaints);
    }
    let document = Document {
        status,
        ..old.clone()
    };
    Ok(Prepared {
        document,
        party: Party::Known(old.contact),
        is_light: false,
    })
}

/// What a new document starts as.
fn empty(ledger: &Ledger, now: DateTime<Utc>) -> Document {
    let today = now.date_naive();
    Document {
        status: Status::Draft,
        due_date: None,
        currency: ledger.organisation.base_currency,
        // Replaced before it is committed.
        ..Document::sale(ContactKey(u32::MAX), "", today, today)
    }
}

/// Neither where an approved document goes nor where it comes from may be locked.
fn check_dates(
    ledger: &Ledger,
    start: &Start<'_>,
    document: &Document,
    complaints: &mut Complaints,
) {
    check_lock(ledger, document.date, complaints);
    if let Some(old) = start.document.filter(|old| old.status.is_approved()) {
        check_lock(ledger, old.date, complaints);
    }
}

/// Which status follows. PAID is Xero's own to give.
fn next_status(start: &Start<'_>, input: &DocumentIn) -> Result<Status, Complaints> {
    let noun = start.noun;
    let asked = match input.status.as_deref() {
        None => None,
        Some(name) => match Status::parse(name) {
            Some(status) => Some(status),
            None => return refuse(format!("'{name}' is not a valid Status")),
        },
    };
    let Some(old) = start.document else {
        return match asked.unwrap_or(Status::Draft) {
            status @ (Status::Draft | Status::Submitted | Status::Authorised) => Ok(status),
            _ => refuse(format!("{noun} not of valid status for creation")),
        };
    };
    let next = asked.unwrap_or(old.status);
    let is_legal = match old.status {
        Status::Draft | Status::Submitted => !matches!(next, Status::Paid | Status::Voided),
        Status::Authorised => matches!(next, Status::Authorised | Status::Voided),
        // Marks such as SentToContact may still change on a paid invoice.
        Status::Paid => next == Status::Paid || next == Status::Authorised && asked.is_none(),
        Status::Voided | Status::Deleted => false,
    };
    if !is_legal {
        return refuse(format!("{noun} not of valid status for modification"));
    }
    if next == Status::Voided && start.is_settled_in_part {
        return refuse(
            "This document cannot be edited as it has a payment or credit note allocated to it.",
        );
    }
    Ok(next)
}

/// Whether nothing is sent that changes what the document says.
fn is_light(input: &DocumentIn, old: Option<&Document>) -> bool {
    let same_status = input
        .status
        .as_deref()
        .is_none_or(|status| old.is_some_and(|old| old.status.as_str() == status));
    let same_contact = input.contact.is_none();
    same_status
        && same_contact
        && input.line_items.is_none()
        && input.date.is_none()
        && input.line_amount_types.is_none()
        && input.currency_code.is_none()
        && input.currency_rate.is_none()
}

fn set_lines(
    ledger: &Ledger,
    start: &Start<'_>,
    input: &DocumentIn,
    document: &mut Document,
    unit_places: u32,
    complaints: &mut Complaints,
) {
    let setting = Setting {
        ledger,
        side: document.side,
        line_amounts: document.line_amounts,
        unit_places,
        approved: document.status == Status::Authorised,
    };
    let existing = start
        .document
        .map(|old| old.lines.as_slice())
        .unwrap_or_default();
    match &input.line_items {
        Some(sent) => {
            let id_of = |line: &Line| ledger.ids.part_of(start.kind, start.index, line.part);
            document.lines = lines::merge(&setting, sent, existing, id_of, complaints);
        }
        None => lines::check(&setting, existing, complaints),
    }
    if document.lines.is_empty() {
        complaints.push("One or more line items must be specified".to_owned());
    }
}
