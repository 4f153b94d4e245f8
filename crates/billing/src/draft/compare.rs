//! An invoice beside the one before it: only what differs, each difference with its reason.
//!
//! Law: the differences add up to the difference of the two totals.

use serde::{Deserialize, Serialize};

use crate::coverage::ChargeKind;
use crate::id::Id;
use crate::micro::Micro;
use crate::money::{Currency, Money, MoneyError};

/// What a line charges for. Two lines of one subject, such as two periods caught up together, are
/// taken as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Contract(Id, ChargeKind),
    /// A line of its own, which no other invoice has.
    Own(Id),
}

/// A line as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charged {
    pub subject: Subject,
    pub quantity: Micro,
    pub unit_price: Micro,
    pub net: Money,
    /// A person typed the amount.
    pub is_by_hand: bool,
    /// Its quantity was counted: it moves without anybody saying so.
    pub is_counted: bool,
    /// It was agreed to begin after the last invoice's period, or to end before this one's.
    pub begins_or_ends: bool,
}

/// One side of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    pub quantity: Micro,
    pub unit_price: Micro,
    pub net: Money,
}

/// Why a line is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Agreed to begin or to end.
    BeginsOrEnds,
    /// Its turn comes only now, or not this time: an annual line in its month, say.
    Cadence,
    /// A quantity that an event changed.
    Quantity,
    /// A price that was agreed to change.
    Price,
    /// The same quantity and price for another part of a period.
    PartPeriod,
    /// A charge or credit that stands alone: a change caught up, something found and billed back.
    OnceOnly,
    /// A count that moved.
    Count,
    /// A person typed it.
    ByHand,
}

impl Reason {
    /// Whether an event or a planned step stands behind it. A count may be wrong, and so may be
    /// what somebody typed.
    pub const fn is_planned(self) -> bool {
        !matches!(self, Reason::Count | Reason::ByHand)
    }
}

/// A line that is not what it was on the last invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub subject: Subject,
    pub before: Option<Side>,
    pub now: Option<Side>,
    /// What it adds to this invoice against the last, before tax.
    pub by: Money,
    pub reason: Reason,
}

/// Everything of `now` that differs from `last`, in the order of `now`, then what is gone.
///
/// # Errors
/// [`MoneyError`] where amounts are of several currencies or too large to add.
pub fn compare(
    last: &[Charged],
    now: &[Charged],
    currency: Currency,
) -> Result<Vec<Difference>, MoneyError> {
    let before = together(last)?;
    let after = together(now)?;
    let mut found = Vec::new();
    for line in &after {
        let was = before.iter().find(|was| was.subject == line.subject);
        let by = line
            .net
            .checked_sub(was.map_or(Money::zero(currency), |was| was.net))?;
        if was.is_none_or(|was| !is_same(was, line)) {
            found.push(Difference {
                subject: line.subject,
                before: was.map(side),
                now: Some(side(line)),
                by,
                reason: reason(was, line),
            });
        }
    }
    for gone in &before {
        if after.iter().all(|line| line.subject != gone.subject) {
            found.push(Difference {
                subject: gone.subject,
                before: Some(side(gone)),
                now: None,
                by: gone.net.negated()?,
                reason: reason(None, gone),
            });
        }
    }
    Ok(found)
}

fn is_same(was: &Charged, now: &Charged) -> bool {
    was.net == now.net && was.quantity == now.quantity && was.unit_price == now.unit_price
}

fn side(line: &Charged) -> Side {
    Side {
        quantity: line.quantity,
        unit_price: line.unit_price,
        net: line.net,
    }
}

fn reason(was: Option<&Charged>, line: &Charged) -> Reason {
    let once_only = match line.subject {
        Subject::Contract(_, kind) => !matches!(kind, ChargeKind::Recurring | ChargeKind::Usage),
        Subject::Own(_) => true,
    };
    match was {
        _ if line.is_by_hand => Reason::ByHand,
        _ if once_only => Reason::OnceOnly,
        None if line.begins_or_ends => Reason::BeginsOrEnds,
        None => Reason::Cadence,
        // What was typed last time is back to what was agreed.
        Some(was) if was.is_by_hand => Reason::Quantity,
        Some(was) if was.unit_price != line.unit_price => Reason::Price,
        Some(was) if was.quantity != line.quantity && line.is_counted => Reason::Count,
        Some(was) if was.quantity != line.quantity => Reason::Quantity,
        Some(_) => Reason::PartPeriod,
    }
}

/// Lines of one subject as one: amounts added, quantity and price those of the last.
fn together(lines: &[Charged]) -> Result<Vec<Charged>, MoneyError> {
    let mut found: Vec<Charged> = Vec::with_capacity(lines.len());
    let mut places = std::collections::HashMap::new();
    for line in lines {
        let place = *places.entry(line.subject).or_insert(found.len());
        match found.get_mut(place) {
            Some(known) => {
                known.net = known.net.checked_add(line.net)?;
                known.quantity = line.quantity;
                known.unit_price = line.unit_price;
                known.is_by_hand |= line.is_by_hand;
                known.is_counted |= line.is_counted;
                known.begins_or_ends |= line.begins_or_ends;
            }
            None => found.push(line.clone()),
        }
    }
    Ok(found)
}
