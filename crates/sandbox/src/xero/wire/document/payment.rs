//! One payment, and how documents and payments mention each other.

use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::credit_type;
use crate::xero::amount::{Amount, Currency, number};
use crate::xero::ledger::Ledger;
use crate::xero::records::{Account, CreditNoteKey, InvoiceKey, Payment, PaymentKey, Side, Target};
use crate::xero::wire::{ContactRef, Day, Moment, Nothing, iso_moment};

/// A payment as its document mentions it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PaymentPart<'a> {
    #[serde(rename = "PaymentID")]
    payment_id: Uuid,
    date: Day,
    amount: Amount,
    #[serde(serialize_with = "number")]
    currency_rate: Decimal,
    #[serde(skip_serializing_if = "str::is_empty")]
    reference: &'a str,
    has_account: bool,
    has_validation_errors: bool,
}

pub(super) fn payments<'a>(ledger: &'a Ledger, keys: &[PaymentKey]) -> Vec<PaymentPart<'a>> {
    let found = keys
        .iter()
        .filter_map(|key| Some((*key, ledger.payment(*key)?)));
    let live = found.filter(|(_, payment)| !payment.deleted);
    live.map(|(key, payment)| PaymentPart {
        payment_id: ledger.payment_id(key),
        date: Day(payment.date),
        amount: payment.amount,
        currency_rate: payment.currency_rate,
        reference: &payment.reference,
        has_account: false,
        has_validation_errors: false,
    })
    .collect()
}

/// A document as an allocation or a payment mentions it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DocumentPart<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    r#type: Option<&'static str>,
    #[serde(rename = "InvoiceID", skip_serializing_if = "Option::is_none")]
    invoice_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice_number: Option<&'a str>,
    #[serde(rename = "CreditNoteID", skip_serializing_if = "Option::is_none")]
    credit_note_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_note_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactRef<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency_code: Option<Currency>,
    line_items: Nothing,
    has_errors: bool,
}

impl<'a> DocumentPart<'a> {
    pub(super) fn of_invoice(ledger: &'a Ledger, key: InvoiceKey) -> Self {
        let document = ledger.invoice(key).map(|invoice| &invoice.document);
        Self {
            r#type: document.map(|d| {
                if d.side == Side::Sales {
                    "ACCREC"
                } else {
                    "ACCPAY"
                }
            }),
            invoice_id: Some(ledger.invoice_id(key)),
            invoice_number: document.map(|document| &*document.number),
            credit_note_id: None,
            credit_note_number: None,
            contact: document.map(|document| ContactRef::new(ledger, document.contact)),
            currency_code: document.map(|document| document.currency),
            line_items: Nothing,
            has_errors: false,
        }
    }

    pub(super) fn of_credit_note(ledger: &'a Ledger, key: CreditNoteKey) -> Self {
        let document = ledger.credit_note(key).map(|note| &note.document);
        Self {
            r#type: document.map(|document| credit_type(document.side)),
            invoice_id: None,
            invoice_number: None,
            credit_note_id: Some(ledger.credit_note_id(key)),
            credit_note_number: document.map(|document| &*document.number),
            contact: document.map(|document| ContactRef::new(ledger, document.contact)),
            currency_code: document.map(|document| document.currency),
            line_items: Nothing,
            has_errors: false,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PaymentOut<'a> {
    #[serde(rename = "PaymentID")]
    payment_id: Uuid,
    date: Day,
    bank_amount: Amount,
    amount: Amount,
    #[serde(serialize_with = "number")]
    currency_rate: Decimal,
    reference: &'a str,
    payment_type: &'static str,
    pub status: &'static str,
    #[serde(rename = "UpdatedDateUTC")]
    updated: Moment,
    #[serde(rename = "UpdatedDateUTCString")]
    updated_string: String,
    has_account: bool,
    is_reconciled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invoice: Option<DocumentPart<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit_note: Option<DocumentPart<'a>>,
    has_validation_errors: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountPart<'a> {
    #[serde(rename = "AccountID")]
    account_id: Uuid,
    code: &'a str,
    name: &'a str,
}

impl<'a> PaymentOut<'a> {
    pub fn new(ledger: &'a Ledger, key: PaymentKey, payment: &'a Payment) -> Self {
        let (invoice, credit_note, side) = match payment.target {
            Target::Invoice(key) => {
                let side = ledger.invoice(key).map(|invoice| invoice.document.side);
                (Some(DocumentPart::of_invoice(ledger, key)), None, side)
            }
            Target::CreditNote(key) => {
                let side = ledger.credit_note(key).map(|note| note.document.side);
                (None, Some(DocumentPart::of_credit_note(ledger, key)), side)
            }
        };
        let payment_type = match (payment.target, side) {
            (Target::Invoice(_), Some(Side::Purchase)) => "ACCPAYPAYMENT",
            (Target::Invoice(_), _) => "ACCRECPAYMENT",
            (Target::CreditNote(_), Some(Side::Purchase)) => "APCREDITPAYMENT",
            (Target::CreditNote(_), _) => "ARCREDITPAYMENT",
        };
        let account = ledger.account(payment.account);
        let account = account.map(|Account { code, name, .. }| AccountPart {
            account_id: ledger.account_id(payment.account),
            code,
            name,
        });
        Self {
            payment_id: ledger.payment_id(key),
            date: Day(payment.date),
            bank_amount: payment.amount,
            amount: payment.amount,
            currency_rate: payment.currency_rate,
            reference: &payment.reference,
            payment_type,
            status: if payment.deleted {
                "DELETED"
            } else {
                "AUTHORISED"
            },
            updated: Moment(payment.updated),
            updated_string: iso_moment(payment.updated),
            has_account: account.is_some(),
            is_reconciled: payment.is_reconciled,
            account,
            invoice,
            credit_note,
            has_validation_errors: false,
        }
    }
}
