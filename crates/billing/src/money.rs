//! Money: an integer of the currency's minor unit, and the currency with it.
//!
//! An amount never changes currency silently: every operation on two amounts refuses two
//! currencies.

mod allocation;
mod ledger_line;
mod tax;

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use allocation::allocate;
pub use ledger_line::LedgerForm;
pub use tax::{
    Discount, DiscountError, DocumentError, DocumentTotals, TaxedAmount, TaxedLine, discounted,
    document_totals,
};

use crate::fraction::{Fraction, Overflow};
use crate::micro::Micro;
use crate::policy::Rounding;

/// An ISO 4217 code of three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Text that is not a currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a currency code; use three letters such as GBP")]
pub struct NotACurrency(String);

impl Currency {
    pub const GBP: Currency = Currency(*b"GBP");
    pub const EUR: Currency = Currency(*b"EUR");
    pub const USD: Currency = Currency(*b"USD");
    pub const NZD: Currency = Currency(*b"NZD");
    pub const AUD: Currency = Currency(*b"AUD");
    pub const JPY: Currency = Currency(*b"JPY");
    pub const KWD: Currency = Currency(*b"KWD");

    pub fn code(&self) -> &str {
        // The constructor lets only ASCII capitals in.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many decimal places the smallest coin has: 2 for most, 0 for JPY, 3 for KWD.
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            b"CLF" | b"UYW" => 4,
            _ => 2,
        }
    }

    /// Minor units in one major unit: 100 for GBP.
    pub fn minor_per_major(self) -> i64 {
        10_i64.pow(self.minor_digits())
    }
}

impl FromStr for Currency {
    type Err = NotACurrency;

    fn from_str(text: &str) -> Result<Self, NotACurrency> {
        match text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|l| l.is_ascii_uppercase()) => {
                Ok(Currency([*a, *b, *c]))
            }
            _ => Err(NotACurrency(text.to_owned())),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// An amount that cannot be calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("amounts in {0} and {1} cannot be put together")]
    TwoCurrencies(Currency, Currency),
    #[error("the amount is too large to calculate exactly")]
    TooLarge,
}

impl From<Overflow> for MoneyError {
    fn from(_: Overflow) -> MoneyError {
        MoneyError::TooLarge
    }
}

/// An amount of one currency, in its minor unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Money {
        Money { minor: 0, currency }
    }

    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Rounds an exact amount of major units (pounds, not pence), once.
    pub fn from_major(
        major: Fraction,
        currency: Currency,
        rounding: Rounding,
    ) -> Result<Money, MoneyError> {
        let minor = major
            .checked_mul(Fraction::whole(currency.minor_per_major()))?
            .round(rounding);
        let minor = i64::try_from(minor).map_err(|_| MoneyError::TooLarge)?;
        Ok(Money { minor, currency })
    }

    /// The exact number of major units.
    pub fn major(self) -> Fraction {
        Fraction::ratio(
            i128::from(self.minor),
            i128::from(self.currency.minor_per_major()),
        )
    }

    pub fn checked_add(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        let minor = self
            .minor
            .checked_add(other.minor)
            .ok_or(MoneyError::TooLarge)?;
        Ok(Money { minor, ..self })
    }

    pub fn checked_sub(self, other: Money) -> Result<Money, MoneyError> {
        self.same_currency(other)?;
        let minor = self
            .minor
            .checked_sub(other.minor)
            .ok_or(MoneyError::TooLarge)?;
        Ok(Money { minor, ..self })
    }

    pub fn negated(self) -> Result<Money, MoneyError> {
        Money::zero(self.currency).checked_sub(self)
    }

    /// Adds up amounts of one currency; none at all is zero of `currency`.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Money>,
    ) -> Result<Money, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Money::zero(currency), Money::checked_add)
    }

    fn same_currency(self, other: Money) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::TwoCurrencies(self.currency, other.currency))
        }
    }
}

/// `22.00 GBP`: the number of places the currency has, then its code.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let sign = if self.minor < 0 { "-" } else { "" };
        let minor = self.minor.unsigned_abs();
        let unit = 10_u64.pow(digits);
        if digits == 0 {
            write!(f, "{sign}{minor} {}", self.currency)
        } else {
            let (whole, part) = (minor / unit, minor % unit);
            let width = digits as usize;
            write!(f, "{sign}{whole}.{part:0width$} {}", self.currency)
        }
    }
}

/// `quantity × unit_price × share`, rounded once. The full unit price is carried; a printed one
/// is never computed with again.
pub fn line_total(
    quantity: Micro,
    unit_price: Micro,
    share: Fraction,
    currency: Currency,
    rounding: Rounding,
) -> Result<Money, MoneyError> {
    let exact = quantity
        .fraction()
        .checked_mul(unit_price.fraction())?
        .checked_mul(share)?;
    Money::from_major(exact, currency, rounding)
}
