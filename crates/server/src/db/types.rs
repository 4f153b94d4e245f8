//! Column types that mean the same in both engines: instants, calendar dates, exact decimals.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sqlx::{Database, Decode, Type, error::BoxDynError};

use super::value::{Bind, Kind, Value};

/// An instant, stored as `bigint` microseconds UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct At(pub DateTime<Utc>);

impl At {
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    pub fn from_micros(micros: i64) -> Self {
        Self(DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::UNIX_EPOCH))
    }
}

impl std::ops::Add<TimeDelta> for At {
    type Output = Self;
    fn add(self, delta: TimeDelta) -> Self {
        Self(self.0 + delta)
    }
}

impl std::ops::Sub<TimeDelta> for At {
    type Output = Self;
    fn sub(self, delta: TimeDelta) -> Self {
        Self(self.0 - delta)
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0
            .to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
            .fmt(f)
    }
}

/// A calendar date in the organization's zone, stored as ISO text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub NaiveDate);

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// An exact decimal with up to six places, stored as `bigint` × 10⁶.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Exact(#[serde(with = "rust_decimal::serde::str")] pub Decimal);

/// The decimal has more than six places, or its whole part does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at most six decimal places and twelve digits before them can be kept")]
pub struct TooFine;

const SCALE: u32 = 6;

impl Exact {
    pub fn from_micros(micros: i64) -> Self {
        Self(Decimal::new(micros, SCALE).normalize())
    }

    /// The stored form.
    ///
    /// # Errors
    /// [`TooFine`] where storing would lose digits; nothing is ever rounded silently.
    pub fn to_micros(self) -> Result<i64, TooFine> {
        let scaled = self
            .0
            .checked_mul(Decimal::from(1_000_000))
            .ok_or(TooFine)?;
        if !scaled.fract().is_zero() {
            return Err(TooFine);
        }
        i64::try_from(scaled.trunc()).map_err(|_| TooFine)
    }

    /// A decimal that storage can hold.
    ///
    /// # Errors
    /// [`TooFine`] where storing would lose digits.
    pub fn new(decimal: Decimal) -> Result<Self, TooFine> {
        let exact = Self(decimal.normalize());
        exact.to_micros().map(|_| exact)
    }
}

impl std::fmt::Display for Exact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Bind for At {
    const KIND: Kind = Kind::Int;
    fn into_value(self) -> Value {
        Value::Int(Some(self.micros()))
    }
}

impl Bind for Day {
    const KIND: Kind = Kind::Text;
    fn into_value(self) -> Value {
        Value::Text(Some(self.0.to_string()))
    }
}

impl Bind for Exact {
    const KIND: Kind = Kind::Int;
    /// Saturates; `Exact::new` is the door that refuses what does not fit.
    fn into_value(self) -> Value {
        Value::Int(Some(self.to_micros().unwrap_or(i64::MAX)))
    }
}

macro_rules! column {
    ($ty:ty as $raw:ty, $read:expr) => {
        impl<DB: Database> Type<DB> for $ty
        where
            $raw: Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <$raw as Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <$raw as Type<DB>>::compatible(ty)
            }
        }
        impl<'r, DB: Database> Decode<'r, DB> for $ty
        where
            $raw: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let read: fn($raw) -> Result<$ty, BoxDynError> = $read;
                read(<$raw as Decode<'r, DB>>::decode(value)?)
            }
        }
    };
}
pub(super) use column;

column!(At as i64, |micros| Ok(At::from_micros(micros)));
column!(Exact as i64, |micros| Ok(Exact::from_micros(micros)));
column!(Day as String, |text| Ok(Day(match stored_day(&text) {
    Some(day) => day,
    None => text.parse()?,
})));

/// The form in which days are stored; the general parser takes several times as long.
fn stored_day(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |number, digit| {
            let digit = char::from(*digit).to_digit(10)?;
            Some(number * 10 + digit)
        })
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)
}

macro_rules! schema {
    ($ty:ty, $name:literal, $format:expr, $example:literal) => {
        impl utoipa::PartialSchema for $ty {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .format($format)
                    .examples([serde_json::Value::from($example)])
                    .into()
            }
        }
        impl utoipa::ToSchema for $ty {
            fn name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
        }
    };
}

use utoipa::openapi::{KnownFormat, SchemaFormat};
schema!(
    At,
    "Instant",
    Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)),
    "2026-11-12T09:00:00Z"
);
schema!(
    Day,
    "Date",
    Some(SchemaFormat::KnownFormat(KnownFormat::Date)),
    "2026-11-12"
);
schema!(Exact, "Decimal", None, "22.125");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_day_reads_as_it_was_written() {
        let day = NaiveDate::from_ymd_opt(2028, 2, 29);
        assert_eq!(stored_day("2028-02-29"), day);
        assert_eq!(stored_day(&Day(day.unwrap()).to_string()), day);
        for no_day in ["2027-02-29", "2028-2-29", "2028/02/29", "x028-02-29", ""] {
            assert_eq!(stored_day(no_day), None, "{no_day}");
        }
    }

    #[test]
    fn nothing_is_rounded_silently() {
        let nine_places: Decimal = "1.123456789".parse().unwrap();
        assert_eq!(Exact::new(nine_places), Err(TooFine));
        let six: Decimal = "-1.123456".parse().unwrap();
        assert_eq!(Exact::new(six).unwrap().to_micros(), Ok(-1_123_456));
        assert_eq!(Exact::from_micros(22_000_000).to_string(), "22");
    }
}
