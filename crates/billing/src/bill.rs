//! The distributor's bills: which of them count, and how a prediction turned out.
//!
//! An approved bill never changes. A wrong one turns *Credited* and a new number takes its place,
//! and nothing names the new one: it is proposed from companies, period and date, and a person
//! picks unless exactly one fits. Until then the period is in correction and the last good cost
//! stands.

pub mod matching;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::finding::BillLineKind;
use crate::id::Id;
use crate::money::{Currency, Money, MoneyError};
use crate::period::{Period, add_days};
use crate::reconcile::BillState;

/// A bill as far as the chain of corrections needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bill {
    pub id: Id,
    pub billed_on: NaiveDate,
    pub period: Period,
    /// What the MSP pays; settlements (credits taken, carried balance) left out, they are never
    /// cost.
    pub cost: Money,
    /// The companies its lines are for.
    pub companies: Vec<Id>,
    pub is_credited: bool,
    /// What a person picked.
    pub replaced_by: Option<Id>,
}

/// A replacement comes within this many days of the bill it corrects.
const REPLACED_WITHIN_DAYS: u64 = 62;

/// The month that a bill is for: most of its recurring lines begin in it. Without any, the month
/// it is dated in. A replacement made weeks later is for the same month.
pub fn month_of(billed_on: NaiveDate, recurring: impl IntoIterator<Item = NaiveDate>) -> Period {
    let mut months: BTreeMap<NaiveDate, (usize, Period)> = BTreeMap::new();
    for start in recurring {
        let month = Period::month_of(start);
        months.entry(month.start()).or_insert((0, month)).0 += 1;
    }
    // Of two as frequent, the earlier.
    let most = months
        .into_values()
        .rev()
        .max_by_key(|(lines, _)| *lines)
        .map(|(_, month)| month);
    most.unwrap_or_else(|| Period::month_of(billed_on))
}

/// Whether a person may say that `bill` takes the place of `credited`: in the same currency,
/// dated soon after, right itself, and not known to replace another.
pub fn may_replace(credited: &Bill, bill: &Bill, bills: &[Bill]) -> bool {
    let until = add_days(credited.billed_on, REPLACED_WITHIN_DAYS);
    let is_taken = || {
        bills
            .iter()
            .any(|b| b.id != credited.id && b.replaced_by == Some(bill.id))
    };
    credited.is_credited
        && bill.id != credited.id
        && !bill.is_credited
        && bill.cost.currency == credited.cost.currency
        && credited.billed_on <= bill.billed_on
        && bill.billed_on <= until
        && !is_taken()
}

/// The bills that could replace a credited one, best first: those that may, for the same period,
/// with most companies in common.
pub fn replacements<'a>(credited: &Bill, bills: &'a [Bill]) -> Vec<&'a Bill> {
    let in_common = |bill: &Bill| {
        bill.companies
            .iter()
            .filter(|c| credited.companies.contains(c))
            .count()
    };
    let mut fitting: Vec<&Bill> = bills
        .iter()
        .filter(|bill| bill.period == credited.period && in_common(bill) > 0)
        .filter(|bill| may_replace(credited, bill, bills))
        .collect();
    fitting.sort_by_key(|bill| (std::cmp::Reverse(in_common(bill)), bill.billed_on, bill.id));
    fitting
}

/// What takes the place of a credited bill: what a person picked, while it is still among the
/// bills, else the only one that fits.
pub fn replacement<'a>(credited: &Bill, bills: &'a [Bill]) -> Option<&'a Bill> {
    if !credited.is_credited {
        return None;
    }
    let picked = credited
        .replaced_by
        .and_then(|id| bills.iter().find(|bill| bill.id == id));
    picked.or_else(|| match replacements(credited, bills).as_slice() {
        [only] => Some(*only),
        _ => None,
    })
}

/// How each bill counts.
pub fn states(bills: &[Bill]) -> Vec<(Id, BillState)> {
    let is_open = |bill: &Bill| bill.is_credited && replacement(bill, bills).is_none();
    let contested: BTreeSet<Id> = bills
        .iter()
        .filter(|bill| is_open(bill))
        .flat_map(|bill| replacements(bill, bills))
        .map(|bill| bill.id)
        .collect();
    let state = |bill: &Bill| {
        if is_open(bill) {
            BillState::InCorrection
        } else if bill.is_credited {
            BillState::Credited
        } else if contested.contains(&bill.id) {
            BillState::Contested
        } else {
            BillState::Standing
        }
    };
    bills.iter().map(|bill| (bill.id, state(bill))).collect()
}

/// What a period cost, along the chain of corrections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodCost {
    pub cost: Money,
    /// The cost is the last good one, because what replaces it is not known yet.
    pub is_in_correction: bool,
}

/// The cost of `period`: what stands, and for a bill in correction its own last amount.
///
/// While a correction is open its possible replacements do not count beside it, or the month
/// would count twice.
pub fn period_cost(
    bills: &[Bill],
    period: Period,
    currency: Currency,
) -> Result<PeriodCost, MoneyError> {
    let of_period: Vec<&Bill> = bills
        .iter()
        .filter(|bill| bill.period == period && bill.cost.currency == currency)
        .collect();
    let state: BTreeMap<Id, BillState> = states(bills).into_iter().collect();
    let is_open = |bill: &Bill| state.get(&bill.id) == Some(&BillState::InCorrection);
    let counts = |bill: &&&Bill| {
        matches!(
            state.get(&bill.id),
            Some(BillState::Standing | BillState::InCorrection)
        )
    };
    let cost = Money::sum(
        currency,
        of_period.iter().filter(counts).map(|bill| bill.cost),
    )?;
    Ok(PeriodCost {
        cost,
        is_in_correction: of_period.iter().any(|bill| is_open(bill)),
    })
}

/// What a line of a bill, predicted or actual, is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineKey {
    pub company: Id,
    /// The subscription, else the product.
    pub bought: Id,
    pub kind: BillLineKind,
    pub period_start: NaiveDate,
}

/// A predicted line against the bill's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrueUp {
    pub line: LineKey,
    pub predicted: Option<Money>,
    pub billed: Option<Money>,
    /// Billed less predicted.
    pub difference: Money,
}

/// Every line whose bill is not what the draft items said, in order. Usage in arrears is missing
/// from draft items by nature and shows with no prediction.
pub fn true_up(
    predicted: &[(LineKey, Money)],
    billed: &[(LineKey, Money)],
) -> Result<Vec<TrueUp>, MoneyError> {
    let mut lines: BTreeMap<(LineKey, Currency), (Option<Money>, Option<Money>)> = BTreeMap::new();
    let add = |sum: &mut Option<Money>, more: Money| -> Result<(), MoneyError> {
        *sum = Some(
            sum.unwrap_or(Money::zero(more.currency))
                .checked_add(more)?,
        );
        Ok(())
    };
    for (key, money) in predicted {
        add(
            &mut lines.entry((*key, money.currency)).or_default().0,
            *money,
        )?;
    }
    for (key, money) in billed {
        add(
            &mut lines.entry((*key, money.currency)).or_default().1,
            *money,
        )?;
    }
    let mut differing = Vec::new();
    for ((line, currency), (predicted, billed)) in lines {
        let none = Money::zero(currency);
        let difference = billed
            .unwrap_or(none)
            .checked_sub(predicted.unwrap_or(none))?;
        if !difference.is_zero() {
            differing.push(TrueUp {
                line,
                predicted,
                billed,
                difference,
            });
        }
    }
    Ok(differing)
}
