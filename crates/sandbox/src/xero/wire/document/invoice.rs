//! One invoice.

use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::line::{LineOut, lines};
use super::payment::{PaymentPart, payments};
use super::{ContactPart, View};
use crate::xero::amount::{Amount, Currency, number};
use crate::xero::ids::Kind;
use crate::xero::ledger::Ledger;
use crate::xero::records::{Invoice, InvoiceKey, Side};
use crate::xero::wire::{Day, Moment, Nothing, iso_day, iso_moment};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvoiceOut<'a> {
    r#type: &'static str,
    #[serde(rename = "InvoiceID")]
    invoice_id: Uuid,
    invoice_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payments: Option<Vec<PaymentPart<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_notes: Option<Vec<CreditPart<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prepayments: Option<Nothing>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overpayments: Option<Nothing>,
    amount_due: Amount,
    amount_paid: Amount,
    amount_credited: Amount,
    #[serde(serialize_with = "number")]
    currency_rate: Decimal,
    sent_to_contact: bool,
    #[serde(rename = "BrandingThemeID")]
    branding_theme_id: Uuid,
    is_discounted: bool,
    has_attachments: bool,
    has_errors: bool,
    contact: ContactPart<'a>,
    date_string: String,
    date: Day,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date_string: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_payment_date: Option<Day>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned_payment_date: Option<Day>,
    pub status: &'static str,
    line_amount_types: &'static str,
    line_items: Vec<LineOut<'a>>,
    sub_total: Amount,
    total_tax: Amount,
    total: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_discount: Option<Amount>,
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

impl<'a> InvoiceOut<'a> {
    pub fn new(ledger: &'a Ledger, key: InvoiceKey, invoice: &'a Invoice, view: View) -> Self {
        let document = &invoice.document;
        let is_sale = document.side == Side::Sales;
        let full = !view.summary;
        Self {
            r#type: if is_sale { "ACCREC" } else { "ACCPAY" },
            invoice_id: ledger.invoice_id(key),
            invoice_number: &document.number,
            reference: is_sale.then_some(&*document.reference),
            url: invoice.url.as_deref(),
            payments: full.then(|| payments(ledger, &invoice.payments)),
            credit_notes: full.then(|| credits(ledger, key, invoice)),
            prepayments: full.then_some(Nothing),
            overpayments: full.then_some(Nothing),
            amount_due: invoice.due(),
            amount_paid: invoice.paid,
            amount_credited: invoice.credited,
            currency_rate: document.currency_rate,
            sent_to_contact: document.sent_to_contact,
            branding_theme_id: ledger.theme_id(document.theme),
            is_discounted: !document.total_discount.is_zero(),
            has_attachments: false,
            has_errors: false,
            contact: ContactPart::new(ledger, document, view.contact),
            date_string: iso_day(document.date),
            date: Day(document.date),
            due_date_string: document.due_date.map(iso_day),
            due_date: document.due_date.map(Day),
            expected_payment_date: invoice.expected_payment_date.map(Day),
            planned_payment_date: invoice.planned_payment_date.map(Day),
            status: document.status.as_str(),
            line_amount_types: document.line_amounts.as_str(),
            line_items: lines(ledger, Kind::Line, key.0, document, view),
            sub_total: document.sub_total,
            total_tax: document.total_tax,
            total: document.total(),
            total_discount: Some(document.total_discount).filter(|amount| !amount.is_zero()),
            updated: Moment(document.updated),
            updated_string: iso_moment(document.updated),
            currency_code: document.currency,
            fully_paid_on_date: invoice.fully_paid_on.map(Day),
            status_attribute_string: None,
        }
    }
}

/// A credit note as the invoice it settles mentions it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CreditPart<'a> {
    #[serde(rename = "CreditNoteID")]
    credit_note_id: Uuid,
    credit_note_number: &'a str,
    #[serde(rename = "ID")]
    id: Uuid,
    applied_amount: Amount,
    date_string: String,
    date: Day,
    total: Amount,
    line_items: Nothing,
    has_errors: bool,
}

fn credits<'a>(ledger: &'a Ledger, key: InvoiceKey, invoice: &Invoice) -> Vec<CreditPart<'a>> {
    let notes = invoice.credit_notes.iter();
    let notes = notes.filter_map(|note| Some((*note, ledger.credit_note(*note)?)));
    notes
        .filter_map(|(note_key, note)| {
            let mine = note
                .allocations
                .iter()
                .filter(|a| !a.deleted && a.invoice == key);
            let applied: Amount = mine.map(|allocation| allocation.amount).sum();
            (!applied.is_zero()).then(|| CreditPart {
                credit_note_id: ledger.credit_note_id(note_key),
                credit_note_number: &note.document.number,
                id: ledger.credit_note_id(note_key),
                applied_amount: applied,
                date_string: iso_day(note.document.date),
                date: Day(note.document.date),
                total: note.document.total(),
                line_items: Nothing,
                has_errors: false,
            })
        })
        .collect()
}
