//! Uplifts, margins, and the price that restores one.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::fraction::Fraction;
use crate::micro::{self, Micro};
use crate::money::{Currency, Money, MoneyError};
use crate::period::add_months;
use crate::policy::Rounding;

/// A rise on the contract's anniversary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uplift {
    /// In per cent.
    Percent(Micro),
    /// Per unit.
    Amount(Micro),
}

impl Uplift {
    /// The price after the uplift, stored rounded to the currency's minor unit.
    pub fn of(self, price: Micro, currency: Currency) -> Result<Micro, MoneyError> {
        match self {
            Uplift::Percent(percent) => crate::commitment::surcharged(price, percent, currency),
            Uplift::Amount(more) => price.checked_add(more).ok_or(MoneyError::TooLarge),
        }
    }
}

/// The first anniversary of `start` after `day`. The 29th of February has its anniversary on the
/// 28th in common years and on the 29th again in leap years.
pub fn next_anniversary(start: NaiveDate, day: NaiveDate) -> NaiveDate {
    let years = i64::from(day.year() - start.year()).max(0);
    let this_year = add_months(start, years * 12, start.day());
    if this_year > day && years > 0 {
        this_year
    } else {
        add_months(start, (years + 1) * 12, start.day())
    }
}

/// The anniversary of `start` before another one of its anniversaries; none for the first.
pub fn anniversary_before(start: NaiveDate, anniversary: NaiveDate) -> Option<NaiveDate> {
    let years = i64::from(anniversary.year() - start.year());
    (years > 1).then(|| add_months(start, (years - 1) * 12, start.day()))
}

/// `(sell − cost) / sell`, exact; none where sell is 0.
pub fn margin(sell: Money, cost: Money) -> Result<Option<Fraction>, MoneyError> {
    let earned = sell.checked_sub(cost)?;
    if sell.is_zero() {
        return Ok(None);
    }
    Ok(Some(earned.major().checked_div(sell.major())?))
}

/// The lowest price, in whole minor units, at which a unit has the target margin again.
pub fn restoring_price(
    unit_cost: Micro,
    target: Fraction,
    currency: Currency,
) -> Result<Micro, MoneyError> {
    let exact = unit_cost
        .fraction()
        .checked_div(Fraction::ONE.checked_sub(target)?)?;
    let minor = exact
        .checked_mul(Fraction::whole(currency.minor_per_major()))?
        .ceil();
    let minor = i64::try_from(minor).map_err(|_| MoneyError::TooLarge)?;
    let per_minor = micro::ONE / currency.minor_per_major();
    minor
        .checked_mul(per_minor)
        .map(Micro)
        .ok_or(MoneyError::TooLarge)
}

/// What a cost rise does to one contract line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostRise {
    pub margin_before: Option<Fraction>,
    pub margin_after: Option<Fraction>,
    /// The price that restores the target margin.
    pub restoring_price: Micro,
}

/// The line's margin before and after its unit cost rose, and the price that mends it.
pub fn cost_rise(
    unit_price: Micro,
    (cost_before, cost_now): (Micro, Micro),
    target: Fraction,
    currency: Currency,
) -> Result<CostRise, MoneyError> {
    let share = |cost: Micro| -> Result<Option<Fraction>, MoneyError> {
        if unit_price.is_zero() {
            return Ok(None);
        }
        let earned = unit_price.fraction().checked_sub(cost.fraction())?;
        Ok(Some(earned.checked_div(unit_price.fraction())?))
    };
    Ok(CostRise {
        margin_before: share(cost_before)?,
        margin_after: share(cost_now)?,
        restoring_price: restoring_price(cost_now, target, currency)?,
    })
}

/// A sum in another currency at its document's own ledger rate, for one ranking only; shown with
/// ≈. `rate` is how many units of the document's currency one unit of `into` is.
pub fn approximately(amount: Money, rate: Micro, into: Currency) -> Result<Money, MoneyError> {
    Money::from_major(
        amount.major().checked_div(rate.fraction())?,
        into,
        Rounding::HalfUp,
    )
}
