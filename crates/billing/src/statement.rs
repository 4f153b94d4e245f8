//! Statements of account: `opening + charges − payments − credits + refunds = closing`, and each
//! closing is the next opening.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::money::{Currency, Money, MoneyError};
use crate::period::Period;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Charge,
    Payment,
    Credit,
    Refund,
}

/// Something that changed what a client owes. Amounts are positive; the kind gives the sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub document: Id,
    pub date: NaiveDate,
    pub kind: EntryKind,
    pub amount: Money,
}

/// One client's account over a period, in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub period: Period,
    pub opening: Money,
    pub charges: Money,
    pub payments: Money,
    pub credits: Money,
    pub refunds: Money,
    pub closing: Money,
    /// The period's entries by date, each with the balance after it.
    pub entries: Vec<(Entry, Money)>,
}

/// The statement of `entries` (all there ever were, in any order) for `period`. Entries of other
/// currencies belong on statements of their own and are passed over.
pub fn statement(
    entries: &[Entry],
    period: Period,
    currency: Currency,
) -> Result<Statement, MoneyError> {
    let mut sorted: Vec<Entry> = entries
        .iter()
        .filter(|entry| entry.amount.currency == currency)
        .copied()
        .collect();
    sorted.sort_by_key(|entry| (entry.date, entry.kind, entry.document));
    let none = Money::zero(currency);
    let mut statement = Statement {
        period,
        opening: none,
        charges: none,
        payments: none,
        credits: none,
        refunds: none,
        closing: none,
        entries: Vec::new(),
    };
    for entry in sorted.into_iter().filter(|entry| entry.date < period.end()) {
        let balance = match entry.kind {
            EntryKind::Charge | EntryKind::Refund => statement.closing.checked_add(entry.amount)?,
            EntryKind::Payment | EntryKind::Credit => {
                statement.closing.checked_sub(entry.amount)?
            }
        };
        statement.closing = balance;
        if entry.date < period.start() {
            statement.opening = balance;
            continue;
        }
        let sum = match entry.kind {
            EntryKind::Charge => &mut statement.charges,
            EntryKind::Payment => &mut statement.payments,
            EntryKind::Credit => &mut statement.credits,
            EntryKind::Refund => &mut statement.refunds,
        };
        *sum = sum.checked_add(entry.amount)?;
        statement.entries.push((entry, balance));
    }
    Ok(statement)
}
