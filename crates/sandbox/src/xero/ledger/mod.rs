//! The books of one organisation.
//!
//! Seeding comes first: the `add_…` functions put in what history left behind and trust it. What a
//! client may change over HTTP goes through `rules`, which refuses as Xero does.

mod changes;
mod chart;
mod insert;
mod lookup;
mod repeating;
mod seed;
mod settle;
mod totals;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::ids::Ids;
use super::records::{
    Account, AccountKey, Contact, ContactKey, CreditNote, CreditNoteKey, Invoice, InvoiceKey, Item,
    ItemKey, Organisation, Payment, Repeating, TaxRate, Text,
};
use super::table::Table;

pub use totals::Overflow;

/// Why a record cannot be seeded.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    #[error("{0} does not exist in this ledger")]
    Unknown(String),
    #[error("invoice number {0} is already in use")]
    NumberInUse(Text),
    #[error("{0} is more than is open on the document")]
    TooMuch(String),
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// A note in a document's history.
#[derive(Clone, Debug)]
pub struct Note {
    pub changes: &'static str,
    pub details: String,
    pub user: &'static str,
    pub at: DateTime<Utc>,
}

/// A change that a webhook may announce.
#[derive(Clone, Debug)]
pub struct Change {
    pub category: Category,
    pub id: Uuid,
    pub is_new: bool,
    pub at: DateTime<Utc>,
    /// Type and status, which Xero tells for credit notes only.
    pub detail: Option<(&'static str, &'static str)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    Contact,
    Invoice,
    CreditNote,
}

/// One organisation's books, entirely in memory.
///
/// A sales invoice with four lines and one payment takes about a kilobyte.
#[derive(Debug)]
pub struct Ledger {
    pub organisation: Organisation,
    pub(super) ids: Ids,
    pub(super) accounts: Table<Account>,
    pub(super) tax_rates: Vec<TaxRate>,
    pub(super) items: Table<Item>,
    pub(super) contacts: Table<Contact>,
    pub(super) invoices: Table<Invoice>,
    pub(super) credit_notes: Table<CreditNote>,
    pub(super) payments: Table<Payment>,
    pub(super) repeating: Vec<Repeating>,
    pub(super) history: HashMap<Uuid, Vec<Note>>,
    /// What happened since somebody last asked; nothing is kept while seeding.
    changes: Vec<Change>,
    announces: bool,
    texts: HashSet<Text>,
    account_codes: HashMap<Text, AccountKey>,
    item_codes: HashMap<Text, ItemKey>,
    /// Lower-cased names; Xero allows an archived contact to share one.
    contact_names: HashMap<String, Vec<ContactKey>>,
    contact_numbers: HashMap<Text, ContactKey>,
    /// The newest sales invoice under each number.
    invoice_numbers: HashMap<Text, InvoiceKey>,
    credit_note_numbers: HashMap<Text, CreditNoteKey>,
    next_number: u32,
}
