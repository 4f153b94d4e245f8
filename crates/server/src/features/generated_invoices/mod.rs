//! Generated invoices: drafts that BillingOne makes, a person approves, and a job puts into
//! accounting exactly once.
//!
//! Making a draft takes coverage, so pressing twice makes nothing twice. Approving sends nothing.
//! Posting is the irreversible act; see `post` for how it survives a crash at any point.

mod agree;
pub mod ahead;
pub mod api;
mod blank;
mod comparison;
pub mod decide;
mod document;
pub mod edit;
pub mod explained;
pub mod generate;
pub mod ledger_news;
pub mod pages;
pub mod pay;
mod plan;
pub mod post;
pub mod review;
pub mod runs;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;
pub mod usual;
mod view;

pub use agree::{Agreement, Agreements};
pub use document::{Document, Foreseen, document, foreseen};
pub use plan::{Plan, PlannedDraft, PlannedLine, Scope, plan};
pub use view::{
    Detail, DraftView, Filter, HistoryRow, LineView, StateSum, counts, detail, hold_sentence, list,
    stop_sentences, view_of,
};

use std::str::FromStr;

use billing::draft::State;

use crate::fault::Fault;

/// The word a state is stored and shown as.
pub fn state_word(state: State) -> &'static str {
    match state {
        State::Draft => "draft",
        State::Approved => "approved",
        State::Posting => "posting",
        State::Posted => "posted",
        State::PartPaid => "part_paid",
        State::Paid => "paid",
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
            State::PartPaid,
            State::Paid,
            State::Rejected,
            State::Void,
        ];
        let found = all.into_iter().find(|state| state_word(*state) == text);
        found
            .map(Self)
            .ok_or_else(|| Fault::Internal(anyhow::anyhow!("stored draft state {text:?}")))
    }
}
