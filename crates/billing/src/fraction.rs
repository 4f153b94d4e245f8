//! Exact fractions, so that a share of a price is multiplied first, divided last, rounded once.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::policy::Rounding;

/// A number too large for exact arithmetic, or a division by nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the numbers are too large to calculate exactly")]
pub struct Overflow;

/// An exact rational number in lowest terms; the denominator is always positive.
///
/// Written `17/31` (or `5` when whole) at rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fraction {
    num: i128,
    den: i128,
}

impl Default for Fraction {
    fn default() -> Fraction {
        Fraction::ZERO
    }
}

impl Fraction {
    pub const ZERO: Fraction = Fraction { num: 0, den: 1 };
    pub const ONE: Fraction = Fraction { num: 1, den: 1 };

    /// `num / den`, or nothing when `den` is zero or a part cannot be negated.
    pub fn new(num: i128, den: i128) -> Option<Fraction> {
        if den == 0 || num == i128::MIN || den == i128::MIN {
            return None;
        }
        let divisor = gcd(num, den).max(1);
        let sign = if den < 0 { -1 } else { 1 };
        Some(Fraction {
            num: sign * (num / divisor),
            den: sign * (den / divisor),
        })
    }

    /// `num / den` for parts that are known to be sound: small numbers and a fixed denominator.
    /// A zero denominator gives zero.
    pub(crate) fn ratio(num: i128, den: i128) -> Fraction {
        Fraction::new(num, den).unwrap_or(Fraction::ZERO)
    }

    pub fn whole(number: i64) -> Fraction {
        Fraction {
            num: i128::from(number),
            den: 1,
        }
    }

    pub const fn num(self) -> i128 {
        self.num
    }

    pub const fn den(self) -> i128 {
        self.den
    }

    pub const fn is_zero(self) -> bool {
        self.num == 0
    }

    pub const fn is_negative(self) -> bool {
        self.num < 0
    }

    #[must_use]
    pub fn negated(self) -> Fraction {
        Fraction {
            num: -self.num,
            den: self.den,
        }
    }

    pub fn checked_add(self, other: Fraction) -> Result<Fraction, Overflow> {
        let divisor = gcd(self.den, other.den).max(1);
        let left = self.num.checked_mul(other.den / divisor).ok_or(Overflow)?;
        let right = other.num.checked_mul(self.den / divisor).ok_or(Overflow)?;
        let num = left.checked_add(right).ok_or(Overflow)?;
        let den = (self.den / divisor)
            .checked_mul(other.den)
            .ok_or(Overflow)?;
        Fraction::new(num, den).ok_or(Overflow)
    }

    pub fn checked_sub(self, other: Fraction) -> Result<Fraction, Overflow> {
        self.checked_add(other.negated())
    }

    pub fn checked_mul(self, other: Fraction) -> Result<Fraction, Overflow> {
        // Cancelling crosswise first keeps the parts small.
        let a = gcd(self.num, other.den).max(1);
        let b = gcd(other.num, self.den).max(1);
        let num = (self.num / a).checked_mul(other.num / b).ok_or(Overflow)?;
        let den = (self.den / b).checked_mul(other.den / a).ok_or(Overflow)?;
        Fraction::new(num, den).ok_or(Overflow)
    }

    pub fn checked_div(self, other: Fraction) -> Result<Fraction, Overflow> {
        let inverse = Fraction::new(other.den, other.num).ok_or(Overflow)?;
        self.checked_mul(inverse)
    }

    /// The nearest whole number; a half goes where `rounding` sends it.
    pub fn round(self, rounding: Rounding) -> i128 {
        let floor = self.num.div_euclid(self.den);
        let rest = self.num.rem_euclid(self.den);
        // `rest < den`, so comparing with what is left over cannot overflow as doubling could.
        let up = match rest.cmp(&(self.den - rest)) {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => match rounding {
                Rounding::HalfUp => self.num > 0,
                Rounding::HalfDown => self.num < 0,
                Rounding::HalfEven => floor.rem_euclid(2) == 1,
            },
        };
        if up { floor + 1 } else { floor }
    }

    /// The largest whole number not above this one.
    pub fn floor(self) -> i128 {
        self.num.div_euclid(self.den)
    }

    /// The smallest whole number not below this one.
    pub fn ceil(self) -> i128 {
        -self.negated().floor()
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Fraction) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Fraction) -> Ordering {
        // Whole parts decide first; only the remainders below one are compared crosswise, by the
        // continued fraction, which never needs a product.
        let mut a = (self.num, self.den);
        let mut b = (other.num, other.den);
        let mut swapped = false;
        loop {
            let (whole_a, whole_b) = (a.0.div_euclid(a.1), b.0.div_euclid(b.1));
            let (rest_a, rest_b) = (a.0.rem_euclid(a.1), b.0.rem_euclid(b.1));
            let order = whole_a.cmp(&whole_b).then_with(|| match (rest_a, rest_b) {
                (0, 0) => Ordering::Equal,
                (0, _) => Ordering::Less,
                (_, 0) => Ordering::Greater,
                _ => Ordering::Equal,
            });
            if order != Ordering::Equal || rest_a == 0 {
                return if swapped { order.reverse() } else { order };
            }
            a = (a.1, rest_a);
            b = (b.1, rest_b);
            swapped = !swapped;
        }
    }
}

fn gcd(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i128::try_from(a).unwrap_or(1)
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.den == 1 {
            write!(f, "{}", self.num)
        } else {
            write!(f, "{}/{}", self.num, self.den)
        }
    }
}

/// Text that is not a fraction such as `17/31`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a fraction")]
pub struct NotAFraction(String);

impl FromStr for Fraction {
    type Err = NotAFraction;

    fn from_str(text: &str) -> Result<Self, NotAFraction> {
        let refuse = || NotAFraction(text.to_owned());
        let (num, den) = text.split_once('/').unwrap_or((text, "1"));
        let num = num.trim().parse().map_err(|_| refuse())?;
        let den = den.trim().parse().map_err(|_| refuse())?;
        Fraction::new(num, den).ok_or_else(refuse)
    }
}

impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}
