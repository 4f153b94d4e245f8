//! From what was agreed and what happened to the lines of an invoice.
//!
//! The caller gives a contract line's [`Terms`], its [`History`], the [`Policy`] and the window
//! to invoice; it gets [`Charge`]s, each with the coverage it takes and an explanation from which
//! it can be recomputed.

mod catch_up;
mod extras;
mod levels;
mod own;
mod run;
mod value;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::coverage::{ChargeKind, Key};
use crate::explanation::{Explanation, SourceRow};
use crate::fraction::{Fraction, Overflow};
use crate::id::Id;
use crate::micro::Micro;
use crate::money::{Currency, Discount, LedgerForm, Money, MoneyError};
use crate::period::{Cycle, Period, Schedule, ScheduleError, Timing};
use crate::policy::{Decreases, Policy};
use crate::proration::ShareError;
use crate::quantity::{Counted, NoCount, QuantityRule, Reading};

pub use extras::{correction, one_off};
pub use run::{Charged, Run, charges, charges_as_counted};

/// What a unit price pays for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PricePer {
    /// One month, however many are billed together.
    #[default]
    Month,
    /// The line's whole period.
    Term,
}

/// A unit price and the day it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceStep {
    pub from: NaiveDate,
    pub unit_price: Micro,
    /// It was agreed after the period it starts in had been invoiced, so that an immediate change
    /// needs a line of its own.
    #[serde(default)]
    pub is_late: bool,
}

/// Something taken off a line's own charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineDiscount {
    pub discount: Discount,
    /// The first day without it.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

impl LineDiscount {
    pub fn applies_on(&self, day: NaiveDate) -> bool {
        self.until.is_none_or(|until| day < until)
    }
}

/// A frequency and the day it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CycleStep {
    pub from: NaiveDate,
    pub cycle: Cycle,
}

/// A contract line as agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    pub line: Id,
    #[serde(default)]
    pub item: Option<Id>,
    pub currency: Currency,
    /// The price at the line's start.
    pub unit_price: Micro,
    /// Later prices, by the day they start.
    #[serde(default)]
    pub price_steps: Vec<PriceStep>,
    pub price_per: PricePer,
    pub cycle: Cycle,
    /// Later frequencies, by the day they start.
    #[serde(default)]
    pub cycle_steps: Vec<CycleStep>,
    pub timing: Timing,
    /// Periods are counted from here; it is `start` unless the line is co-termed.
    pub anchor: NaiveDate,
    pub start: NaiveDate,
    /// The first day without it.
    #[serde(default)]
    pub end: Option<NaiveDate>,
    /// Nothing before is owed.
    pub bill_from: NaiveDate,
    pub rule: QuantityRule,
    /// Per period of the line, prorated in part periods.
    #[serde(default)]
    pub minimum_spend: Option<Money>,
    #[serde(default)]
    pub discount: Option<LineDiscount>,
    /// No charge before this day, and nothing in MRR.
    #[serde(default)]
    pub trial_until: Option<NaiveDate>,
    /// The quantity cannot fall outside its window.
    #[serde(default)]
    pub is_committed: bool,
}

/// A change of a line's quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    Add(Micro),
    Set(Micro),
}

/// Something that happened to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    #[serde(default)]
    pub row: Option<Id>,
    pub on: NaiveDate,
    pub change: Change,
    #[serde(default)]
    pub seen_at: Option<DateTime<Utc>>,
    /// An invoice has already taken it into account.
    #[serde(default)]
    pub is_billed: bool,
}

/// What is known about a line's quantity over time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The source's quantity at the line's start. A fixed rule carries its own.
    #[serde(default)]
    pub opening: Micro,
    /// In any order.
    #[serde(default)]
    pub events: Vec<Event>,
    /// A meter's daily counts, in any order.
    #[serde(default)]
    pub readings: Vec<Reading>,
    /// The rows the quantity was read from, kept in the explanation.
    #[serde(default)]
    pub rows: Vec<SourceRow>,
}

/// One line of an invoice, before tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    pub line: Id,
    /// The coverage it takes.
    pub coverage: Key,
    /// The days it is for.
    pub period: Period,
    /// Shown to the client. On a catch-up it is the net change, and zero where changes of
    /// different size cancelled in number but not in money.
    pub quantity: Micro,
    pub unit_price: Micro,
    /// Unit prices owed per unit: 1 for a whole period, 17/31 for a part.
    pub share: Fraction,
    pub net: Money,
    pub form: LedgerForm,
    /// To be invoiced by itself and at once, not with the next regular invoice.
    pub on_its_own: bool,
    /// The count the quantity was taken from; one that is too old stops the draft.
    #[serde(default)]
    pub count: Option<Counted>,
    pub explanation: Explanation,
}

/// A period that is owed and cannot be charged yet: nothing good was ever counted by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Uncounted {
    /// The coverage its charge will take.
    pub coverage: Key,
    pub period: Period,
    pub unit_price: Micro,
    pub why: NoCount,
}

/// A charge that cannot be worked out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChargeError {
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    #[error(transparent)]
    Share(#[from] ShareError),
    #[error(transparent)]
    Money(#[from] MoneyError),
    #[error(transparent)]
    NoCount(#[from] NoCount),
    #[error("a discount is between 0 and 100 per cent with at most two decimals")]
    BadDiscount,
    #[error("a price step on {0} is not after the one before it")]
    PriceStepsOutOfOrder(NaiveDate),
}

impl From<Overflow> for ChargeError {
    fn from(overflow: Overflow) -> ChargeError {
        ChargeError::Money(overflow.into())
    }
}

impl Terms {
    /// How the line's time is cut into periods.
    pub fn schedule(&self) -> Result<Schedule, ScheduleError> {
        let first = Schedule::new(self.cycle, self.anchor, self.start, self.end)?;
        let mut steps = self.cycle_steps.clone();
        steps.sort_by_key(|step| step.from);
        steps
            .iter()
            .try_fold(first, |schedule, step| schedule.then(step.from, step.cycle))
    }

    /// The first day money is owed for.
    pub fn owed_from(&self) -> NaiveDate {
        self.start
            .max(self.bill_from)
            .max(self.trial_until.unwrap_or(self.start))
    }

    /// What a decrease does to the running period: a committed quantity cannot fall, whatever the
    /// policy says of others.
    pub fn decreases(&self, policy: &Policy) -> Decreases {
        if self.is_committed {
            Decreases::NotAllowed
        } else {
            policy.decreases
        }
    }

    /// The price agreed for a day.
    pub fn price_on(&self, day: NaiveDate) -> Micro {
        let started = self.price_steps.iter().filter(|step| step.from <= day);
        started
            .max_by_key(|step| step.from)
            .map_or(self.unit_price, |step| step.unit_price)
    }
}

impl Charge {
    pub fn kind(&self) -> ChargeKind {
        self.coverage.kind
    }
}
