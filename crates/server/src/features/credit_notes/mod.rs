//! Credit notes that BillingOne makes: from one of our posted invoices, or free; a person approves
//! one, and a job puts it into accounting exactly once and sets it against its invoice.
//!
//! No line is ever credited beyond what earlier credit notes left of it. What accounting itself
//! credited lies in the table `credit_note`, as synced; this feature never writes there.

pub mod api;
mod compose;
pub mod decide;
mod document;
pub mod ledger_news;
pub mod pages;
pub mod post;
mod store;
#[cfg(test)]
pub mod tests;
mod view;
mod words;

pub use compose::{LineInput, NoteChange, NoteInput, create, update};
pub use document::{Document, document};
pub use view::{Detail, Filter, LineView, NoteSum, NoteView, counts, detail, list, of_invoice};

use std::str::FromStr;

use billing::credit::State;

use crate::fault::Fault;

/// The word a state is stored and shown as.
pub fn state_word(state: State) -> &'static str {
    match state {
        State::Draft => "draft",
        State::Approved => "approved",
        State::Posting => "posting",
        State::Posted => "posted",
        State::Allocated => "allocated",
        State::Rejected => "rejected",
        State::Void => "void",
    }
}

/// A stored state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored(pub State);

impl FromStr for Stored {
    type Err = Fault;
    fn from_str(text: &str) -> Result<Self, Fault> {
        let all = [
            State::Draft,
            State::Approved,
            State::Posting,
            State::Posted,
            State::Allocated,
            State::Rejected,
            State::Void,
        ];
        let found = all.into_iter().find(|state| state_word(*state) == text);
        found
            .map(Self)
            .ok_or_else(|| Fault::Internal(anyhow::anyhow!("stored credit note state {text:?}")))
    }
}
