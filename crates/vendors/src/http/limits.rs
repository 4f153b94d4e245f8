//! What an answer's headers say about limits.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::HeaderMap;

use super::budget::Seen;
use super::patience::unsaid_pause;
use crate::{Limit, Vendor};

/// Reads the counters, and the pause where the status asks for one.
pub(crate) fn seen(vendor: Vendor, status: u16, headers: &HeaderMap, now: DateTime<Utc>) -> Seen {
    Seen {
        minute_left: number(headers, "x-minlimit-remaining"),
        day_left: number(headers, "x-daylimit-remaining"),
        paused: pause(vendor, status, headers, now),
    }
}

/// 429, and 503 with `Retry-After` (Xero's older form of the same): until when, and which limit.
fn pause(
    vendor: Vendor,
    status: u16,
    headers: &HeaderMap,
    now: DateTime<Utc>,
) -> Option<(DateTime<Utc>, Limit)> {
    let said = retry_after(headers, now);
    if status != 429 && (status != 503 || said.is_none()) {
        return None;
    }
    let limit = problem(headers).unwrap_or(match said {
        _ if status == 503 => Limit::Busy,
        Some(until) if until - now > TimeDelta::minutes(5) => Limit::Day,
        _ => Limit::Minute,
    });
    let until = said.unwrap_or_else(|| now + unsaid(vendor, limit));
    Some((until, limit))
}

fn unsaid(vendor: Vendor, limit: Limit) -> Duration {
    match limit {
        Limit::Day => Duration::from_hours(1),
        Limit::Concurrent => Duration::from_secs(1),
        Limit::Minute | Limit::Busy => unsaid_pause(vendor),
    }
}

/// `X-Rate-Limit-Problem`, matched loosely: `minute`, `Minute limit`, `day`, `daily`, `DayLimit`…
fn problem(headers: &HeaderMap) -> Option<Limit> {
    let text = text(headers, "x-rate-limit-problem")?.to_ascii_lowercase();
    if text.contains("day") || text.contains("dai") {
        Some(Limit::Day)
    } else if text.contains("min") {
        Some(Limit::Minute)
    } else if text.contains("concurrent") {
        Some(Limit::Concurrent)
    } else {
        None
    }
}

/// Seconds or an HTTP date; never in the past and never more than two days away.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = text(headers, "retry-after")?.trim();
    let until = if let Ok(seconds) = text.parse::<u32>() {
        now + TimeDelta::seconds(i64::from(seconds))
    } else {
        DateTime::parse_from_rfc2822(text).ok()?.to_utc()
    };
    Some(until.clamp(now, now + TimeDelta::days(2)))
}

fn number(headers: &HeaderMap, name: &str) -> Option<u32> {
    text(headers, name)?.trim().parse().ok()
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::seen;
    use crate::{Limit, Vendor};

    /// Status, headers, and the seconds to wait and for which limit.
    type Row = (
        u16,
        &'static [(&'static str, &'static str)],
        Option<(i64, Limit)>,
    );

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn pauses_in_every_spelling() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let table: &[Row] = &[
            (200, &[("retry-after", "9")], None),
            (503, &[], None),
            (503, &[("retry-after", "9")], Some((9, Limit::Busy))),
            (503, &[("retry-after", "900")], Some((900, Limit::Busy))),
            (429, &[("retry-after", "9")], Some((9, Limit::Minute))),
            (429, &[("retry-after", "9000")], Some((9000, Limit::Day))),
            (
                429,
                &[("retry-after", "9"), ("x-rate-limit-problem", "daily")],
                Some((9, Limit::Day)),
            ),
            (
                429,
                &[("x-rate-limit-problem", "DayLimit")],
                Some((3600, Limit::Day)),
            ),
            (
                429,
                &[("x-rate-limit-problem", "Minute limit")],
                Some((60, Limit::Minute)),
            ),
            (
                429,
                &[("x-rate-limit-problem", "Concurrent")],
                Some((1, Limit::Concurrent)),
            ),
            (
                429,
                &[("retry-after", "99999999")],
                Some((172_800, Limit::Day)),
            ),
            (
                429,
                &[("retry-after", "Fri, 15 Jan 2027 08:00:30 GMT")],
                Some((30, Limit::Minute)),
            ),
            (
                429,
                &[("retry-after", "Fri, 15 Jan 2021 08:00:30 GMT")],
                Some((0, Limit::Minute)),
            ),
            (429, &[("retry-after", "soon")], Some((60, Limit::Minute))),
        ];
        for (status, pairs, expected) in table {
            let seen = seen(Vendor::Xero, *status, &headers(pairs), now);
            let expected = expected.map(|(s, limit)| (now + TimeDelta::seconds(s), limit));
            assert_eq!(seen.paused, expected, "{status} {pairs:?}");
        }
    }

    #[test]
    fn counters_are_read_and_nonsense_is_not() {
        let now = DateTime::UNIX_EPOCH;
        let read = |text: &str| {
            let headers = headers(&[
                ("x-minlimit-remaining", text),
                ("x-daylimit-remaining", "4999"),
            ]);
            seen(Vendor::Xero, 200, &headers, now)
        };
        assert_eq!(
            (read("59").minute_left, read("59").day_left),
            (Some(59), Some(4999))
        );
        assert_eq!(
            (read("-1").minute_left, read("many").minute_left),
            (None, None)
        );
    }
}
