//! Monthly recurring revenue: the monthly value of active recurring contract lines, and how it
//! moved.
//!
//! Without one-offs, tax, trials, unconfirmed overage and discounts that have expired. The value
//! of subscriptions is another number and is never added to it.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::charge::{PricePer, Terms};
use crate::fraction::Fraction;
use crate::id::Id;
use crate::micro::Micro;
use crate::money::{Currency, Discount, Money, MoneyError};
use crate::period::Cycle;
use crate::policy::Rounding;

/// What a line is worth a month on a day, at the quantity that is billed: for a metered line its
/// last settled one. Annual ÷ 12, quarterly ÷ 3, weekly × 52 ÷ 12, rounded once.
pub fn monthly_value(terms: &Terms, quantity: Micro, on: NaiveDate) -> Result<Money, MoneyError> {
    let none = Money::zero(terms.currency);
    let runs = terms.start <= on && terms.end.is_none_or(|end| on < end);
    let in_trial = terms.trial_until.is_some_and(|until| on < until);
    if !runs || in_trial {
        return Ok(none);
    }
    let steps = terms.cycle_steps.iter().filter(|step| step.from <= on);
    let cycle = steps
        .max_by_key(|step| step.from)
        .map_or(terms.cycle, |step| step.cycle);
    let Some(per_month) = months_share(cycle, terms.price_per) else {
        return Ok(none);
    };
    let price = terms.price_on(on).fraction();
    let full = quantity
        .fraction()
        .checked_mul(price)?
        .checked_mul(per_month)?;
    let discount = terms.discount.filter(|discount| discount.applies_on(on));
    let value = match discount.map(|given| given.discount) {
        None => full,
        Some(Discount::Percent { percent }) => {
            let keep = Fraction::ratio(i128::from(100_000_000 - percent.0), 100_000_000);
            full.checked_mul(keep)?
        }
        Some(Discount::Amount { amount }) => {
            Money::zero(terms.currency).checked_add(amount)?;
            // An amount is taken off once a period.
            let off = amount
                .major()
                .checked_mul(months_share(cycle, PricePer::Term).unwrap_or_default())?;
            full.checked_sub(off.min(full))?
        }
    };
    Money::from_major(value, terms.currency, Rounding::HalfUp)
}

/// How much of a price a month has; none for what does not recur.
fn months_share(cycle: Cycle, price_per: PricePer) -> Option<Fraction> {
    match (cycle, price_per) {
        (Cycle::Once, _) => None,
        (Cycle::Weekly, _) => Fraction::new(52, 12),
        (_, PricePer::Month) => Some(Fraction::ONE),
        (cycle, PricePer::Term) => Fraction::new(1, i128::from(cycle.months()?)),
    }
}

/// What one client is worth a month, in one currency.
pub type ByClient = BTreeMap<(Id, Currency), i64>;

/// How MRR moved between two days. `new + expansion − contraction − churn = change`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Movement {
    pub before: Money,
    pub new: Money,
    pub expansion: Money,
    pub contraction: Money,
    pub churn: Money,
    pub after: Money,
}

/// The movement of each currency; amounts of different currencies are never added.
pub fn movement(before: &ByClient, after: &ByClient) -> Result<Vec<Movement>, MoneyError> {
    let mut moved: BTreeMap<Currency, [i64; 6]> = BTreeMap::new();
    for key in before
        .keys()
        .chain(after.keys().filter(|key| !before.contains_key(key)))
    {
        let was = before.get(key).copied().unwrap_or(0);
        let is = after.get(key).copied().unwrap_or(0);
        let change = is.checked_sub(was).ok_or(MoneyError::TooLarge)?;
        let (new, expansion, contraction, churn) = match (was, is) {
            (0, _) => (change, 0, 0, 0),
            (_, 0) => (0, 0, 0, -change),
            _ if change >= 0 => (0, change, 0, 0),
            _ => (0, 0, -change, 0),
        };
        let sums = moved.entry(key.1).or_default();
        for (sum, more) in sums
            .iter_mut()
            .zip([was, new, expansion, contraction, churn, is])
        {
            *sum = sum.checked_add(more).ok_or(MoneyError::TooLarge)?;
        }
    }
    let of =
        |(currency, [before, new, expansion, contraction, churn, after]): (Currency, [i64; 6])| {
            let money = |minor| Money::new(minor, currency);
            Movement {
                before: money(before),
                new: money(new),
                expansion: money(expansion),
                contraction: money(contraction),
                churn: money(churn),
                after: money(after),
            }
        };
    Ok(moved.into_iter().map(of).collect())
}
