//! What of a contract line has been invoiced: one record per line × service period × charge kind.
//!
//! The record is what makes generating idempotent and a skipped month visible.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::period::{Period, Timing, add_days, add_months};

/// What a charge is for. Part of the coverage key: one of each kind per line and period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// The period's own charge.
    Recurring,
    /// Changes inside a period that had already been invoiced.
    CatchUp,
    /// A past period's metered quantity.
    Usage,
    /// A later correction of settled usage.
    Correction,
    /// What is missing to a minimum spend.
    MinimumSpend,
    /// A price step that started inside an invoiced period.
    PriceStep,
    OneOff,
    /// A past shortfall, billed from a finding.
    BillBack,
}

/// Where a coverage record stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    #[default]
    Planned,
    Drafted,
    Posted,
    Credited,
    /// Nothing to charge, decided and recorded.
    Nil,
    /// Given up on purpose, with a person's name.
    Waived,
}

/// The key of a coverage record within its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    pub period_start: NaiveDate,
    pub kind: ChargeKind,
}

/// What happens to a coverage record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// It stands on a draft now.
    Draft,
    Post,
    /// The draft was rejected, or the document was voided or deleted in the ledger.
    Reopen,
    /// A credit was made for it; a rebill is another document on the same record.
    Credit,
    Rebill,
    SetNil,
    Waive,
}

/// A step that a record in this state cannot take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a period that is {from:?} cannot take the step {happening:?}")]
pub struct Refused {
    pub from: State,
    pub happening: Happening,
}

impl State {
    /// Nothing more is expected for the period. A draft counts: it waits where people see it.
    pub const fn is_settled(self) -> bool {
        !matches!(self, State::Planned)
    }

    /// The state after `happening`. Doing a step twice equals doing it once.
    pub const fn after(self, happening: Happening) -> Result<State, Refused> {
        use Happening::{Credit, Draft, Post, Rebill, Reopen, SetNil, Waive};
        use State::{Credited, Drafted, Nil, Planned, Posted, Waived};
        Ok(match (self, happening) {
            (Planned | Drafted, Draft) => Drafted,
            (Drafted | Posted, Post) | (Credited | Posted, Rebill) => Posted,
            (_, Reopen) => Planned,
            (Posted | Credited, Credit) => Credited,
            (Planned | Nil, SetNil) => Nil,
            (Planned | Waived, Waive) => Waived,
            (from, happening) => return Err(Refused { from, happening }),
        })
    }
}

/// The day on which a period should be invoiced: in advance its start; in arrears its end and
/// settling.
pub fn should_be_invoiced_on(service: Period, timing: Timing, settle_day: u8) -> NaiveDate {
    match timing {
        Timing::Advance => service.start(),
        Timing::Arrears => settled_on(service.end(), settle_day),
    }
}

/// The first `settle_day` of a month on or after `end`; a shorter month settles on its last day,
/// and day 0 means that nothing has to settle.
pub fn settled_on(end: NaiveDate, settle_day: u8) -> NaiveDate {
    if settle_day == 0 {
        return end;
    }
    let day = u32::from(settle_day);
    let this_month = add_months(end, 0, day);
    if this_month >= end {
        this_month
    } else {
        add_months(end, 1, day)
    }
}

/// The first day on which a period without document, nil or waiver counts as skipped.
pub fn skipped_from(service: Period, timing: Timing, settle_day: u8, after_days: u16) -> NaiveDate {
    add_days(
        should_be_invoiced_on(service, timing, settle_day),
        u64::from(after_days),
    )
}
