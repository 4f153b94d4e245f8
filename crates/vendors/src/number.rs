//! Exact decimals, read from the digits of the JSON text and written as JSON numbers.
//!
//! The text goes to `Decimal` without a float and without a detour: with serde_json's
//! `arbitrary_precision` a number otherwise travels through a map and a fresh string, which costs
//! several times the parsing itself. What does not fit exactly is an error, never a rounded amount.
//! Works on `serde_json`'s own text and slice readers only, which is all this crate uses.

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The exact value of a JSON number's text, or of a number some vendors put into quotes.
fn parse(raw: &str) -> Result<Option<Decimal>, String> {
    let text = raw.trim_matches('"').trim();
    if text.is_empty() || text == "null" {
        return Ok(None);
    }
    let value = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text)
    } else {
        Decimal::from_str_exact(text)
    };
    value
        .map(Some)
        .map_err(|_| format!("`{}` is not an amount we can hold exactly", short(text)))
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

/// A number that must be there.
pub(crate) fn exact<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    parse(raw.get())
        .map_err(D::Error::custom)?
        .ok_or_else(|| D::Error::custom("a number is missing"))
}

/// A number that may be absent, null or empty.
pub(crate) fn option<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Decimal>, D::Error> {
    let raw = <&RawValue>::deserialize(d)?;
    parse(raw.get()).map_err(D::Error::custom)
}

/// A number for which absent means none: payments received so far, credit given so far.
pub(crate) fn or_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
    option(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use rust_decimal::Decimal;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Deserialize)]
    struct Read {
        #[serde(deserialize_with = "super::exact")]
        must: Decimal,
        #[serde(default, deserialize_with = "super::option")]
        may: Option<Decimal>,
        #[serde(default, deserialize_with = "super::or_zero")]
        zero: Decimal,
    }

    #[derive(Serialize)]
    struct Written {
        #[serde(with = "rust_decimal::serde::arbitrary_precision")]
        amount: Decimal,
    }

    fn read(text: &str) -> Result<Read, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn digits_survive_exactly() {
        for text in [
            "33.1234",
            "-0.000000001",
            "0.1",
            "9999999999.99",
            "1.10",
            "79228162514264337593543950335",
        ] {
            let read = read(&format!(r#"{{"must": {text} , "may":"{text}"}}"#)).unwrap();
            assert_eq!(read.must.to_string(), text);
            assert_eq!(read.may, Some(read.must));
            assert_eq!(read.zero, Decimal::ZERO);
        }
        assert_eq!(
            read(r#"{"must":1.5E-7,"may":null,"zero":""}"#)
                .unwrap()
                .must,
            "0.00000015".parse().unwrap()
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for text in [
            "1e400",
            "79228162514264337593543950336",
            "\"x\"",
            "true",
            "null",
            "{}",
            "0.12345678901234567890123456789",
        ] {
            assert!(read(&format!(r#"{{"must":{text}}}"#)).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_written_as_numbers() {
        let amount: Decimal = "33.1234".parse().unwrap();
        assert_eq!(
            serde_json::to_string(&Written { amount }).unwrap(),
            r#"{"amount":33.1234}"#
        );
    }
}
