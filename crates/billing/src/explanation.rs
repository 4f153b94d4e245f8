//! Why a line is the amount it is, as data.
//!
//! Every amount is calculated *through* an explanation, so that the steps in it are not a
//! retelling but the calculation itself. Anyone can redo it with [`Explanation::recompute`].

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::charge::Event;
use crate::fraction::{Fraction, Overflow};
use crate::id::Id;
use crate::micro::Micro;
use crate::money::{Currency, Money};
use crate::policy::{Policy, Rounding};
use crate::quantity::RoundRule;

/// The rule that made a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    PeriodCharge,
    CatchUp,
    MeteredUsage,
    UsageCorrection,
    MinimumSpend,
    PriceStep,
    OneOff,
    BillBack,
}

/// A stored row that a number was read from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceRow {
    pub kind: SourceKind,
    pub id: Id,
    pub value: Micro,
    #[serde(default)]
    pub on: Option<NaiveDate>,
    #[serde(default)]
    pub seen_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    Subscription,
    Count,
    ContractLine,
    VendorBillLine,
    Finding,
    Person,
}

/// What a step's result stands for; the words for people are made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    SourceQuantity,
    Excluded,
    AfterExclusions,
    Rounded,
    Included,
    AfterIncluded,
    Minimum,
    BilledQuantity,
    UnitPrice,
    Share,
    DaysWeighted,
    Change,
    ChangeTotal,
    Value,
    Spent,
    Missing,
    Total,
}

/// A number in a step: given, or the result of an earlier step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operand {
    Number(Fraction),
    /// The result of the step with this place, counted from 0.
    Step(usize),
}

/// One operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// All operands together; one operand is taken as it is.
    Add,
    /// The first less all others.
    Subtract,
    Multiply,
    Divide,
    Largest,
    Smallest,
    /// Whole units, by the quantity rule.
    RoundQuantity(RoundRule),
    /// To the currency's minor unit; the result is in major units.
    RoundMoney {
        currency: Currency,
        rounding: Rounding,
    },
}

/// One arithmetic step with its operands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub meaning: Meaning,
    pub op: Op,
    pub operands: Vec<Operand>,
    pub result: Fraction,
}

/// The whole reason of one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explanation {
    pub rule: Rule,
    pub policy: Policy,
    pub currency: Currency,
    pub rows: Vec<SourceRow>,
    /// In the order they happened.
    pub events: Vec<Event>,
    pub steps: Vec<Step>,
}

/// An explanation that does not add up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unexplained {
    #[error("step {0} uses a step that does not come before it")]
    ForwardReference(usize),
    #[error("step {at} says {stated} but comes to {recomputed}")]
    WrongResult {
        at: usize,
        stated: Fraction,
        recomputed: Fraction,
    },
    #[error("the last step is not an amount of {0}")]
    NotAnAmount(Currency),
    #[error(transparent)]
    Overflow(#[from] Overflow),
}
