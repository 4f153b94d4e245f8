//! The share of a price that a part of a period owes.

use crate::charge::PricePer;
use crate::fraction::{Fraction, Overflow};
use crate::period::{Period, Tile};
use crate::policy::Basis;

/// A part that does not lie in its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    #[error("the days to charge lie outside their period")]
    OutsideThePeriod,
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// How many unit prices `days` of `tile` owe, exactly.
///
/// A price per term is owed once for the whole period; a price per month once for each month of
/// it, each part month by its own length.
pub fn share(
    tile: &Tile,
    days: Period,
    price_per: PricePer,
    basis: Basis,
) -> Result<Fraction, ShareError> {
    if days.intersection(tile.nominal) != Some(days) {
        return Err(ShareError::OutsideThePeriod);
    }
    let months = tile.months();
    let month_count = i128::try_from(months.len()).unwrap_or(1).max(1);
    if basis == Basis::None {
        let whole = match price_per {
            PricePer::Month => Fraction::ratio(month_count, 1),
            PricePer::Term => Fraction::ONE,
        };
        return Ok(if days.start() == tile.nominal.start() {
            whole
        } else {
            Fraction::ZERO
        });
    }
    if price_per == PricePer::Term && basis != Basis::WholeMonths {
        return Ok(part_of(
            tile.nominal,
            days,
            month_count,
            basis,
            tile.cycle.months().is_some(),
        ));
    }
    let mut owed = Fraction::ZERO;
    for month in months {
        if let Some(days) = month.intersection(days) {
            owed = owed.checked_add(part_of(
                month,
                days,
                1,
                basis,
                tile.cycle.months().is_some(),
            ))?;
        }
    }
    match price_per {
        PricePer::Month => Ok(owed),
        PricePer::Term => Ok(owed.checked_div(Fraction::ratio(month_count, 1))?),
    }
}

/// One stretch against its whole. Weeks have no months to count thirty days to.
fn part_of(whole: Period, days: Period, months: i128, basis: Basis, in_months: bool) -> Fraction {
    if whole == days {
        return Fraction::ONE;
    }
    let count = i128::from(days.days());
    match basis {
        Basis::ThirtyDays if in_months => {
            let thirty = 30 * months;
            Fraction::ratio(count.min(thirty), thirty)
        }
        Basis::WholeMonths if in_months => Fraction::ONE,
        _ => Fraction::ratio(count, i128::from(whole.days())),
    }
}
