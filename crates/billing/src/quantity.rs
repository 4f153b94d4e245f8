//! How a contract line gets its quantity.
//!
//! `billed = max(minimum, round(source − exclusions) − included)`. A source is a fixed number,
//! the mapped subscriptions, or a meter. A count that failed, is empty or partial never bills
//! zero: the last good one is used and marked, and one that is too old stops the draft.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::explanation::{Meaning, Op, Operand, Reasoning};
use crate::fraction::{Fraction, Overflow};
use crate::id::Id;
use crate::micro::{self, Micro};
use crate::period::Period;
use crate::policy::{Policy, Rounding};

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

/// A meter's number for a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    pub value: Micro,
    /// The newest good count that was used.
    pub last_good_on: NaiveDate,
    /// The day the count is for had no good count of its own.
    pub is_carried: bool,
    /// The last good count is older than the policy allows: the draft stops.
    pub is_too_old: bool,
}

/// No good count at all: nothing can be billed, and zero would be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no good count up to {0}; take one or enter it by hand")]
pub struct NoCount(pub NaiveDate);

/// One number from a meter's readings for `period`, or from the last good one before it.
///
/// Readings may come in any order and more than once; of one day the one taken last counts.
pub fn count(
    readings: &[Reading],
    period: Period,
    counting: Counting,
    policy: &Policy,
) -> Result<Counted, NoCount> {
    let last_day = period.last_day();
    let mut good: Vec<&Reading> = readings
        .iter()
        .filter(|r| r.is_good() && r.on <= last_day)
        .collect();
    good.sort_by_key(|reading| (reading.on, reading.taken_at));
    good.reverse();
    good.dedup_by_key(|reading| reading.on);
    let newest = *good.first().ok_or(NoCount(last_day))?;
    let inside: Vec<&Reading> = good
        .iter()
        .copied()
        .filter(|reading| period.contains(reading.on))
        .collect();
    let value = if inside.is_empty() {
        newest.value
    } else {
        combine(&inside, newest, counting)
    };
    let age_days = (last_day - newest.on).num_days();
    Ok(Counted {
        value,
        last_good_on: newest.on,
        is_carried: age_days > 0,
        is_too_old: age_days > i64::from(policy.count_stale_after_days),
    })
}

fn combine(inside: &[&Reading], newest: &Reading, counting: Counting) -> Micro {
    let peak = || {
        inside
            .iter()
            .map(|reading| reading.value)
            .max()
            .unwrap_or_default()
    };
    match counting {
        Counting::LastDay => newest.value,
        Counting::Peak => peak(),
        Counting::Average => {
            let sum: i128 = inside
                .iter()
                .map(|reading| i128::from(reading.value.0))
                .sum();
            let days = i128::try_from(inside.len()).unwrap_or(1);
            let average = Fraction::ratio(sum, days.max(1)).round(Rounding::HalfUp);
            Micro(i64::try_from(average).unwrap_or(i64::MAX))
        }
        Counting::AnyDay => {
            let mut units: Vec<Id> = inside
                .iter()
                .flat_map(|r| r.units.iter().copied())
                .collect();
            units.sort_unstable();
            units.dedup();
            let seen = i64::try_from(units.len())
                .unwrap_or(i64::MAX)
                .saturating_mul(micro::ONE);
            Micro(seen).max(peak())
        }
    }
}

impl QuantityRule {
    /// `max(minimum, round(source − exclusions) − included)` on a day.
    pub fn billed(&self, source: Micro, on: NaiveDate) -> Result<Billed, Overflow> {
        let mut reasoning = Reasoning::default();
        let given = reasoning.given(Meaning::SourceQuantity, source.fraction())?;
        let result = self.reason(&mut reasoning, given, on)?;
        let quantity = exactly(reasoning.value(result))?;
        Ok(Billed {
            quantity,
            source,
            excluded: self.excluded_on(on),
            included: self.included,
            accounts_for: source.max(quantity),
        })
    }

    /// The same, written down step by step.
    pub(crate) fn reason(
        &self,
        reasoning: &mut Reasoning,
        source: Operand,
        on: NaiveDate,
    ) -> Result<Operand, Overflow> {
        let mut quantity = source;
        let excluded = self.excluded_on(on);
        if !excluded.is_zero() {
            let operands = vec![quantity, Operand::micro(excluded)];
            quantity = reasoning.step(Meaning::AfterExclusions, Op::Subtract, operands)?;
        }
        if self.rounding != RoundRule::Exact {
            let op = Op::RoundQuantity(self.rounding);
            quantity = reasoning.step(Meaning::Rounded, op, vec![quantity])?;
        }
        if !self.included.is_zero() {
            let operands = vec![quantity, Operand::micro(self.included)];
            quantity = reasoning.step(Meaning::AfterIncluded, Op::Subtract, operands)?;
        }
        // Without a minimum the least is none at all.
        let minimum = self.minimum.unwrap_or(Micro::ZERO);
        let operands = vec![quantity, Operand::micro(minimum)];
        reasoning.step(Meaning::BilledQuantity, Op::Largest, operands)
    }

    fn excluded_on(&self, on: NaiveDate) -> Micro {
        let live = self
            .exclusions
            .iter()
            .filter(|e| e.expires_on.is_none_or(|end| on < end));
        live.map(|exclusion| exclusion.quantity).sum()
    }
}

/// A quantity as a decimal. Every operand has six places and nothing divides, so it fits.
pub(crate) fn exactly(quantity: Fraction) -> Result<Micro, Overflow> {
    let micros = quantity
        .checked_mul(Fraction::whole(micro::ONE))?
        .round(Rounding::HalfUp);
    i64::try_from(micros).map(Micro).map_err(|_| Overflow)
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
}
