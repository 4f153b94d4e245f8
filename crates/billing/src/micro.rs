//! Exact decimals with six places: unit prices, quantities and rates.
//!
//! Stored as an integer of millionths, the same number the database holds. More than six places
//! are refused, never cut: a price with nine decimals is a question for a person.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fraction::Fraction;

/// Millionths of one.
pub const ONE: i64 = 1_000_000;

/// An exact decimal of up to six places. `Micro(22_000_000)` is 22.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Micro(pub i64);

/// A number that is not an exact decimal of at most six places in range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMicro {
    #[error("\"{0}\" is not a number")]
    NotANumber(String),
    #[error("{0} has more than six decimal places")]
    TooManyPlaces(Decimal),
    #[error("{0} is too large")]
    TooLarge(Decimal),
}

impl Micro {
    pub const ZERO: Micro = Micro(0);
    pub const ONE: Micro = Micro(ONE);

    /// A whole number of units.
    pub const fn whole(units: i32) -> Micro {
        Micro(units as i64 * ONE)
    }

    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    pub fn checked_add(self, other: Micro) -> Option<Micro> {
        self.0.checked_add(other.0).map(Micro)
    }

    pub fn checked_sub(self, other: Micro) -> Option<Micro> {
        self.0.checked_sub(other.0).map(Micro)
    }

    /// Adds, staying at the largest representable number instead of wrapping. For counts, where
    /// nine million million of anything is nonsense that must not become a small number.
    #[must_use]
    pub const fn plus(self, other: Micro) -> Micro {
        Micro(self.0.saturating_add(other.0))
    }

    /// Subtracts, staying within range; see [`Micro::plus`].
    #[must_use]
    pub const fn minus(self, other: Micro) -> Micro {
        Micro(self.0.saturating_sub(other.0))
    }

    #[must_use]
    pub fn or_zero(self) -> Micro {
        self.max(Micro::ZERO)
    }

    pub fn fraction(self) -> Fraction {
        Fraction::ratio(i128::from(self.0), i128::from(ONE))
    }

    pub fn decimal(self) -> Decimal {
        Decimal::new(self.0, 6).normalize()
    }
}

impl TryFrom<Decimal> for Micro {
    type Error = NotMicro;

    fn try_from(number: Decimal) -> Result<Self, NotMicro> {
        let exact = number.normalize();
        if exact.scale() > 6 {
            return Err(NotMicro::TooManyPlaces(number));
        }
        let factor = 10_i128.pow(6 - exact.scale());
        exact
            .mantissa()
            .checked_mul(factor)
            .and_then(|micros| i64::try_from(micros).ok())
            .map(Micro)
            .ok_or(NotMicro::TooLarge(number))
    }
}

impl From<Micro> for Decimal {
    fn from(number: Micro) -> Decimal {
        number.decimal()
    }
}

impl FromStr for Micro {
    type Err = NotMicro;

    fn from_str(text: &str) -> Result<Self, NotMicro> {
        let number = Decimal::from_str_exact(text.trim())
            .map_err(|_| NotMicro::NotANumber(text.to_owned()))?;
        Micro::try_from(number)
    }
}

impl fmt::Display for Micro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.decimal())
    }
}

impl Sum for Micro {
    fn sum<I: Iterator<Item = Micro>>(numbers: I) -> Micro {
        numbers.fold(Micro::ZERO, Micro::plus)
    }
}

impl Serialize for Micro {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Micro {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Micro, NotMicro};

    #[test]
    fn reads_six_places_and_refuses_a_seventh() {
        assert_eq!("22.00".parse(), Ok(Micro(22_000_000)));
        assert_eq!("-0.000001".parse(), Ok(Micro(-1)));
        assert_eq!("1.5000000000".parse(), Ok(Micro(1_500_000)));
        assert!(matches!(
            "0.123456789".parse::<Micro>(),
            Err(NotMicro::TooManyPlaces(_))
        ));
        assert!(matches!(
            "99999999999999999999".parse::<Micro>(),
            Err(NotMicro::TooLarge(_))
        ));
        assert!(matches!(
            "1e3".parse::<Micro>(),
            Err(NotMicro::NotANumber(_))
        ));
        assert!(matches!(
            "12,50".parse::<Micro>(),
            Err(NotMicro::NotANumber(_))
        ));
    }

    #[test]
    fn is_text_in_json() {
        assert_eq!(
            serde_json::to_string(&Micro(19_900_000)).unwrap(),
            "\"19.9\""
        );
        assert_eq!(
            serde_json::from_str::<Micro>("\"19.90\"").unwrap(),
            Micro(19_900_000)
        );
    }
}
