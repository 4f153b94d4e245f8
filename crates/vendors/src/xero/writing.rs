//! Writing to the ledger: a draft invoice, its status, a note in its history, a payment.
//!
//! Every write carries an idempotency key and is then repeated freely for the six minutes Xero
//! remembers it. Xero remembers its refusals too: after a definite no, use a new key.

use chrono::NaiveDate;
use reqwest::Method;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::invoices::{Invoice, InvoiceType, LineAmounts};
use super::looks::Tracking;
use super::paging::Resource;
use super::payments::Payment;
use super::refusal;
use super::tenant::Xero;
use crate::http::{Call, IdempotencyKey, Reply};
use crate::{Error, Vendor, list};

/// A sales invoice to be made, as a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvoice {
    pub contact_id: String,
    /// From our own series, so that we find it again whatever happens to the answer.
    pub invoice_number: String,
    pub reference: Option<String>,
    pub date: NaiveDate,
    pub due_date: NaiveDate,
    pub currency_code: String,
    /// Units of the invoice's currency for one of the organisation's; Xero's own of the day if none.
    pub currency_rate: Option<Decimal>,
    pub line_amounts: LineAmounts,
    pub branding_theme_id: Option<String>,
    /// A link back to us, shown in Xero.
    pub url: Option<String>,
    pub lines: Vec<NewLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NewLine {
    /// At most 4,000 characters.
    pub description: String,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub quantity: Decimal,
    /// Up to four decimals.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    pub unit_amount: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_type: Option<String>,
    /// Our tax, where it must not be computed anew by Xero.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub tax_amount: Option<Decimal>,
    /// In percent.
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    pub discount_rate: Option<Decimal>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tracking: Vec<Tracking>,
}

/// The moves we make; Xero knows more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum InvoiceMove {
    Authorise,
    /// Of an authorised invoice without payments.
    Void,
    /// Of a draft.
    Delete,
}

impl InvoiceMove {
    pub const fn status(self) -> &'static str {
        match self {
            Self::Authorise => "AUTHORISED",
            Self::Void => "VOIDED",
            Self::Delete => "DELETED",
        }
    }
}

/// A payment to be booked on an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    pub invoice_id: String,
    /// The bank account, or another account that takes payments; by its id, because a bank
    /// account need not have a code.
    pub account_id: String,
    pub date: NaiveDate,
    pub amount: Decimal,
    pub reference: Option<String>,
}

/// What was written, as Xero now has it, and its warnings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    pub value: T,
    pub warnings: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct InvoiceBody<'a> {
    #[serde(rename = "Type")]
    kind: InvoiceType,
    contact: ContactId<'a>,
    invoice_number: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    date: NaiveDate,
    due_date: NaiveDate,
    currency_code: &'a str,
    #[serde(
        skip_serializing_if = "Option::is_none",
        with = "rust_decimal::serde::arbitrary_precision_option"
    )]
    currency_rate: Option<Decimal>,
    line_amount_types: &'a LineAmounts,
    #[serde(rename = "BrandingThemeID", skip_serializing_if = "Option::is_none")]
    branding_theme_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    status: &'static str,
    line_items: &'a [NewLine],
}

/// Only the id: any other field would change the contact.
#[derive(Serialize)]
pub(super) struct ContactId<'a> {
    #[serde(rename = "ContactID")]
    pub(super) contact_id: &'a str,
}

#[derive(Serialize)]
struct StatusBody<'a> {
    #[serde(rename = "InvoiceID")]
    invoice_id: &'a str,
    #[serde(rename = "Status")]
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PaymentBody<'a> {
    invoice: InvoiceId<'a>,
    account: AccountId<'a>,
    date: NaiveDate,
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    amount: Decimal,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct InvoiceId<'a> {
    #[serde(rename = "InvoiceID")]
    pub(super) invoice_id: &'a str,
}

#[derive(Serialize)]
struct AccountId<'a> {
    #[serde(rename = "AccountID")]
    account_id: &'a str,
}

#[derive(Serialize)]
struct Invoices<T> {
    #[serde(rename = "Invoices")]
    invoices: [T; 1],
}

#[derive(Serialize)]
struct Payments<T> {
    #[serde(rename = "Payments")]
    payments: [T; 1],
}

#[derive(Serialize)]
struct HistoryRecords<'a> {
    #[serde(rename = "HistoryRecords")]
    records: [HistoryRecord<'a>; 1],
}

#[derive(Serialize)]
struct HistoryRecord<'a> {
    #[serde(rename = "Details")]
    details: &'a str,
}

impl Xero {
    /// Makes a sales invoice in status DRAFT. With PUT, which creates and never changes.
    pub async fn create_draft(
        &self,
        invoice: &NewInvoice,
        key: &IdempotencyKey,
    ) -> Result<Written<Invoice>, Error> {
        let body = Invoices {
            invoices: [invoice_body(invoice)],
        };
        let what = format!("invoice {}", invoice.invoice_number);
        let query = [
            ("summarizeErrors", "false".to_owned()),
            ("unitdp", "4".to_owned()),
        ];
        let call = self.write(Method::PUT, &[Invoice::NAME], &query, what)?;
        self.written(call.json(&body), key).await
    }

    /// Moves an invoice to another status and touches nothing else of it.
    pub async fn set_status(
        &self,
        invoice_id: &str,
        to: InvoiceMove,
        key: &IdempotencyKey,
    ) -> Result<Written<Invoice>, Error> {
        let body = Invoices {
            invoices: [StatusBody {
                invoice_id,
                status: to.status(),
            }],
        };
        let what = format!("invoice {invoice_id}");
        let query = [("unitdp", "4".to_owned())];
        let call = self.write(Method::POST, &[Invoice::NAME, invoice_id], &query, what)?;
        self.written(call.json(&body), key).await
    }

    /// Adds a note to an invoice's history; cut at Xero's 2,500 characters.
    pub async fn add_history_note(
        &self,
        invoice_id: &str,
        text: &str,
        key: &IdempotencyKey,
    ) -> Result<(), Error> {
        let details = text
            .char_indices()
            .nth(2500)
            .map_or(text, |(end, _)| &text[..end]);
        let body = HistoryRecords {
            records: [HistoryRecord { details }],
        };
        let what = format!("invoice {invoice_id}");
        let path = [Invoice::NAME, invoice_id, "History"];
        let call = self.write(Method::PUT, &path, &[], what)?;
        let call = sendable(call.json(&body), key)?;
        self.caller
            .read(&call, |reply| {
                first_element(reply, "HistoryRecords").map(|_| ())
            })
            .await
    }

    /// Books a payment on an invoice.
    pub async fn create_payment(
        &self,
        payment: &NewPayment,
        key: &IdempotencyKey,
    ) -> Result<Written<Payment>, Error> {
        let body = Payments {
            payments: [payment_body(payment)],
        };
        let what = format!("the payment of invoice {}", payment.invoice_id);
        let query = [("summarizeErrors", "false".to_owned())];
        let call = self.write(Method::PUT, &[Payment::NAME], &query, what)?;
        self.written(call.json(&body), key).await
    }

    pub(super) async fn written<T: Resource>(
        &self,
        call: Result<Call, crate::http::Unsendable>,
        key: &IdempotencyKey,
    ) -> Result<Written<T>, Error> {
        let call = sendable(call, key)?;
        self.caller
            .read(&call, |reply| {
                let (raw, status) = first_element(reply, T::NAME)?;
                let value =
                    serde_json::from_str(raw.get()).map_err(|error| reply.unreadable(&error))?;
                Ok(Written {
                    value,
                    warnings: refusal::warnings_of(&status),
                })
            })
            .await
    }
}

pub(super) fn sendable(
    call: Result<Call, crate::http::Unsendable>,
    key: &IdempotencyKey,
) -> Result<Call, Error> {
    call.and_then(|call| call.idempotent(key))
        .map_err(|error| error.refused(Vendor::Xero))
}

/// The one element we sent, as it came back; a refusal where Xero put errors into it.
pub(super) fn first_element<'r>(
    reply: &'r Reply,
    name: &'static str,
) -> Result<(&'r RawValue, Value), Error> {
    let elements =
        list::raw(reply.json_bytes()?, name).map_err(|error| reply.unreadable(&error))?;
    let Some(raw) = elements.into_iter().next() else {
        return Err(Error::broken(Vendor::Xero, "it holds nothing", &reply.body));
    };
    let status: Value =
        serde_json::from_str(raw.get()).map_err(|error| reply.unreadable(&error))?;
    match refusal::of_element(&status) {
        Some(refused) => Err(Error::Refused(Box::new(refused))),
        None => Ok((raw, status)),
    }
}

fn invoice_body(invoice: &NewInvoice) -> InvoiceBody<'_> {
    InvoiceBody {
        kind: InvoiceType::Receivable,
        contact: ContactId {
            contact_id: &invoice.contact_id,
        },
        invoice_number: &invoice.invoice_number,
        reference: invoice.reference.as_deref(),
        date: invoice.date,
        due_date: invoice.due_date,
        currency_code: &invoice.currency_code,
        currency_rate: invoice.currency_rate,
        line_amount_types: &invoice.line_amounts,
        branding_theme_id: invoice.branding_theme_id.as_deref(),
        url: invoice.url.as_deref(),
        status: "DRAFT",
        line_items: &invoice.lines,
    }
}

fn payment_body(payment: &NewPayment) -> PaymentBody<'_> {
    PaymentBody {
        invoice: InvoiceId {
            invoice_id: &payment.invoice_id,
        },
        account: AccountId {
            account_id: &payment.account_id,
        },
        date: payment.date,
        amount: payment.amount,
        reference: payment.reference.as_deref(),
    }
}
