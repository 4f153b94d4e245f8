//! Payments on invoices and credit notes.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::paging::Resource;
use super::reading::InvoiceRef;
use super::tenant::Xero;
use crate::lenient::{filled, flag};
use crate::list::Listed;
use crate::words::words;
use crate::{Cursor, Error, Page, dates, number};

words! {
    pub enum PaymentStatus { Authorised = "AUTHORISED", Deleted = "DELETED" }
}

words! {
    pub enum PaymentType {
        Receivable = "ACCRECPAYMENT",
        Payable = "ACCPAYPAYMENT",
        ReceivableCredit = "ARCREDITPAYMENT",
        PayableCredit = "APCREDITPAYMENT",
        ReceivableOverpayment = "AROVERPAYMENTPAYMENT",
        ReceivablePrepayment = "ARPREPAYMENTPAYMENT",
        PayablePrepayment = "APPREPAYMENTPAYMENT",
        PayableOverpayment = "APOVERPAYMENTPAYMENT",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Payment {
    #[serde(rename = "PaymentID")]
    pub payment_id: String,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub date: Option<NaiveDate>,
    /// In the currency of what is paid.
    #[serde(deserialize_with = "number::exact")]
    pub amount: Decimal,
    /// In the currency of the bank account.
    #[serde(default, deserialize_with = "number::option")]
    pub bank_amount: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub currency_rate: Option<Decimal>,
    #[serde(default, deserialize_with = "filled")]
    pub reference: Option<String>,
    #[serde(default)]
    pub status: Option<PaymentStatus>,
    #[serde(default, rename = "PaymentType")]
    pub kind: Option<PaymentType>,
    #[serde(default, deserialize_with = "flag")]
    pub is_reconciled: bool,
    #[serde(default)]
    pub invoice: Option<InvoiceRef>,
    #[serde(default)]
    pub credit_note: Option<CreditNoteRef>,
    #[serde(default)]
    pub account: Option<AccountRef>,
    #[serde(default, rename = "BatchPaymentID", deserialize_with = "filled")]
    pub batch_payment_id: Option<String>,
    #[serde(
        default,
        rename = "UpdatedDateUTC",
        deserialize_with = "dates::instant_option"
    )]
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CreditNoteRef {
    #[serde(rename = "CreditNoteID")]
    pub credit_note_id: String,
    #[serde(default, rename = "CreditNoteNumber", deserialize_with = "filled")]
    pub credit_note_number: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AccountRef {
    #[serde(default, rename = "AccountID", deserialize_with = "filled")]
    pub account_id: Option<String>,
    #[serde(default, rename = "Code", deserialize_with = "filled")]
    pub code: Option<String>,
}

/// What a payment pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentOf<'a> {
    Invoice(&'a str),
    CreditNote(&'a str),
    /// A prepayment or overpayment, which this crate does not follow.
    Else,
}

impl Payment {
    pub fn of(&self) -> PaymentOf<'_> {
        match (&self.invoice, &self.credit_note) {
            (_, Some(note)) => PaymentOf::CreditNote(&note.credit_note_id),
            (Some(invoice), None) => PaymentOf::Invoice(&invoice.invoice_id),
            (None, None) => PaymentOf::Else,
        }
    }
}

impl Listed for Payment {
    const ID: &'static str = "PaymentID";
}

impl Resource for Payment {
    const NAME: &'static str = "Payments";

    fn id(&self) -> &str {
        &self.payment_id
    }
}

impl Xero {
    pub async fn payments(
        &self,
        modified_since: Option<DateTime<Utc>>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Payment>, Error> {
        self.page(Vec::new(), modified_since, cursor).await
    }

    pub async fn payment(&self, payment_id: &str) -> Result<Payment, Error> {
        self.one(payment_id, &[], format!("payment {payment_id}"))
            .await
    }

    /// The payments on one invoice, those that were taken back among them.
    pub async fn payments_of_invoice(&self, invoice_id: &str) -> Result<Vec<Payment>, Error> {
        // An id has no quotes in it.
        let id = invoice_id.replace(['"', '\\'], "");
        let filter = vec![("where", format!("Invoice.InvoiceID==guid(\"{id}\")"))];
        let mut found = Vec::new();
        let mut cursor = None;
        loop {
            let page = self
                .page::<Payment>(filter.clone(), None, cursor.as_ref())
                .await?;
            if let Some(broken) = page.broken.into_iter().next() {
                return Err(Error::broken(crate::Vendor::Xero, broken.why, b""));
            }
            found.extend(page.items);
            cursor = page.next;
            if cursor.is_none() {
                return Ok(found);
            }
        }
    }
}
