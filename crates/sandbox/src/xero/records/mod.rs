//! What the ledger holds. Plain data: the rules are in `ledger` and `rules`.

mod contact;
mod document;
mod looks;
mod repeating;
mod settings;

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::amount::{Amount, Currency};
use super::table::Record;

pub use contact::{Address, Contact, ContactStatus, Person, Phone, Terms, TermsKind};
pub use document::{
    Allocation, CreditNote, Discount, Document, Invoice, Line, LineAmounts, Side, Status,
};
pub use looks::{THEMES, TRACKING, Tracked};
pub use repeating::{Repeating, Unit};
pub use settings::{Account, AccountKind, Item, Organisation, TaxRate, Trade};

/// Text that many records share; the ledger keeps one copy of each.
pub type Text = Arc<str>;

macro_rules! keys {
    ($($name:ident),*) => {$(
        /// A position in its table.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub(in crate::xero) u32);
    )*};
}
keys!(
    ContactKey,
    InvoiceKey,
    CreditNoteKey,
    PaymentKey,
    ItemKey,
    AccountKey
);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Invoice(InvoiceKey),
    CreditNote(CreditNoteKey),
}

#[derive(Clone, Debug)]
pub struct Payment {
    pub target: Target,
    pub account: AccountKey,
    pub date: NaiveDate,
    pub amount: Amount,
    pub currency_rate: Decimal,
    pub reference: Text,
    pub is_reconciled: bool,
    pub deleted: bool,
    pub updated: DateTime<Utc>,
}

/// One row of the audit: every invoice ever made under a number.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NumberUse {
    pub number: String,
    /// Of the newest invoice under the number.
    pub invoice_id: Uuid,
    pub status: &'static str,
    pub total_minor: i64,
    pub currency: Currency,
    pub contact: String,
    pub contact_id: Uuid,
    /// How many invoices were ever created under the number.
    pub created: u32,
}

/// A client's credit note, as the audit sees it. Records never leave a ledger, so each one is one
/// creation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct CreditUse {
    pub number: String,
    pub status: &'static str,
    pub total_minor: i64,
    pub allocated_minor: i64,
    /// How many allocations of it stand.
    pub allocations: usize,
}

/// A payment on a sales invoice, as the audit sees it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct PaymentUse {
    pub invoice_number: String,
    pub reference: String,
    pub amount_minor: i64,
}

macro_rules! records {
    ($($name:ty => $($field:ident).+;)*) => {$(
        impl Record for $name {
            fn updated(&self) -> DateTime<Utc> {
                self.$($field).+
            }
            fn touch(&mut self, at: DateTime<Utc>) {
                self.$($field).+ = at;
            }
        }
    )*};
}
records! {
    Account => updated;
    Item => updated;
    Contact => updated;
    Invoice => document.updated;
    CreditNote => document.updated;
    Payment => updated;
}
