//! Vendors' dates, read leniently: Xero's `/Date(ms+0000)/`, RFC 3339 with or without a colon in
//! the offset, local times without a zone (they mean UTC), and bare days.
//!
//! A *day* is taken as the vendor wrote it and never shifted between zones; an *instant* is UTC.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::words::WordVisitor;

/// `2018-10-20T00:00:00`, `2020-12-01T13:20:13.153-0700`, `/Date(1539993600000+0000)/`, `2020-12-03`.
pub(crate) fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Some(ms) = milliseconds(text) {
        return DateTime::from_timestamp_millis(ms);
    }
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    if let Ok(at) = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z") {
        return Some(at.to_utc());
    }
    for format in [
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M",
    ] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
            return Some(at.and_utc());
        }
    }
    iso_day(text)
        .filter(|_| text.len() == 10)
        .map(|day| day.and_time(NaiveTime::MIN).and_utc())
}

/// The calendar day as written; for `/Date(…)/`, which is midnight UTC, the day in UTC.
pub(crate) fn day(text: &str) -> Option<NaiveDate> {
    if let Some(ms) = milliseconds(text) {
        return DateTime::from_timestamp_millis(ms).map(|at| at.date_naive());
    }
    let day = iso_day(text)?;
    (text.len() == 10 || instant(text).is_some()).then_some(day)
}

fn milliseconds(text: &str) -> Option<i64> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    let end = inner
        .char_indices()
        .find(|&(at, c)| at > 0 && (c == '+' || c == '-'))
        .map_or(inner.len(), |(at, _)| at);
    inner.get(..end)?.parse().ok()
}

/// The first ten characters as `YYYY-MM-DD`; by hand because it runs several times an invoice.
fn iso_day(text: &str) -> Option<NaiveDate> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, ..] = *text.as_bytes() else {
        return None;
    };
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |sum, digit| {
            digit
                .is_ascii_digit()
                .then(|| sum * 10 + u32::from(digit - b'0'))
        })
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    NaiveDate::from_ymd_opt(year, number(&[m1, m2])?, number(&[d1, d2])?)
}

/// Reads `null`, absent and empty as none, and anything else with `parse`.
fn optional<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: fn(&str) -> Option<T>,
    kind: &str,
) -> Result<Option<T>, D::Error> {
    struct Text<T>(fn(&str) -> Option<T>);
    enum Read<T> {
        Empty,
        Value(T),
        Bad(String),
    }
    impl<'de, T> serde::de::DeserializeSeed<'de> for Text<T> {
        type Value = Read<T>;
        fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Read<T>, D::Error> {
            d.deserialize_str(WordVisitor(|text: &str| {
                if text.is_empty() {
                    return Read::Empty;
                }
                (self.0)(text)
                    .map_or_else(|| Read::Bad(text.chars().take(40).collect()), Read::Value)
            }))
        }
    }
    struct Maybe<T>(fn(&str) -> Option<T>);
    impl<'de, T> serde::de::Visitor<'de> for Maybe<T> {
        type Value = Read<T>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a date as text")
        }
        fn visit_none<E>(self) -> Result<Read<T>, E> {
            Ok(Read::Empty)
        }
        fn visit_unit<E>(self) -> Result<Read<T>, E> {
            Ok(Read::Empty)
        }
        fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Read<T>, D::Error> {
            serde::de::DeserializeSeed::deserialize(Text(self.0), d)
        }
    }
    match deserializer.deserialize_option(Maybe(parse))? {
        Read::Empty => Ok(None),
        Read::Value(value) => Ok(Some(value)),
        Read::Bad(text) => Err(D::Error::custom(format!("`{text}` is not {kind}"))),
    }
}

/// serde: an instant that may be absent.
pub(crate) fn instant_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    optional(deserializer, instant, "a time")
}

/// serde: a calendar day that may be absent.
pub(crate) fn day_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<NaiveDate>, D::Error> {
    optional(deserializer, day, "a date")
}

/// serde: seconds since 1970 with decimals, as NinjaOne writes instants; ISO text is taken too.
pub(crate) fn seconds_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?.get();
    let text = raw.trim_matches('"');
    if text.is_empty() || text == "null" {
        return Ok(None);
    }
    let read = if text.contains(['T', ':']) {
        instant(text)
    } else {
        seconds(text)
    };
    read.map(Some).ok_or_else(|| {
        D::Error::custom(format!(
            "`{}` is not a time",
            text.chars().take(40).collect::<String>()
        ))
    })
}

fn seconds(text: &str) -> Option<DateTime<Utc>> {
    use rust_decimal::Decimal;
    use rust_decimal::prelude::ToPrimitive;
    let value = if text.contains(['e', 'E']) {
        Decimal::from_scientific(text)
    } else {
        text.parse()
    };
    let micros = value.ok()?.checked_mul(Decimal::from(1_000_000))?;
    DateTime::from_timestamp_micros(micros.trunc().to_i64()?)
}

#[cfg(test)]
mod tests {
    use super::{day, instant, seconds};

    #[test]
    fn instants_of_every_vendor() {
        let table = [
            ("/Date(1539993600000+0000)/", "2018-10-20T00:00:00Z"),
            ("/Date(1539993600000)/", "2018-10-20T00:00:00Z"),
            ("/Date(-62135596800000+0000)/", "0001-01-01T00:00:00Z"),
            ("/Date(1552326816230+1300)/", "2019-03-11T17:53:36.230Z"),
            ("2019-12-07T18:46:19.5165400", "2019-12-07T18:46:19.516540Z"),
            ("2025-12-02T00:44:09.923", "2025-12-02T00:44:09.923Z"),
            ("2021-01-01T08:30:00Z", "2021-01-01T08:30:00Z"),
            ("2020-12-01T13:20:13.153-0700", "2020-12-01T20:20:13.153Z"),
            ("2020-12-01T13:20:13.153-07:00", "2020-12-01T20:20:13.153Z"),
            ("2018-11-02T16:31:30Z", "2018-11-02T16:31:30Z"),
            ("2020-12-03", "2020-12-03T00:00:00Z"),
        ];
        for (text, expected) in table {
            let expected = instant(expected).unwrap();
            assert_eq!(instant(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn days_are_as_written() {
        for (text, expected) in [
            ("2020-12-03", "2020-12-03"),
            ("2018-10-20T00:00:00", "2018-10-20"),
            ("2020-12-01T23:20:13.153-0700", "2020-12-01"),
            ("/Date(1539993600000+0000)/", "2018-10-20"),
        ] {
            assert_eq!(day(text).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_none_and_never_a_panic() {
        for text in [
            "",
            "x",
            "2020-13-01",
            "2020-12-99T00:00:00Z",
            "/Date()/",
            "/Date(9e9)/",
            "/Date(999999999999999999)/",
            "2020-12-03 nonsense",
            "２０２０-12-03",
            "20-1-1",
        ] {
            assert_eq!(instant(text), None, "{text}");
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn seconds_with_decimals() {
        assert_eq!(
            seconds("1700000000.25").unwrap(),
            instant("2023-11-14T22:13:20.250Z").unwrap()
        );
        assert_eq!(
            seconds("1.7000000001E9").unwrap(),
            instant("2023-11-14T22:13:20.100Z").unwrap()
        );
        assert_eq!(seconds("1e400"), None);
        assert_eq!(seconds("99999999999999999999"), None);
    }
}
