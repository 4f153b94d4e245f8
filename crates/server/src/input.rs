//! From what was typed, in a form or in JSON, to values; every wrong field is said at once.

use std::collections::BTreeMap;

use billing::Currency;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

use crate::{
    db::{Day, Exact},
    fault::Fault,
};

/// What some programs leave out, others send as null.
pub fn or_nothing<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Collects what is wrong, by field.
#[derive(Debug, Default)]
pub struct Checks {
    fields: BTreeMap<String, String>,
}

impl Checks {
    /// The first complaint about a field stays.
    pub fn wrong(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.fields
            .entry(field.into())
            .or_insert_with(|| message.into());
    }

    /// The value, or a note of what is wrong with it.
    pub fn take<T>(&mut self, field: impl Into<String>, read: Result<T, String>) -> Option<T> {
        read.map_err(|message| self.wrong(field, message)).ok()
    }

    /// As [`Checks::take`], for what may be left empty.
    pub fn optional<T>(
        &mut self,
        field: impl Into<String>,
        text: Option<&str>,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = text.map(str::trim).filter(|text| !text.is_empty())?;
        self.take(field, read(text))
    }

    pub fn is_fine(&self) -> bool {
        self.fields.is_empty()
    }

    /// The fault that names every wrong field.
    pub fn fault(self) -> Fault {
        let message = match self.fields.iter().next() {
            Some((field, message)) if self.fields.len() == 1 => format!("{field}: {message}"),
            _ => format!("{} fields need correcting", self.fields.len()),
        };
        Fault::Invalid {
            code: "invalid_fields",
            message,
            fields: self.fields,
        }
    }

    pub fn done(self) -> Result<(), Fault> {
        if self.is_fine() {
            Ok(())
        } else {
            Err(self.fault())
        }
    }
}

/// A calendar date as `2026-11-12`.
pub fn day(text: &str) -> Result<Day, String> {
    let wrong = || "write the date as year-month-day, such as 2026-11-12".to_owned();
    let text = text.trim();
    if text.len() != 10 {
        return Err(wrong());
    }
    text.parse().map(Day).map_err(|_| wrong())
}

/// An exact decimal with a point, at most six places.
pub fn exact(text: &str) -> Result<Exact, String> {
    let text = text.trim();
    let number = Decimal::from_str_exact(text)
        .map_err(|_| format!("\"{}\" is not a number; write it as 22.50", shortened(text)))?;
    Exact::new(number).map_err(|_| {
        if number.normalize().scale() > 6 {
            "at most six decimal places can be kept; round it yourself".to_owned()
        } else {
            "this number is too large".to_owned()
        }
    })
}

/// An exact decimal that is zero or more.
pub fn not_negative(text: &str) -> Result<Exact, String> {
    let number = exact(text)?;
    if number.0.is_sign_negative() && !number.0.is_zero() {
        return Err("this cannot be negative".to_owned());
    }
    Ok(number)
}

/// A name or other single line: trimmed, not empty, without control characters.
pub fn line(text: &str, longest: usize) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("this must not be empty".to_owned());
    }
    free_line(text, longest)
}

/// As [`line`], but may be empty.
pub fn free_line(text: &str, longest: usize) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() > longest {
        return Err(format!("at most {longest} characters, please"));
    }
    if text.chars().any(char::is_control) {
        return Err("line breaks and control characters cannot be kept here".to_owned());
    }
    Ok(text.to_owned())
}

/// Several lines, which may be none: each trimmed, line ends alike.
pub fn lines(text: &str, longest: usize) -> Result<String, String> {
    let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
    let text = lines.join("\n");
    if text.chars().count() > longest {
        return Err(format!("at most {longest} characters, please"));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err("control characters cannot be kept here".to_owned());
    }
    Ok(text)
}

/// A currency code in any case.
pub fn currency(text: &str) -> Result<String, String> {
    let code = text.trim().to_ascii_uppercase();
    code.parse::<Currency>()
        .map(|currency| currency.code().to_owned())
        .map_err(|error| error.to_string())
}

/// One word of a fixed list.
pub fn one_of(text: &str, words: &[&'static str]) -> Result<&'static str, String> {
    let text = text.trim();
    words
        .iter()
        .find(|word| **word == text)
        .copied()
        .ok_or_else(|| {
            format!(
                "\"{}\" is not known; use one of {}",
                shortened(text),
                words.join(", ")
            )
        })
}

/// What a stranger wrote, short enough to be repeated to them.
fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_bad_inputs() {
        for (text, reason) in [
            ("1.123456789", "six decimal places"),
            ("12,50", "not a number"),
            ("1e9", "not a number"),
            ("", "not a number"),
            ("99999999999999999", "too large"),
            ("-1", "negative"),
        ] {
            let refused = not_negative(text).unwrap_err();
            assert!(refused.contains(reason), "{text}: {refused}");
        }
        for text in ["2026-02-30", "12/11/2026", "2026-1-1", "tomorrow"] {
            assert!(day(text).is_err(), "{text}");
        }
        assert_eq!(currency(" gbp "), Ok("GBP".to_owned()));
        assert!(currency("pounds").is_err());
        assert!(line("a\u{0}b", 10).is_err());
    }

    #[test]
    fn every_wrong_field_is_named_and_the_first_complaint_stays() {
        let mut checks = Checks::default();
        checks.take("price", exact("x"));
        checks.wrong("price", "also this");
        checks.take("name", line("", 10));
        let fault = checks.fault();
        assert_eq!(fault.to_string(), "2 fields need correcting");
        assert!(fault.fields()["price"].contains("not a number"));
    }
}
