//! What vendors write, made into what we keep: exact decimals, minor units, half-open periods,
//! domains. Refuses what cannot be kept exactly, with a reason a person understands.

use billing::{micro::Micro, money::Currency, policy::Rounding};
use chrono::{Datelike as _, Days, Months, NaiveDate};
use rust_decimal::Decimal;

use crate::db::Exact;

/// Why an element cannot be kept.
pub type Reason = String;

/// A decimal with at most six places.
///
/// # Errors
/// Names the field: nothing is ever rounded to fit.
pub fn exact(field: &str, value: Decimal) -> Result<Exact, Reason> {
    Exact::new(value).map_err(|error| format!("{field} is {value}: {error}"))
}

pub fn exact_or_zero(field: &str, value: Option<Decimal>) -> Result<Exact, Reason> {
    exact(field, value.unwrap_or_default())
}

/// A total in the currency's minor unit. Totals are settled in coins, so a total with more places
/// than the currency has is rounded half up, once; one with more than six places is refused.
pub fn minor(field: &str, value: Decimal, currency: Currency) -> Result<i64, Reason> {
    let micros = exact(field, value)?
        .to_micros()
        .map_err(|e| e.to_string())?;
    let digits = currency.minor_digits();
    // The common case without a division of fractions: the amount has no more places than coins.
    let unit = 10_i64.pow(6_u32.saturating_sub(digits));
    if micros % unit == 0 {
        return Ok(micros / unit);
    }
    billing::money::Money::from_major(Micro(micros).fraction(), currency, Rounding::HalfUp)
        .map(|money| money.minor)
        .map_err(|error| format!("{field} is {value}: {error}"))
}

/// A rate between currencies, to six places: ledgers write more than they mean, and a rate is
/// used for ranking only, never for an amount.
pub fn rate(field: &str, value: Decimal) -> Result<Exact, Reason> {
    exact(field, value.round_dp(6))
}

/// The currency named, else the organization's.
pub fn currency(code: Option<&str>, otherwise: Currency) -> Result<Currency, Reason> {
    code.map_or(Ok(otherwise), |code| {
        code.parse().map_err(|error| format!("{error}"))
    })
}

/// The host of a web address as people type it: `https://www.example.com/about` is
/// `example.com`. None where there is no host in it.
pub fn web_domain(address: Option<&str>) -> Option<String> {
    let address = address?.trim();
    let rest = address
        .split_once("://")
        .map_or(address, |(_, after)| after);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    domain(host.split(':').next().unwrap_or_default())
}

/// The domain of an e-mail address.
pub fn email_domain(address: Option<&str>) -> Option<String> {
    let (_, host) = address?.trim().rsplit_once('@')?;
    domain(host)
}

fn domain(host: &str) -> Option<String> {
    let host = host.trim_end_matches('.').to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    let looks_right = host.contains('.')
        && host.len() <= 253
        && !host
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>\"'".contains(c));
    looks_right.then(|| host.to_owned())
}

/// How the last day of a vendor's period is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The day is still in the period.
    Inclusive,
    /// The day is the first one after it.
    Exclusive,
    /// Both readings make sense.
    Unclear,
}

const TERMS_IN_MONTHS: [u32; 6] = [1, 3, 6, 12, 24, 36];

/// Reads one period by itself: whole terms tell how their last day is meant.
pub fn ending(start: NaiveDate, end: NaiveDate) -> Ending {
    let is_term = |day: Option<NaiveDate>| {
        TERMS_IN_MONTHS
            .iter()
            .any(|months| day.is_some() && start.checked_add_months(Months::new(*months)) == day)
    };
    if end == start {
        return Ending::Inclusive;
    }
    if is_term(Some(end)) {
        return Ending::Exclusive;
    }
    if is_term(end.checked_add_days(Days::new(1))) {
        return Ending::Inclusive;
    }
    // A part of a month that runs to its end.
    match (end.day(), end.succ_opt().map(|next| next.day())) {
        (1, _) => Ending::Exclusive,
        (_, Some(1)) => Ending::Inclusive,
        _ => Ending::Unclear,
    }
}

/// Half-open periods of one bill's lines. A line that could be read both ways is read like the
/// clear ones beside it; where they do not tell either, as Pax8 documents it (inclusive).
pub fn half_open(
    periods: &[(Option<NaiveDate>, Option<NaiveDate>)],
) -> Vec<(Option<NaiveDate>, Option<NaiveDate>)> {
    let of = |wanted: Ending| {
        periods
            .iter()
            .filter(|(start, end)| start.zip(*end).is_some_and(|(s, e)| ending(s, e) == wanted))
            .count()
    };
    let usual = if of(Ending::Exclusive) > of(Ending::Inclusive) {
        Ending::Exclusive
    } else {
        Ending::Inclusive
    };
    let read = |&(start, end): &(Option<NaiveDate>, Option<NaiveDate>)| {
        let (Some(start), Some(end)) = (start, end) else {
            return (start, end.and_then(|end| end.succ_opt()));
        };
        let meant = match ending(start, end) {
            Ending::Unclear => usual,
            clear => clear,
        };
        let end = match meant {
            Ending::Exclusive => Some(end),
            _ => end.succ_opt(),
        };
        (Some(start), end)
    };
    periods.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn ends_of_periods_are_told_apart() {
        for (start, end, meant) in [
            ("2026-11-01", "2026-11-30", Ending::Inclusive),
            ("2026-11-01", "2026-12-01", Ending::Exclusive),
            ("2026-01-31", "2026-02-28", Ending::Exclusive),
            ("2026-11-16", "2026-11-30", Ending::Inclusive),
            ("2026-11-16", "2026-12-01", Ending::Exclusive),
            ("2026-11-16", "2026-12-15", Ending::Inclusive),
            ("2026-11-16", "2026-12-16", Ending::Exclusive),
            ("2026-01-01", "2026-12-31", Ending::Inclusive),
            ("2026-01-01", "2027-01-01", Ending::Exclusive),
            ("2026-11-05", "2026-11-05", Ending::Inclusive),
            ("2026-11-05", "2026-11-12", Ending::Unclear),
        ] {
            assert_eq!(ending(day(start), day(end)), meant, "{start} to {end}");
        }
    }

    #[test]
    fn an_unclear_line_is_read_like_its_neighbours() {
        let unclear = (Some(day("2026-11-05")), Some(day("2026-11-12")));
        let exclusive = (Some(day("2026-11-01")), Some(day("2026-12-01")));
        let read = half_open(&[exclusive, unclear]);
        assert_eq!(read, [exclusive, unclear]);
        let alone = half_open(&[unclear, (None, Some(day("2026-11-30")))]);
        assert_eq!(alone[0].1, Some(day("2026-11-13")));
        assert_eq!(alone[1], (None, Some(day("2026-12-01"))));
    }

    #[test]
    fn totals_become_coins_and_nine_places_are_refused() {
        let gbp = Currency::GBP;
        let total = |text: &str, currency| minor("total", text.parse().unwrap(), currency);
        assert_eq!(total("86.456", gbp), Ok(8646));
        assert_eq!(total("-86.455", gbp), Ok(-8646));
        assert_eq!(total("12", Currency::JPY), Ok(12));
        assert_eq!(total("1.005", Currency::KWD), Ok(1005));
        let refused = total("1.123456789", gbp).unwrap_err();
        assert!(refused.contains("total is 1.123456789"), "{refused}");
        assert!(total("99999999999999", gbp).is_err());
    }

    #[test]
    fn domains_are_found_in_what_people_type() {
        for (typed, host) in [
            ("https://www.Example.com/about?x", Some("example.com")),
            ("example.co.uk", Some("example.co.uk")),
            (
                "http://user@shop.example.com:8080",
                Some("shop.example.com"),
            ),
            ("n/a", None),
            ("<script>.com", None),
            ("", None),
        ] {
            assert_eq!(web_domain(Some(typed)).as_deref(), host, "{typed}");
        }
        assert_eq!(
            email_domain(Some("It@Example.COM")).as_deref(),
            Some("example.com")
        );
        assert_eq!(email_domain(Some("nobody")), None);
    }
}
