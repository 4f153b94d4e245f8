//! What units are worth a month: multiplied first, divided last, rounded once.

use super::{Price, Subscription};
use crate::finding::{PriceSource, SellPrice};
use crate::micro::{self, Micro};
use crate::money::{Currency, Money};

/// `(price / months) × quantity` in millionths of millionths, times this, is whole for every term
/// there is: 1, 3, 6, 12, 24 and 36 months.
const MONTHS: i128 = 72;

/// An exact monthly sum, to be rounded once at the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Monthly(i128);

impl Monthly {
    pub(super) fn of(quantity: Micro, unit_price: Micro, months: u16) -> Monthly {
        let months = i128::from(months.max(1));
        let product = i128::from(quantity.0) * i128::from(unit_price.0);
        Monthly(match MONTHS % months {
            0 => product.saturating_mul(MONTHS / months),
            _ => product.saturating_mul(MONTHS) / months,
        })
    }

    pub(super) fn plus(self, other: Monthly) -> Monthly {
        Monthly(self.0.saturating_add(other.0))
    }

    pub(super) fn minus(self, other: Monthly) -> Monthly {
        Monthly(self.0.saturating_sub(other.0))
    }

    /// `num / den` of it. Days of a period are few, so nothing is lost before the one rounding
    /// that a person could see.
    pub(super) fn scaled(self, num: i128, den: i128) -> Monthly {
        Monthly(self.0.saturating_mul(num) / den.max(1))
    }

    pub(super) const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// As an exact decimal of six places, rounded half up.
    pub(super) fn micro(self) -> Micro {
        let micros = half_up(self.0, MONTHS * i128::from(micro::ONE));
        Micro(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    /// Half up, away from zero. A sum beyond what money can hold stays at the largest amount: it
    /// is still the first in every list.
    pub(super) fn money(self, currency: Currency) -> Money {
        let unit = MONTHS * i128::from(micro::ONE) * i128::from(micro::ONE);
        let per_major = i128::from(currency.minor_per_major());
        // Whole major units apart, so that the product stays in range.
        let (whole, rest) = (self.0 / unit, self.0 % unit);
        let minor = whole
            .saturating_mul(per_major)
            .saturating_add(half_up(rest * per_major, unit));
        Money::new(
            i64::try_from(minor).unwrap_or(if minor < 0 { i64::MIN } else { i64::MAX }),
            currency,
        )
    }
}

/// `num / den` to the nearest whole number, a half away from zero.
pub(super) fn half_up(num: i128, den: i128) -> i128 {
    let (whole, rest) = (num / den, num % den);
    if rest.abs() * 2 >= den {
        whole + num.signum()
    } else {
        whole
    }
}

/// An amount that came once, as the months of a year.
pub(super) fn twelfth(amount: Money) -> Money {
    let minor = half_up(i128::from(amount.minor), 12);
    Money::new(
        i64::try_from(minor).unwrap_or(amount.minor),
        amount.currency,
    )
}

/// An amount for `months` months, for one.
pub(super) fn a_month(amount: Money, months: u16) -> Money {
    let minor = half_up(i128::from(amount.minor), i128::from(months.max(1)));
    Money::new(
        i64::try_from(minor).unwrap_or(amount.minor),
        amount.currency,
    )
}

impl SellPrice {
    pub(super) fn from_price(price: Price, source: PriceSource) -> SellPrice {
        let Price {
            unit_price,
            currency,
            months,
        } = price;
        SellPrice {
            unit_price,
            currency,
            months,
            source,
        }
    }

    /// What the distributor suggests, or for want of that the cost and a fifth.
    pub(super) fn of_subscription(sold: &Subscription) -> SellPrice {
        let months = sold.term_months.unwrap_or(1);
        let of = |unit_price| Price {
            unit_price,
            currency: sold.currency,
            months,
        };
        if sold.price.is_positive() {
            SellPrice::from_price(of(sold.price), PriceSource::VendorPrice)
        } else {
            SellPrice::from_cost(Some(of(sold.cost)), sold.currency)
        }
    }

    /// Cost and a fifth; nothing known is worth nothing.
    pub(super) fn from_cost(cost: Option<Price>, currency: Currency) -> SellPrice {
        let known = cost.unwrap_or(Price {
            unit_price: Micro::ZERO,
            currency,
            months: 1,
        });
        let estimate = half_up(i128::from(known.unit_price.0) * 6, 5);
        let unit_price = Micro(i64::try_from(estimate).unwrap_or(i64::MAX));
        SellPrice::from_price(
            Price {
                unit_price,
                ..known
            },
            PriceSource::EstimatedFromCost,
        )
    }

    pub(super) fn monthly(&self, quantity: Micro) -> Monthly {
        Monthly::of(quantity, self.unit_price, self.months)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_once_and_half_up() {
        let seven = Monthly::of(Micro::whole(7), Micro::whole(22), 1);
        assert_eq!(seven.money(Currency::GBP).minor, 15_400);
        let annual = Monthly::of(Micro::whole(5), Micro::whole(264), 12);
        assert_eq!(annual.money(Currency::GBP).minor, 11_000);
        let thirds = Monthly::of(Micro::ONE, Micro::whole(10), 3);
        assert_eq!(
            thirds.plus(thirds).plus(thirds).money(Currency::GBP).minor,
            10_00
        );
        let back = Monthly::of(Micro::whole(-1), Micro(5_000), 1);
        assert_eq!(back.money(Currency::GBP).minor, -1);
        assert_eq!(twelfth(Money::new(6, Currency::GBP)).minor, 1);
    }
}
