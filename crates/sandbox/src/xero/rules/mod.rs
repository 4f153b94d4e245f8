//! What Xero lets a client do, and the words in which it refuses.
//!
//! Each rule first prepares a change without touching the books; what is prepared can be committed.

mod allocations;
mod contacts;
mod documents;
mod items;
mod lines;
mod looks;
mod payments;

use chrono::NaiveDate;

use super::ledger::Ledger;

pub use allocations::{commit_allocation, prepare_allocation, remove_allocation};
pub use contacts::{ContactChange, commit_contact, prepare_contact};
pub use documents::{
    CreditNoteChange, InvoiceChange, commit_credit_note, commit_invoice, prepare_credit_note,
    prepare_invoice,
};
pub use items::{ItemChange, commit_item, prepare_item};
pub use payments::{commit_payment, prepare_payment};

/// What Xero says against a change; never empty in an error.
pub type Complaints = Vec<String>;

/// PUT creates. POST creates, or updates what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Create,
    Upsert,
}

fn refuse<T>(message: impl Into<String>) -> Result<T, Complaints> {
    Err(vec![message.into()])
}

/// The later of the two lock dates.
fn lock_date(ledger: &Ledger) -> Option<NaiveDate> {
    ledger
        .organisation
        .period_lock_date
        .max(ledger.organisation.end_of_year_lock_date)
}

/// Nothing that counts may stand on or before the lock date.
fn check_lock(ledger: &Ledger, date: NaiveDate, complaints: &mut Complaints) {
    if let Some(lock) = lock_date(ledger).filter(|lock| date <= *lock) {
        complaints.push(format!(
            "The document date cannot be before the period lock date, currently set at {}",
            lock.format("%-d %B %Y")
        ));
    }
}

fn check_length(text: Option<&str>, name: &str, longest: usize, complaints: &mut Complaints) {
    if text.is_some_and(|text| text.chars().count() > longest) {
        complaints.push(format!(
            "The {name} field cannot be longer than {longest} characters"
        ));
    }
}
