//! A credit note of ours: how much of an invoiced line can still be credited, with which tax, and
//! the states a credit note goes through. As with a draft, nothing here sends anything.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::draft::Draft;
use crate::fraction::Fraction;
use crate::id::Id;
use crate::money::{Money, MoneyError};
use crate::policy::Rounding;

/// Where a credit note stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Draft,
    /// A person agreed with its content; nothing has left.
    Approved,
    /// On its way to the ledger, with its number taken.
    Posting,
    /// In the ledger; nothing of it is set against an invoice.
    Posted,
    /// In the ledger and set against an invoice, wholly or in part.
    Allocated,
    Rejected,
    /// Voided or deleted in the ledger.
    Void,
}

/// What can happen to a credit note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Edit,
    Approve,
    Reject,
    /// Takes a number; the irreversible act begins.
    Post,
    /// The ledger definitely refused.
    LedgerRefused,
    LedgerPosted,
    LedgerAllocated,
    LedgerVoided,
}

/// A step that cannot be taken from where the credit note stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a credit note that is {from:?} cannot take the step {action:?}")]
pub struct Refused {
    pub from: State,
    pub action: Action,
}

impl State {
    /// The state after `action`. A repeated report of the ledger changes nothing.
    pub const fn after(self, action: Action) -> Result<State, Refused> {
        use Action::{
            Approve, Edit, LedgerAllocated, LedgerPosted, LedgerRefused, LedgerVoided, Post, Reject,
        };
        use State::{Allocated, Approved, Draft, Posted, Posting, Rejected, Void};
        Ok(match (self, action) {
            // Editing what is approved takes the approval back.
            (Draft | Approved, Edit) => Draft,
            (Draft | Approved, Reject) => Rejected,
            (Draft, Approve) | (Posting, LedgerRefused) => Approved,
            (Approved | Posting, Post) => Posting,
            // An allocation taken back in the ledger leads back.
            (Posting | Posted | Allocated, LedgerPosted) => Posted,
            (Posting | Posted | Allocated, LedgerAllocated) => Allocated,
            // What a refused posting left in the ledger as a draft can be deleted there.
            (Approved | Posting | Posted | Allocated | Void, LedgerVoided) => Void,
            (from, action) => return Err(Refused { from, action }),
        })
    }

    /// It takes from what is left of the lines that it credits.
    pub const fn holds_its_amounts(self) -> bool {
        !matches!(self, State::Rejected | State::Void)
    }

    /// The client has the credit.
    pub const fn is_in_ledger(self) -> bool {
        matches!(self, State::Posted | State::Allocated)
    }
}

/// An invoiced line, and what earlier credit notes took of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Creditable {
    pub net: Money,
    pub tax: Money,
    pub credited_net: Money,
    pub credited_tax: Money,
}

/// A part of a line, credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    pub net: Money,
    pub tax: Money,
    /// Nothing of the line is left.
    pub is_whole: bool,
}

/// Why an amount cannot be credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CreditError {
    #[error("an amount to credit is more than zero")]
    Nothing,
    #[error("only {left} of this line is left to credit")]
    MoreThanLeft { left: Money },
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Creditable {
    /// What can still be credited, before tax.
    pub fn left(&self) -> Result<Money, MoneyError> {
        self.net.checked_sub(self.credited_net)
    }

    /// Credits a part. Its tax is the line's own: parts that add up to the line add up to the
    /// line's tax, however they were cut, because each takes what its sum with the earlier ones
    /// comes to less what they took.
    pub fn credit(&self, net: Money) -> Result<Credit, CreditError> {
        let left = self.left()?;
        if net.minor <= 0 {
            return Err(CreditError::Nothing);
        }
        if net.checked_sub(left)?.minor > 0 {
            return Err(CreditError::MoreThanLeft { left });
        }
        let sum = self.credited_net.checked_add(net)?;
        let tax = self.tax_of(sum)?.checked_sub(self.credited_tax)?;
        Ok(Credit {
            net,
            // Of parts that were taken back, the rest may have had the cent already.
            tax: Money {
                minor: tax.minor.max(0),
                ..tax
            },
            is_whole: sum == self.net,
        })
    }

    /// The tax that falls on `part` of the line.
    fn tax_of(&self, part: Money) -> Result<Money, MoneyError> {
        let share = Fraction::new(i128::from(part.minor), i128::from(self.net.minor));
        let share = share.unwrap_or(Fraction::ZERO);
        let exact = self.tax.major().checked_mul(share)?;
        Money::from_major(exact, self.tax.currency, Rounding::HalfUp)
    }
}

/// What an approval is bound to: the document as the client will see it, why, and what each line
/// credits with which tax. The caller hashes it.
pub fn content(
    draft: &Draft,
    reason: &str,
    invoice: Option<Id>,
    credits: &[(Option<Id>, Money)],
) -> String {
    let named = |id: Option<Id>| id.map(|id| id.to_string()).unwrap_or_default();
    let mut out = String::from("credit note 1\n");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "reason {} {reason}", reason.len());
    let _ = writeln!(out, "invoice {}", named(invoice));
    for (line, tax) in credits {
        let _ = writeln!(out, "credits {} tax {tax}", named(*line));
    }
    out + &draft.content()
}
