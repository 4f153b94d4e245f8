//! What clients send. Unknown fields are ignored, a wrong type is refused, and both spellings of a
//! date are read.

mod records;

use chrono::{DateTime, NaiveDate};
use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

pub use records::{
    AddressIn, AllocationIn, ContactIn, DocumentIn, ItemIn, LineIn, NoteIn, PaymentIn, PersonIn,
    PhoneIn, TargetIn, TermIn, TermsIn, TrackingIn, TradeIn,
};

/// Why a body cannot be read; the text goes to the client.
#[derive(Debug, PartialEq, Eq)]
pub enum BadBody {
    /// Not JSON, or not the shape of a request.
    Invalid(String),
    /// Nothing in it.
    Empty,
}

/// The elements of a request: `{"Invoices":[…]}`, or a single object by itself.
pub fn elements(body: &[u8], plural: &str) -> Result<Vec<Value>, BadBody> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(BadBody::Empty);
    }
    let value: Value =
        serde_json::from_slice(body).map_err(|error| BadBody::Invalid(error.to_string()))?;
    let list = match value {
        Value::Object(mut map) => match map.remove(plural) {
            Some(Value::Array(list)) => list,
            Some(single @ Value::Object(_)) => vec![single],
            Some(_) => return Err(BadBody::Invalid(format!("{plural} must be a list"))),
            None if map.is_empty() => Vec::new(),
            None => vec![Value::Object(map)],
        },
        Value::Array(list) => list,
        _ => return Err(BadBody::Invalid("an object was expected".to_owned())),
    };
    if list.is_empty() {
        Err(BadBody::Empty)
    } else {
        Ok(list)
    }
}

/// One element in its type.
pub fn parse<T: for<'de> Deserialize<'de>>(element: &Value) -> Result<T, BadBody> {
    T::deserialize(element).map_err(|error| BadBody::Invalid(error.to_string()))
}

/// `2026-11-01`, `2026-11-01T00:00:00` or `/Date(1793491200000+0000)/`.
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    if let Some(inside) = text
        .strip_prefix("/Date(")
        .and_then(|rest| rest.strip_suffix(")/"))
    {
        // The offset only says in which zone it was written; the instant is in the milliseconds.
        let end = inside
            .get(1..)?
            .find(['+', '-'])
            .map_or(inside.len(), |at| at + 1);
        let millis = inside.get(..end)?.parse().ok()?;
        return DateTime::from_timestamp_millis(millis).map(|at| at.date_naive());
    }
    let (day, rest) = text.split_at_checked(10)?;
    let rest_is_a_time = rest.is_empty() || rest.starts_with(['T', ' ']);
    day.parse().ok().filter(|_| rest_is_a_time)
}

fn day<'de, D: Deserializer<'de>>(input: D) -> Result<Option<NaiveDate>, D::Error> {
    let Some(text) = Option::<String>::deserialize(input)? else {
        return Ok(None);
    };
    if text.trim().is_empty() {
        return Ok(None);
    }
    parse_day(&text)
        .map(Some)
        .ok_or_else(|| D::Error::custom(format!("'{text}' is not a date")))
}

/// JSON numbers only, digit for digit.
fn number<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Decimal>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(input)? else {
        return Ok(None);
    };
    let text = number.to_string();
    let parsed = Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text));
    let beyond = |_| D::Error::custom(format!("the number {text} is too large or too precise"));
    parsed.map(Some).map_err(beyond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_both_spellings() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 1);
        for text in [
            "2026-11-01",
            "2026-11-01T00:00:00",
            "2026-11-01 00:00:00Z",
            "/Date(1793491200000)/",
            "/Date(1793491200000+0000)/",
            "/Date(1793491200000-0500)/",
        ] {
            assert_eq!(parse_day(text), day, "{text}");
        }
        for text in [
            "",
            "01/11/2026",
            "2026-11-01x",
            "/Date()/",
            "/Date(x)/",
            "2026-02-30",
        ] {
            assert_eq!(parse_day(text), None, "{text}");
        }
        assert_eq!(
            parse_day("/Date(-86400000)/"),
            NaiveDate::from_ymd_opt(1969, 12, 31)
        );
    }

    #[test]
    fn elements_stand_in_an_envelope_or_alone() {
        let count = |text: &str| elements(text.as_bytes(), "Invoices").map(|list| list.len());
        assert_eq!(count(r#"{"Invoices":[{},{}]}"#), Ok(2));
        assert_eq!(count(r#"{"Type":"ACCREC"}"#), Ok(1));
        assert_eq!(count("{}"), Err(BadBody::Empty));
        assert_eq!(count(r#"{"Invoices":[]}"#), Err(BadBody::Empty));
        assert!(matches!(count("{"), Err(BadBody::Invalid(_))));
        assert!(matches!(count("7"), Err(BadBody::Invalid(_))));
    }
}
