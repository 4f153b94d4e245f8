//! Invoices and credit notes: what makes one, what may change, and which status may follow which.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::contacts::{ContactChange, commit_contact, prepare_contact};
use super::lines::{self, Setting};
use super::{Complaints, Verb, check_length, check_lock, refuse};
use crate::xero::amount::{Amount, Currency};
use crate::xero::ids::Kind;
use crate::xero::input::{ContactIn, DocumentIn};
use crate::xero::ledger::{Ledger, Note};
use crate::xero::records::{
    Contact, ContactKey, ContactStatus, CreditNote, CreditNoteKey, Document, Invoice, InvoiceKey,
    LineAmounts, Side, Status, Terms, TermsKind, Text,
};

/// An invoice that may be put in the books.
#[derive(Debug)]
pub struct InvoiceChange {
    key: Option<InvoiceKey>,
    invoice: Invoice,
    contact: Party,
    /// Nothing but dates and marks changed on a part-paid invoice: its time of change stays.
    is_quiet: bool,
}

#[derive(Debug)]
pub struct CreditNoteChange {
    key: Option<CreditNoteKey>,
    note: CreditNote,
    contact: Party,
}

/// Whom a document is for.
#[derive(Debug)]
enum Party {
    Known(ContactKey),
    Changed(ContactChange),
}

/// The document a request starts from, and what it is called.
struct Start<'a> {
    document: Option<&'a Document>,
    noun: &'static str,
    kind: Kind,
    index: u32,
    is_settled_in_part: bool,
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
    let (document, contact, light) =
        prepare(ledger, &start, input, side, number, unit_places, now)?;
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
        contact,
        is_quiet: start.is_settled_in_part && light,
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
    let (document, contact, _) = prepare(ledger, &start, input, side, number, unit_places, now)?;
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
    Ok(CreditNoteChange { key, note, contact })
}

pub fn commit_invoice(
    ledger: &mut Ledger,
    change: InvoiceChange,
    now: DateTime<Utc>,
) -> InvoiceKey {
    let InvoiceChange {
        key,
        mut invoice,
        contact,
        is_quiet,
    } = change;
    invoice.document.contact = settle_party(ledger, contact, now);
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
        contact,
    } = change;
    note.document.contact = settle_party(ledger, contact, now);
    if note.document.number.is_empty() {
        note.document.number = ledger.next_number("CN-");
    }
    match key {
        Some(key) => {
            ledger.replace_credit_note(key, note, now);
            key
        }
        None => {
            note.document.updated = now;
            note.document.by_app = true;
            ledger.insert_credit_note(note)
        }
    }
}

fn settle_party(ledger: &mut Ledger, party: Party, now: DateTime<Utc>) -> ContactKey {
    match party {
        Party::Known(key) => key,
        Party::Changed(change) => commit_contact(ledger, change, now),
    }
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

/// The part that invoices and credit notes share. The last value says that only what may change on
/// a part-paid document was sent.
fn prepare(
    ledger: &Ledger,
    start: &Start<'_>,
    input: &DocumentIn,
    side: Side,
    number: Option<&str>,
    unit_places: u32,
    now: DateTime<Utc>,
) -> Result<(Document, Party, bool), Complaints> {
    let status = next_status(start, input)?;
    let mut complaints = Complaints::new();
    let today = now.date_naive();
    if let Some(old) = start.document
        && matches!(status, Status::Voided | Status::Deleted)
    {
        if status == Status::Voided {
            check_lock(ledger, old.date, &mut complaints);
        }
        let document = Document {
            status,
            ..old.clone()
        };
        return finish(document, Party::Known(old.contact), false, complaints);
    }
    let light = is_light(input, start.document);
    if start.is_settled_in_part && !light {
        return refuse(
            "This document cannot be edited as it has a payment or credit note allocated to it.",
        );
    }
    let party = party(ledger, start, input, now, &mut complaints)?;
    let mut document = start.document.cloned().unwrap_or_else(|| {
        let mut new = Document::sale(ContactKey(u32::MAX), "", today, today);
        new.due_date = None;
        new.currency = ledger.organisation.base_currency;
        new
    });
    document.side = side;
    document.status = status;
    if let Some(number) = number {
        document.number = Text::from(number);
    }
    check_length(number, "InvoiceNumber", 255, &mut complaints);
    check_length(
        input.reference.as_deref(),
        "Reference",
        255,
        &mut complaints,
    );
    set_terms(ledger, input, &mut document, &party, &mut complaints);
    let approved = status == Status::Authorised;
    if approved {
        check_lock(ledger, document.date, &mut complaints);
        if let Some(old) = start.document.filter(|old| old.status.is_approved()) {
            check_lock(ledger, old.date, &mut complaints);
        }
    }
    set_lines(
        ledger,
        start,
        input,
        &mut document,
        unit_places,
        &mut complaints,
    );
    if complaints.is_empty() && ledger.total_up(&mut document).is_err() {
        complaints.push("The line amount must be at most 9,999,999,999.99".to_owned());
    }
    if approved && document.total() < Amount::ZERO {
        complaints.push("The total of the document must not be negative".to_owned());
    }
    complaints.dedup();
    finish(document, party, light, complaints)
}

fn finish(
    mut document: Document,
    party: Party,
    light: bool,
    complaints: Complaints,
) -> Result<(Document, Party, bool), Complaints> {
    if let Party::Known(key) = party {
        document.contact = key;
    }
    if complaints.is_empty() {
        Ok((document, party, light))
    } else {
        Err(complaints)
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

fn party(
    ledger: &Ledger,
    start: &Start<'_>,
    input: &DocumentIn,
    now: DateTime<Utc>,
    complaints: &mut Complaints,
) -> Result<Party, Complaints> {
    let Some(sent) = &input.contact else {
        return match start.document {
            Some(old) => Ok(Party::Known(old.contact)),
            None => refuse("A Contact must be specified for this type of transaction"),
        };
    };
    let known = known_contact(ledger, sent)?;
    let contact = known.and_then(|key| ledger.contact(key));
    if contact.is_some_and(|contact| contact.status != ContactStatus::Active) {
        complaints.push(
            "The contact with the specified contact details has been archived. The contact must \
             be un-archived before creating new invoices or credit notes."
                .to_owned(),
        );
    }
    match known {
        Some(key) if !changes_contact(sent) => Ok(Party::Known(key)),
        _ => {
            let sent = whole_contact(sent, known.map(|key| ledger.contact_id(key)));
            prepare_contact(ledger, &sent, Verb::Upsert, now).map(Party::Changed)
        }
    }
}

fn known_contact(ledger: &Ledger, sent: &ContactIn) -> Result<Option<ContactKey>, Complaints> {
    if let Some(id) = sent.contact_id {
        return match ledger.contact_by_id(id) {
            Some(key) => Ok(Some(key)),
            None => refuse(format!(
                "The contact with ContactID {id} could not be found"
            )),
        };
    }
    let by_number = sent
        .contact_number
        .as_deref()
        .and_then(|n| ledger.contact_by_number(n));
    let by_name = || {
        sent.name
            .as_deref()
            .and_then(|name| ledger.contact_by_name(name))
    };
    let known = by_number.or_else(by_name);
    if known.is_none() && sent.name.as_deref().is_none_or(str::is_empty) {
        return refuse("A Contact must be specified for this type of transaction");
    }
    Ok(known)
}

/// A contact named only by its id, number or name stays as it is.
fn changes_contact(sent: &ContactIn) -> bool {
    let mut rest = sent.clone();
    if rest.contact_id.is_none() {
        rest.name = None;
        rest.contact_number = None;
    }
    rest.says_more()
}

/// Inside a document, people who are not sent are dropped from the contact.
fn whole_contact(sent: &ContactIn, id: Option<Uuid>) -> ContactIn {
    let mut whole = sent.clone();
    whole.contact_id = id;
    if id.is_some() && whole.contact_persons.is_none() {
        whole.contact_persons = Some(Vec::new());
    }
    whole
}

/// Dates, currency and the way amounts are meant.
fn set_terms(
    ledger: &Ledger,
    input: &DocumentIn,
    document: &mut Document,
    party: &Party,
    complaints: &mut Complaints,
) {
    if let Some(date) = input.date {
        document.date = date;
    }
    if let Some(day) = input.due_date {
        document.due_date = Some(day);
    }
    if document.due_date.is_none() {
        let contact = match party {
            Party::Known(key) => ledger.contact(*key),
            Party::Changed(change) => Some(change.contact()),
        };
        document.due_date = Some(due_date(document.date, contact));
    }
    if document.due_date.is_some_and(|due| due < document.date) && document.side == Side::Sales {
        complaints.push("Due date cannot be before the invoice date".to_owned());
    }
    match input.line_amount_types.as_deref() {
        None => {}
        Some("Exclusive") => document.line_amounts = LineAmounts::Exclusive,
        Some("Inclusive") => document.line_amounts = LineAmounts::Inclusive,
        Some("NoTax") => document.line_amounts = LineAmounts::NoTax,
        Some(other) => complaints.push(format!("'{other}' is not a valid LineAmountTypes")),
    }
    if let Some(reference) = &input.reference {
        document.reference = Text::from(reference.as_str());
    }
    if let Some(sent) = input.sent_to_contact {
        document.sent_to_contact = sent;
    }
    set_currency(ledger, input, document, complaints);
}

fn set_currency(
    ledger: &Ledger,
    input: &DocumentIn,
    document: &mut Document,
    complaints: &mut Complaints,
) {
    let before = document.currency;
    if let Some(code) = input.currency_code.as_deref() {
        match Currency::parse(code).filter(|currency| ledger.organisation.uses(*currency)) {
            Some(currency) => document.currency = currency,
            None => complaints.push(format!("Organisation is not subscribed to currency {code}")),
        }
    }
    if document.currency == ledger.organisation.base_currency {
        document.currency_rate = Decimal::ONE;
    } else if let Some(rate) = input.currency_rate {
        if rate <= Decimal::ZERO {
            complaints.push("CurrencyRate must be greater than 0".to_owned());
        }
        document.currency_rate = rate;
    } else if before != document.currency || document.currency_rate == Decimal::ONE {
        document.currency_rate = ledger.day_rate(document.currency);
    }
}

/// By the contact's terms; without any, the same day.
fn due_date(date: NaiveDate, contact: Option<&Contact>) -> NaiveDate {
    let Some(Terms { day, kind }) = contact.and_then(|contact| contact.sales_terms) else {
        return date;
    };
    let first = date.with_day(1).unwrap_or(date);
    let next_month = first + Months::new(1);
    let day_of = |first: NaiveDate| {
        let last = first + Months::new(1) - Days::new(1);
        (first + Days::new(u64::from(day.max(1) - 1))).min(last)
    };
    match kind {
        TermsKind::DaysAfterBillDate => date + Days::new(u64::from(day)),
        TermsKind::DaysAfterBillMonth => next_month - Days::new(1) + Days::new(u64::from(day)),
        TermsKind::OfCurrentMonth => day_of(first).max(date),
        TermsKind::OfFollowingMonth => day_of(next_month),
    }
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
            let id_of = |line: &crate::xero::records::Line| {
                ledger.ids.part_of(start.kind, start.index, line.part)
            };
            document.lines = lines::merge(&setting, sent, existing, id_of, complaints);
        }
        None => lines::check(&setting, existing, complaints),
    }
    if document.lines.is_empty() {
        complaints.push("One or more line items must be specified".to_owned());
    }
}
