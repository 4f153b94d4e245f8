//! One credit note, and its allocations.

use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::line::{LineOut, lines};
use super::payment::{DocumentPart, PaymentPart, payments};
use super::{ContactPart, View, credit_type};
use crate::xero::amount::{Amount, Currency, number};
use crate::xero::ids::Kind;
use crate::xero::ledger::Ledger;
use crate::xero::records::{Allocation, CreditNote, CreditNoteKey};
use crate::xero::wire::{Day, Moment, iso_day, iso_moment};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreditNoteOut<'a> {
    #[serde(rename = "CreditNoteID")]
    credit_note_id: Uuid,
    credit_note_number: &'a str,
    r#type: &'static str,
    reference: &'a str,
    #[serde(serialize_with = "number")]
    currency_rate: Decimal,
    remaining_credit: Amount,
    applied_amount: Amount,
    payments: Vec<PaymentPart<'a>>,
    allocations: Vec<AllocationOut<'a>>,
    sent_to_contact: bool,
    has_attachments: bool,
    has_errors: bool,
    contact: ContactPart<'a>,
    date_string: String,
    date: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date_string: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<Day>,
    pub status: &'static str,
    line_amount_types: &'static str,
    line_items: Vec<LineOut<'a>>,
    sub_total: Amount,
    total_tax: Amount,
    total: Amount,
    #[serde(rename = "UpdatedDateUTC")]
    updated: Moment,
    #[serde(rename = "UpdatedDateUTCString")]
    updated_string: String,
    currency_code: Currency,
    #[serde(skip_serializing_if = "Option::is_none")]
    fully_paid_on_date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_attribute_string: Option<&'static str>,
}

impl<'a> CreditNoteOut<'a> {
    pub fn new(ledger: &'a Ledger, key: CreditNoteKey, note: &'a CreditNote, view: View) -> Self {
        let document = &note.document;
        let live = (0..)
            .zip(&note.allocations)
            .filter(|(_, allocation)| !allocation.deleted);
        Self {
            credit_note_id: ledger.credit_note_id(key),
            credit_note_number: &document.number,
            r#type: credit_type(document.side),
            reference: &document.reference,
            currency_rate: document.currency_rate,
            remaining_credit: note.remaining(),
            applied_amount: note.allocated(),
            payments: payments(ledger, &note.payments),
            allocations: live
                .map(|(part, allocation)| AllocationOut::new(ledger, key, part, allocation))
                .collect(),
            sent_to_contact: document.sent_to_contact,
            has_attachments: false,
            has_errors: false,
            contact: ContactPart::new(ledger, document, view.contact),
            date_string: iso_day(document.date),
            date: Day(document.date),
            due_date_string: document.due_date.map(iso_day),
            due_date: document.due_date.map(Day),
            status: document.status.as_str(),
            line_amount_types: document.line_amounts.as_str(),
            line_items: lines(ledger, Kind::CreditNoteLine, key.0, document, view),
            sub_total: document.sub_total,
            total_tax: document.total_tax,
            total: document.total(),
            updated: Moment(document.updated),
            updated_string: iso_moment(document.updated),
            currency_code: document.currency,
            fully_paid_on_date: note.fully_paid_on.map(Day),
            status_attribute_string: None,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllocationOut<'a> {
    #[serde(rename = "AllocationID")]
    allocation_id: Uuid,
    amount: Amount,
    date: Day,
    invoice: DocumentPart<'a>,
    is_deleted: bool,
}

impl<'a> AllocationOut<'a> {
    pub fn new(
        ledger: &'a Ledger,
        note: CreditNoteKey,
        part: u32,
        allocation: &Allocation,
    ) -> Self {
        Self {
            allocation_id: ledger.ids.part_of(Kind::Allocation, note.0, part),
            amount: allocation.amount,
            date: Day(allocation.date),
            invoice: DocumentPart::of_invoice(ledger, allocation.invoice),
            is_deleted: allocation.deleted,
        }
    }
}
