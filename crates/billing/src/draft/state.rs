//! From draft to paid.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Hold, Stop};
use crate::id::Id;

/// Where a generated invoice stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Draft,
    /// A person agreed with its content; nothing has left.
    Approved,
    /// On its way to the ledger, with its number taken.
    Posting,
    /// Authorised in the ledger.
    Posted,
    PartPaid,
    Paid,
    Rejected,
    /// Voided or deleted in the ledger.
    Void,
}

/// What can happen to a generated invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Edit,
    Approve,
    /// Takes an approval back, by hand or because the content changed.
    Unapprove,
    Reject,
    /// Back from rejected.
    Reopen,
    /// Takes a number; the irreversible act begins.
    Post,
    /// The ledger definitely refused; nothing exists there.
    LedgerRefused,
    LedgerAuthorised,
    LedgerPartPaid,
    LedgerPaid,
    LedgerVoided,
}

/// A step that cannot be taken from where the invoice stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("an invoice that is {from:?} cannot take the step {action:?}")]
    NotFromHere { from: State, action: Action },
    #[error("{} stops must be mended first", .0.len())]
    Stopped(Vec<Stop>),
    #[error("{} holds must be released first", .0.len())]
    Held(Vec<Hold>),
    #[error("it changed after it was opened; look at it again")]
    ContentChanged,
}

impl State {
    /// The state after `action`. A repeated report of the ledger changes nothing.
    pub const fn after(self, action: Action) -> Result<State, Refusal> {
        use Action::{
            Approve, Edit, LedgerAuthorised, LedgerPaid, LedgerPartPaid, LedgerRefused,
            LedgerVoided, Post, Reject, Reopen, Unapprove,
        };
        use State::{Approved, Draft, Paid, PartPaid, Posted, Posting, Rejected, Void};
        Ok(match (self, action) {
            // Editing an approved draft takes its approval back.
            (Draft | Approved, Edit) | (Approved, Unapprove) | (Rejected, Reopen) => Draft,
            (Draft | Approved, Reject) => Rejected,
            (Draft, Approve) | (Posting, LedgerRefused) => Approved,
            (Approved | Posting, Post) => Posting,
            // A payment taken back in the ledger leads back.
            (Posting | Posted | PartPaid | Paid, LedgerAuthorised) => Posted,
            (Posting | Posted | PartPaid | Paid, LedgerPartPaid) => PartPaid,
            (Posting | Posted | PartPaid | Paid, LedgerPaid) => Paid,
            (Posting | Posted | PartPaid | Paid | Void, LedgerVoided) => Void,
            (from, action) => return Err(Refusal::NotFromHere { from, action }),
        })
    }

    /// Money is owed, or was.
    pub const fn is_in_ledger(self) -> bool {
        matches!(self, State::Posted | State::PartPaid | State::Paid)
    }
}

/// A person's agreement with one content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    pub by: Id,
    pub at: DateTime<Utc>,
    /// The hash of [`super::Draft::content`].
    pub content_hash: String,
}

impl Approval {
    /// Whether the approval still holds for what the draft says now.
    pub fn stands(&self, content_hash: &str) -> bool {
        self.content_hash == content_hash
    }
}

/// What approving looks at.
#[derive(Clone, Debug)]
pub struct Approve<'a> {
    pub state: State,
    /// The hash of the content the person saw, and of the content now.
    pub seen_hash: &'a str,
    pub content_hash: &'a str,
    pub stops: Vec<Stop>,
    pub holds: Vec<Hold>,
    pub released: &'a [Hold],
    pub by: Id,
    pub at: DateTime<Utc>,
}

/// Approves, or says everything that is in the way of it.
pub fn approve(request: Approve<'_>) -> Result<Approval, Refusal> {
    request.state.after(Action::Approve)?;
    if request.seen_hash != request.content_hash {
        return Err(Refusal::ContentChanged);
    }
    if !request.stops.is_empty() {
        return Err(Refusal::Stopped(request.stops));
    }
    let open: Vec<Hold> = request
        .holds
        .into_iter()
        .filter(|hold| !request.released.contains(hold))
        .collect();
    if !open.is_empty() {
        return Err(Refusal::Held(open));
    }
    Ok(Approval {
        by: request.by,
        at: request.at,
        content_hash: request.content_hash.to_owned(),
    })
}

/// Our own number series. A number is taken once, when posting begins, and never again: posting
/// after a void takes the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberSeries {
    pub prefix: String,
    /// Numbers are filled with zeros to this length; longer ones stay as they are.
    pub digits: u8,
    pub next: u64,
}

impl NumberSeries {
    /// The next number as printed, and the series after it.
    #[must_use]
    pub fn take(&self) -> (String, NumberSeries) {
        let width = usize::from(self.digits);
        let number = format!("{}{:0width$}", self.prefix, self.next);
        (
            number,
            NumberSeries {
                next: self.next.saturating_add(1),
                ..self.clone()
            },
        )
    }
}
