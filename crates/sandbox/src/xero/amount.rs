//! Money as Xero keeps it: totals in hundredths, unit prices as exact decimals.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Serialize, Serializer};

/// An amount in hundredths of its currency. Xero's totals always have two places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(i64);

impl Amount {
    pub const ZERO: Self = Self(0);

    pub const fn from_minor(minor: i64) -> Self {
        Self(minor)
    }

    pub const fn minor(self) -> i64 {
        self.0
    }

    /// Rounded half up (away from zero) to two places; `None` when out of range.
    pub fn rounded(value: Decimal) -> Option<Self> {
        let hundredths = round(value, 2).checked_mul(Decimal::ONE_HUNDRED)?;
        hundredths.to_i64().map(Self)
    }

    /// The same amount if it has no more than two places.
    pub fn exact(value: Decimal) -> Option<Self> {
        Self::rounded(value).filter(|amount| amount.decimal() == value)
    }

    pub fn decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// Half up, which for Xero means away from zero.
pub fn round(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

impl Add for Amount {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Amount {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        // Written by hand: a page of a thousand invoices holds twenty thousand of them.
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, hundredths) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        let text = format!("{sign}{whole}.{hundredths:02}");
        serde_json::Number::from_string_unchecked(text).serialize(out)
    }
}

/// Writes a decimal as a JSON number, digit for digit.
pub fn number<S: Serializer>(value: &Decimal, out: S) -> Result<S::Ok, S::Error> {
    serde_json::Number::from_string_unchecked(value.to_string()).serialize(out)
}

/// A three-letter currency code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

impl Currency {
    pub const GBP: Self = Self(*b"GBP");
    pub const EUR: Self = Self(*b"EUR");
    pub const USD: Self = Self(*b"USD");

    /// `None` unless the code is three capital letters.
    pub fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(letters))
    }

    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_with_two_places_and_their_sign() {
        let amounts = [0, 5, -5, 1200, -123_456].map(Amount::from_minor);
        let text = serde_json::to_string(&amounts).unwrap();
        assert_eq!(text, "[0.00,0.05,-0.05,12.00,-1234.56]");
    }

    #[test]
    fn half_a_cent_goes_up_and_a_third_place_is_not_exact() {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        for (value, minor) in [
            ("0.795", 80),
            ("-0.795", -80),
            ("21.8638", 2186),
            ("3.759", 376),
        ] {
            assert_eq!(
                Amount::rounded(decimal(value)),
                Some(Amount::from_minor(minor))
            );
            assert_eq!(Amount::exact(decimal(value)), None);
        }
        assert_eq!(
            Amount::exact(decimal("2.50")),
            Some(Amount::from_minor(250))
        );
    }
}
