//! Commitments: what they cost by the month, when they may fall, and what happens at their end.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::fraction::Fraction;
use crate::micro::{self, Micro};
use crate::money::{Currency, Money, MoneyError};
use crate::period::{Period, add_days};
use crate::policy::Rounding;

/// A price raised by a percentage and stored as it is charged: rounded to the currency's minor
/// unit. 12.50 + 5 % is 13.13, and twelve of them are 157.56.
pub fn surcharged(price: Micro, percent: Micro, currency: Currency) -> Result<Micro, MoneyError> {
    let factor =
        Fraction::ONE.checked_add(percent.fraction().checked_mul(Fraction::ratio(1, 100))?)?;
    let raised = Money::from_major(
        price.fraction().checked_mul(factor)?,
        currency,
        Rounding::HalfUp,
    )?;
    let per_minor = micro::ONE / currency.minor_per_major();
    raised
        .minor
        .checked_mul(per_minor)
        .map(Micro)
        .ok_or(MoneyError::TooLarge)
}

/// Days after a purchase or renewal in which a quantity may fall (Microsoft: 7 calendar days).
pub const MICROSOFT_WINDOW_DAYS: u64 = 7;

/// Seats bought or renewed together. Seats added later have a window of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tranche {
    pub quantity: Micro,
    /// The day it was bought or renewed, the first of its window.
    pub since: NaiveDate,
}

impl Tranche {
    /// The days in which it may still be given back.
    pub fn window(&self, days: u64) -> Option<Period> {
        Period::new(self.since, add_days(self.since, days)).ok()
    }
}

/// How many units may be given back on a day.
pub fn reducible(tranches: &[Tranche], on: NaiveDate, window_days: u64) -> Micro {
    let open = tranches.iter().filter(|tranche| {
        tranche
            .window(window_days)
            .is_some_and(|window| window.contains(on))
    });
    open.map(|tranche| tranche.quantity).sum()
}

/// What the contract does when the client wants fewer than are committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnDecrease {
    /// The client's quantity falls with what was asked for; the MSP eats the rest.
    Mirror,
    /// It stays until the commitment lets it fall.
    Hold,
    Refuse,
}

/// A decrease and what it would mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decrease {
    /// The quantity billed from now on; none if the decrease is refused.
    pub billed: Option<Micro>,
    /// What the commitment keeps.
    pub committed: Micro,
    /// What the MSP pays a month for units nobody is billed for.
    pub eaten: Money,
}

/// What asking for `wanted` of the committed units does on a day.
pub fn decrease(
    tranches: &[Tranche],
    wanted: Micro,
    on: NaiveDate,
    (unit_cost, currency): (Micro, Currency),
    choice: OnDecrease,
) -> Result<Decrease, MoneyError> {
    let now: Micro = tranches.iter().map(|tranche| tranche.quantity).sum();
    let least = now.minus(reducible(tranches, on, MICROSOFT_WINDOW_DAYS));
    let committed = wanted.max(least).min(now);
    let billed = match choice {
        OnDecrease::Hold => Some(committed),
        OnDecrease::Refuse if wanted < committed => None,
        OnDecrease::Mirror | OnDecrease::Refuse => Some(wanted),
    };
    let unbilled = committed.minus(billed.unwrap_or(committed)).or_zero();
    let eaten = unbilled.fraction().checked_mul(unit_cost.fraction())?;
    let eaten = Money::from_major(eaten, currency, Rounding::HalfUp)?;
    Ok(Decrease {
        billed,
        committed,
        eaten,
    })
}

/// From this day auto-renew off without a cancellation becomes a paid monthly term.
pub fn extended_terms_since() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 5, 4).unwrap_or(NaiveDate::MAX)
}

/// What is decided at the end of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndOfTerm {
    Renew,
    Change,
    Cancel,
    /// Nothing was decided: a paid monthly term at a higher price.
    Extended,
    /// Nothing was decided, and the term ends.
    Lapse,
}

/// A term that is about to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ending {
    pub on: NaiveDate,
    pub renews_by_itself: bool,
    pub is_cancelled: bool,
    pub quantity: Micro,
    /// Per unit a month in the running term.
    pub unit_cost: Micro,
    /// Per unit on the monthly plan, where the product has one.
    pub monthly_plan_cost: Option<Micro>,
    pub currency: Currency,
}

/// What doing nothing leads to, and what it costs a month more than today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoingNothing {
    pub outcome: EndOfTerm,
    pub unit_cost: Micro,
    pub more_a_month: Money,
}

/// The extended term costs the monthly price + 3 %, or + 23 % where no monthly plan exists.
pub fn doing_nothing(ending: &Ending) -> Result<DoingNothing, MoneyError> {
    let none = Money::zero(ending.currency);
    let stays = |outcome| DoingNothing {
        outcome,
        unit_cost: ending.unit_cost,
        more_a_month: none,
    };
    if ending.is_cancelled {
        return Ok(stays(EndOfTerm::Cancel));
    }
    if ending.renews_by_itself {
        return Ok(stays(EndOfTerm::Renew));
    }
    if ending.on < extended_terms_since() {
        return Ok(stays(EndOfTerm::Lapse));
    }
    let (base, percent) = match ending.monthly_plan_cost {
        Some(monthly) => (monthly, Micro::whole(3)),
        None => (ending.unit_cost, Micro::whole(23)),
    };
    let unit_cost = surcharged(base, percent, ending.currency)?;
    let more = unit_cost
        .minus(ending.unit_cost)
        .fraction()
        .checked_mul(ending.quantity.fraction())?;
    let more_a_month = Money::from_major(more, ending.currency, Rounding::HalfUp)?;
    Ok(DoingNothing {
        outcome: EndOfTerm::Extended,
        unit_cost,
        more_a_month,
    })
}
