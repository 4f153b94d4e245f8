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
    /// What a person typed: quantity times price, and nothing else.
    ByHand,
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
    AfterExclusions,
    Rounded,
    AfterIncluded,
    Minimum,
    BilledQuantity,
    /// The highest level, where decreases are held back.
    HeldQuantity,
    Discount,
    Discounted,
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

impl Operand {
    pub(crate) fn micro(number: Micro) -> Operand {
        Operand::Number(number.fraction())
    }
}

/// A calculation that writes down its steps as it goes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reasoning {
    steps: Vec<Step>,
}

impl Reasoning {
    pub(crate) fn step(
        &mut self,
        meaning: Meaning,
        op: Op,
        operands: Vec<Operand>,
    ) -> Result<Operand, Overflow> {
        let numbers = operands.iter().map(|operand| self.value(*operand));
        let result = evaluate(op, &numbers.collect::<Vec<_>>())?;
        self.steps.push(Step {
            meaning,
            op,
            operands,
            result,
        });
        Ok(Operand::Step(self.steps.len() - 1))
    }

    /// A number taken from outside, named so that people know what it is.
    pub(crate) fn given(
        &mut self,
        meaning: Meaning,
        number: Fraction,
    ) -> Result<Operand, Overflow> {
        self.step(meaning, Op::Add, vec![Operand::Number(number)])
    }

    pub(crate) fn value(&self, operand: Operand) -> Fraction {
        match operand {
            Operand::Number(number) => number,
            Operand::Step(at) => self
                .steps
                .get(at)
                .map(|step| step.result)
                .unwrap_or_default(),
        }
    }

    pub(crate) fn explained(
        self,
        rule: Rule,
        policy: &Policy,
        currency: Currency,
        rows: Vec<SourceRow>,
        events: Vec<Event>,
    ) -> Explanation {
        Explanation {
            rule,
            policy: policy.clone(),
            currency,
            rows,
            events,
            steps: self.steps,
        }
    }
}

impl Explanation {
    /// Redoes every step from its operands and returns the amount the last one comes to.
    pub fn recompute(&self) -> Result<Money, Unexplained> {
        let mut results: Vec<Fraction> = Vec::with_capacity(self.steps.len());
        for (at, step) in self.steps.iter().enumerate() {
            let mut numbers = Vec::with_capacity(step.operands.len());
            for operand in &step.operands {
                numbers.push(match operand {
                    Operand::Number(number) => *number,
                    Operand::Step(earlier) => *results
                        .get(*earlier)
                        .ok_or(Unexplained::ForwardReference(at))?,
                });
            }
            let recomputed = evaluate(step.op, &numbers)?;
            if recomputed != step.result {
                return Err(Unexplained::WrongResult {
                    at,
                    stated: step.result,
                    recomputed,
                });
            }
            results.push(recomputed);
        }
        let last = self.steps.last().zip(results.last());
        match last {
            Some((
                Step {
                    op: Op::RoundMoney { currency, rounding },
                    ..
                },
                total,
            )) if *currency == self.currency => {
                Money::from_major(*total, *currency, *rounding).map_err(|_| Overflow.into())
            }
            _ => Err(Unexplained::NotAnAmount(self.currency)),
        }
    }
}

fn evaluate(op: Op, numbers: &[Fraction]) -> Result<Fraction, Overflow> {
    let first = numbers.first().copied().unwrap_or_default();
    let rest = numbers.iter().skip(1).copied();
    match op {
        Op::Add => rest.into_iter().try_fold(first, Fraction::checked_add),
        Op::Subtract => rest.into_iter().try_fold(first, Fraction::checked_sub),
        Op::Multiply => rest.into_iter().try_fold(first, Fraction::checked_mul),
        Op::Divide => rest.into_iter().try_fold(first, Fraction::checked_div),
        Op::Largest => Ok(rest.fold(first, Fraction::max)),
        Op::Smallest => Ok(rest.fold(first, Fraction::min)),
        Op::RoundQuantity(rule) => {
            let whole = match rule {
                RoundRule::Exact => return Ok(first),
                RoundRule::Up => first.ceil(),
                RoundRule::Down => first.floor(),
                RoundRule::Nearest => first.round(Rounding::HalfUp),
            };
            Fraction::new(whole, 1).ok_or(Overflow)
        }
        Op::RoundMoney { currency, rounding } => Money::from_major(first, currency, rounding)
            .map(Money::major)
            .map_err(|_| Overflow),
    }
}
