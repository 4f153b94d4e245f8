//! How a contract line gets its quantity.
//!
//! `billed = max(minimum, round(source − exclusions) − included)`. A source is a fixed number,
//! the mapped subscriptions, or a meter. A count that failed, is empty or partial never bills
//! zero: the last good one is used and marked, and one that is too old stops the draft.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::id::Id;
use crate::micro::Micro;

/// Where the quantity comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "source", rename_all = "snake_case", deny_unknown_fields)]
pub enum QuantitySource {
    Fixed {
        quantity: Micro,
    },
    /// The sum of the subscriptions mapped to the line.
    Subscription,
    Meter {
        counting: Counting,
    },
}

/// How a period's daily counts become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    #[default]
    LastDay,
    Peak,
    Average,
    /// Every unit that counted on any day. Where the counts do not say which units they saw,
    /// their peak, which is the least it can be.
    AnyDay,
}

/// What happens to parts of a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundRule {
    #[default]
    Exact,
    Up,
    Down,
    Nearest,
}

/// Units that are not billed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exclusion {
    pub quantity: Micro,
    pub reason: String,
    /// The first day on which it no longer applies.
    #[serde(default)]
    pub expires_on: Option<NaiveDate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantityRule {
    pub source: QuantitySource,
    #[serde(default)]
    pub exclusions: Vec<Exclusion>,
    #[serde(default)]
    pub included: Micro,
    #[serde(default)]
    pub minimum: Option<Micro>,
    #[serde(default)]
    pub rounding: RoundRule,
}

impl QuantityRule {
    pub fn fixed(quantity: Micro) -> QuantityRule {
        QuantityRule::of(QuantitySource::Fixed { quantity })
    }

    pub fn of(source: QuantitySource) -> QuantityRule {
        QuantityRule {
            source,
            exclusions: Vec::new(),
            included: Micro::ZERO,
            minimum: None,
            rounding: RoundRule::Exact,
        }
    }
}

/// How far a count can be believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountState {
    /// The source answered to the end. A zero still counts as empty: see [`CountState::Confirmed`].
    #[default]
    Complete,
    Partial,
    Failed,
    /// A person has said that this number, zero included, is right.
    Confirmed,
}

/// One day's count of a meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    pub on: NaiveDate,
    pub value: Micro,
    #[serde(default)]
    pub state: CountState,
    #[serde(default)]
    pub taken_at: Option<DateTime<Utc>>,
    /// The stored snapshot.
    #[serde(default)]
    pub row: Option<Id>,
    /// Which units were seen, where the source says so; needed for [`Counting::AnyDay`].
    #[serde(default)]
    pub units: Vec<Id>,
}

impl Reading {
    pub fn is_good(&self) -> bool {
        match self.state {
            CountState::Complete => self.value.is_positive(),
            CountState::Confirmed => true,
            CountState::Partial | CountState::Failed => false,
        }
    }
}

/// A rule's result, with everything that went into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Billed {
    /// What is billed.
    pub quantity: Micro,
    /// What the source said.
    pub source: Micro,
    /// What exclusions took off.
    pub excluded: Micro,
    /// What stands included in the price.
    pub included: Micro,
    /// Units of the source that this line answers for, billed or deliberately not: what
    /// reconciliation compares *bought* and *deployed* with.
    pub accounts_for: Micro,
    /// The day of the last good count, where the count of the day itself was not good.
    pub last_good_on: Option<NaiveDate>,
    /// The count is older than the policy allows: the draft stops.
    pub is_too_old: bool,
}
