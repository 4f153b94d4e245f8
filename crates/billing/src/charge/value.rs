//! What a quantity is worth for some days of a period, written down step by step.

use super::{Charge, ChargeError, Terms};
use crate::coverage::Key;
use crate::explanation::{Explanation, Meaning, Op, Operand, Reasoning};
use crate::fraction::Fraction;
use crate::micro::Micro;
use crate::money::{Discount, LedgerForm, Money};
use crate::period::{Period, Tile};
use crate::policy::{Policy, PriceChange};
use crate::proration::share;

/// A price and the share of it that is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Priced {
    pub(super) unit_price: Micro,
    pub(super) share: Fraction,
}

/// The prices of `days`, in order. One, unless a step starts inside them and counts immediately;
/// then the parts add up to the share of all days exactly.
pub(super) fn prices(
    terms: &Terms,
    policy: &Policy,
    tile: &Tile,
    days: Period,
) -> Result<Vec<Priced>, ChargeError> {
    let all = share(tile, days, terms.price_per, policy.basis)?;
    if policy.price_change == PriceChange::NextPeriod {
        let unit_price = terms.price_on(tile.service.start());
        return Ok(vec![Priced {
            unit_price,
            share: all,
        }]);
    }
    let mut steps: Vec<_> = terms
        .price_steps
        .iter()
        .filter(|step| !step.is_late && days.start() < step.from && step.from < days.end())
        .collect();
    steps.sort_by_key(|step| step.from);
    let mut priced = Vec::with_capacity(steps.len() + 1);
    let mut unit_price = timely_price(terms, days.start(), tile);
    let mut left = all;
    for step in steps {
        let Some(rest) = days.from_day(step.from) else {
            continue;
        };
        let after = share(tile, rest, terms.price_per, policy.basis)?;
        priced.push(Priced {
            unit_price,
            share: left.checked_sub(after)?,
        });
        (unit_price, left) = (step.unit_price, after);
    }
    priced.push(Priced {
        unit_price,
        share: left,
    });
    Ok(priced)
}

/// The price at a day, without a step that was agreed too late for the period's own invoice.
fn timely_price(terms: &Terms, day: chrono::NaiveDate, tile: &Tile) -> Micro {
    let is_known = |step: &&super::PriceStep| !step.is_late || step.from <= tile.service.start();
    let started = terms
        .price_steps
        .iter()
        .filter(is_known)
        .filter(|step| step.from <= day);
    started
        .max_by_key(|step| step.from)
        .map_or(terms.unit_price, |step| step.unit_price)
}

/// `quantity × price × share` for each price, one step each.
pub(super) fn multiply(
    reasoning: &mut Reasoning,
    meaning: Meaning,
    quantity: Operand,
    prices: &[Priced],
) -> Result<Vec<Operand>, ChargeError> {
    let mut values = Vec::with_capacity(prices.len());
    for priced in prices {
        let price = Operand::micro(priced.unit_price);
        let operands = vec![quantity, price, Operand::Number(priced.share)];
        values.push(reasoning.step(meaning, Op::Multiply, operands)?);
    }
    Ok(values)
}

/// Takes the line's discount off `value`. A percentage counts for changes too, an amount only for
/// the period's own charge, in proportion to its days and never beyond it.
pub(super) fn take_discount(
    reasoning: &mut Reasoning,
    terms: &Terms,
    day: chrono::NaiveDate,
    value: Operand,
    own_share: Option<Fraction>,
) -> Result<Operand, ChargeError> {
    let Some(given) = terms.discount.filter(|discount| discount.applies_on(day)) else {
        return Ok(value);
    };
    match given.discount {
        Discount::Percent { percent } => {
            if percent.0 % 10_000 != 0 || !(0..=100_000_000).contains(&percent.0) {
                return Err(ChargeError::BadDiscount);
            }
            let keep = Fraction::ratio(i128::from(100_000_000 - percent.0), 100_000_000);
            let operands = vec![value, Operand::Number(keep)];
            Ok(reasoning.step(Meaning::Discounted, Op::Multiply, operands)?)
        }
        Discount::Amount { amount } => {
            Money::zero(terms.currency).checked_add(amount)?;
            let Some(share) = own_share else {
                return Ok(value);
            };
            let operands = vec![Operand::Number(amount.major()), Operand::Number(share)];
            let off = reasoning.step(Meaning::Discount, Op::Multiply, operands)?;
            let off = reasoning.step(Meaning::Discount, Op::Smallest, vec![off, value])?;
            Ok(reasoning.step(Meaning::Discounted, Op::Subtract, vec![value, off])?)
        }
    }
}

/// All values together; one is taken as it is.
pub(super) fn sum(reasoning: &mut Reasoning, values: Vec<Operand>) -> Result<Operand, ChargeError> {
    match values.as_slice() {
        [one] => Ok(*one),
        _ => Ok(reasoning.step(Meaning::Value, Op::Add, values)?),
    }
}

/// Rounds once: the amount, and what it was before.
pub(super) fn total(
    reasoning: &mut Reasoning,
    terms: &Terms,
    policy: &Policy,
    value: Operand,
) -> Result<(Money, Fraction), ChargeError> {
    let exact = reasoning.value(value);
    let op = Op::RoundMoney {
        currency: terms.currency,
        rounding: policy.rounding,
    };
    reasoning.step(Meaning::Total, op, vec![value])?;
    Ok((
        Money::from_major(exact, terms.currency, policy.rounding)?,
        exact,
    ))
}

/// A line of an invoice whose amount has been worked out.
pub(super) struct Worked {
    pub(super) coverage: Key,
    pub(super) period: Period,
    pub(super) quantity: Micro,
    pub(super) unit_price: Micro,
    pub(super) net: Money,
    pub(super) exact: Fraction,
    pub(super) explanation: Explanation,
}

impl Worked {
    /// The share is what the amount is of `quantity × unit_price`, whatever made it so.
    pub(super) fn charge(self, terms: &Terms) -> Result<Charge, ChargeError> {
        let Worked {
            coverage,
            period,
            quantity,
            unit_price,
            net,
            exact,
            explanation,
        } = self;
        let full = quantity.fraction().checked_mul(unit_price.fraction())?;
        let share = if full.is_zero() {
            Fraction::ONE
        } else {
            exact.checked_div(full)?
        };
        let form = LedgerForm::of(net, quantity, unit_price, share)?;
        Ok(Charge {
            line: terms.line,
            coverage,
            period,
            quantity,
            unit_price,
            share,
            net,
            form,
            on_its_own: false,
            count: None,
            explanation,
        })
    }
}
