//! How numbers and times read: in the reader's language (`locale.rs`). One place, so that every
//! figure of the product reads alike.
//!
//! Amounts come as minor units with their currency, quantities and prices as millionths; nothing
//! here rounds money or uses floats.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use super::locale::Locale;

/// U+2212: as wide as a digit, and not mistaken for a hyphen.
pub const MINUS: char = '−';
const MICROS_DIGITS: u32 = 6;

/// Decimal places of a currency's smallest unit (ISO 4217; unknown codes have two).
pub fn minor_digits(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// `1,234.50`, without sign or currency.
pub fn amount(minor: i64, currency: &str) -> String {
    decimal(
        minor.unsigned_abs(),
        minor_digits(currency),
        minor_digits(currency),
    )
}

/// The same for files: `1234.50`, whoever reads.
pub fn plain_amount(minor: i64, currency: &str) -> String {
    let digits = minor_digits(currency);
    let scale = 10_u64.pow(digits);
    let size = minor.unsigned_abs();
    if digits == 0 {
        return size.to_string();
    }
    let (whole, rest) = (size / scale, size % scale);
    format!("{whole}.{rest:0width$}", width = digits as usize)
}

/// `USD −1,234.50`, for running text and places that take no markup.
pub fn money(minor: i64, currency: &str) -> String {
    format!("{currency} {}{}", sign(minor), amount(minor, currency))
}

/// A price per unit in millionths: at least the currency's places, up to six, `USD 0.0125`.
pub fn unit_price(micros: i64, currency: &str) -> String {
    format!("{currency} {}", price_digits(micros, currency))
}

/// The same without the currency.
pub fn price_digits(micros: i64, currency: &str) -> String {
    let digits = decimal(micros.unsigned_abs(), MICROS_DIGITS, minor_digits(currency));
    format!("{}{digits}", sign(micros))
}

/// A quantity in millionths without trailing zeros: `12`, `0.5`, `−3`.
pub fn quantity(micros: i64) -> String {
    format!(
        "{}{}",
        sign(micros),
        decimal(micros.unsigned_abs(), MICROS_DIGITS, 0)
    )
}

/// A rate in millionths as a percentage: 200,000 is `20 %`.
pub fn percent(micros: i64) -> String {
    let hundredths = micros.unsigned_abs().saturating_mul(100);
    format!(
        "{}{} %",
        sign(micros),
        decimal(hundredths, MICROS_DIGITS, 0)
    )
}

/// `12,345`.
pub fn count(number: u64) -> String {
    decimal(number, 0, 0)
}

/// `1 client`, `12 clients`. The plural is given, never guessed.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `22 Nov 2026`.
pub fn date(date: NaiveDate) -> String {
    Locale::of_reader().date(date)
}

/// `November 2026`.
pub fn month(date: NaiveDate) -> String {
    Locale::of_reader().month(date)
}

/// A period given with an exclusive end, as people write it: `1–30 Nov 2026`.
pub fn period(start: NaiveDate, end: NaiveDate) -> String {
    period_in(Locale::of_reader(), start, end)
}

/// The same for what is kept or sent to somebody else: whoever has it made, it reads alike.
pub fn written_period(start: NaiveDate, end: NaiveDate) -> String {
    period_in(Locale::default(), start, end)
}

fn period_in(locale: Locale, start: NaiveDate, end: NaiveDate) -> String {
    let last = end.pred_opt().unwrap_or(end);
    if last <= start {
        locale.date(start)
    } else {
        locale.days(start, last)
    }
}

/// `22 Nov 2026, 14:05` in the reader's zone.
pub fn instant(at: DateTime<Utc>, zone: Tz) -> String {
    let (local, locale) = (at.with_timezone(&zone).naive_local(), Locale::of_reader());
    format!("{}, {}", locale.date(local.date()), locale.time(local))
}

/// `14:05` today, otherwise with its day.
pub fn clock(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> String {
    let local = at.with_timezone(&zone).naive_local();
    let today = now.with_timezone(&zone).date_naive();
    let locale = Locale::of_reader();
    if local.date() == today {
        locale.time(local)
    } else {
        format!("{}, {}", locale.day(local.date()), locale.time(local))
    }
}

/// `just now`, `5 min ago`, `in 3 h`, `2 days ago`: the same words `times.ts` keeps current.
pub fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (at - now).num_seconds();
    let size = seconds.unsigned_abs();
    let (number, unit) = match size {
        0..45 => {
            return if seconds > 0 {
                "in a moment"
            } else {
                "just now"
            }
            .to_owned();
        }
        45..3_570 => (rounded(size, 60), "min"),
        3_570..84_600 => (rounded(size, 3_600), "hr"),
        _ => match rounded(size, 86_400) {
            1 => return if seconds > 0 { "tomorrow" } else { "yesterday" }.to_owned(),
            days => (days, "days"),
        },
    };
    if seconds > 0 {
        format!("in {number} {unit}")
    } else {
        format!("{number} {unit} ago")
    }
}

fn rounded(size: u64, unit: u64) -> u64 {
    ((size + unit / 2) / unit).max(1)
}

fn sign(number: i64) -> String {
    if number < 0 {
        MINUS.to_string()
    } else {
        String::new()
    }
}

/// `scaled` / 10^`places`, grouped by thousands, trailing zeros cut down to `least` places.
fn decimal(scaled: u64, places: u32, least: u32) -> String {
    let locale = Locale::of_reader();
    let scale = 10_u64.pow(places);
    let mut text = grouped(scaled / scale, locale.group());
    if places > 0 {
        let digits = format!("{:0width$}", scaled % scale, width = places as usize);
        let needed = digits.trim_end_matches('0').len().max(least as usize);
        if let Some(fraction) = digits.get(..needed).filter(|fraction| !fraction.is_empty()) {
            text.push(locale.point());
            text.push_str(fraction);
        }
    }
    text
}

fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    fn on(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    #[test]
    fn amounts_follow_their_currency() {
        assert_eq!(money(123_450, "USD"), "USD 1,234.50");
        assert_eq!(money(-5, "GBP"), "GBP −0.05");
        assert_eq!(money(1_234_567, "JPY"), "JPY 1,234,567");
        assert_eq!(money(1_234_567, "KWD"), "KWD 1,234.567");
        assert_eq!(money(i64::MIN, "USD"), "USD −92,233,720,368,547,758.08");
    }

    #[test]
    fn prices_keep_what_they_need() {
        assert_eq!(unit_price(12_500_000, "USD"), "USD 12.50");
        assert_eq!(unit_price(12_500, "USD"), "USD 0.0125");
        assert_eq!(unit_price(1, "EUR"), "EUR 0.000001");
        assert_eq!(unit_price(3_000_000, "JPY"), "JPY 3");
    }

    #[test]
    fn quantities_and_rates_drop_empty_places() {
        assert_eq!(quantity(12_000_000), "12");
        assert_eq!(quantity(-500_000), "−0.5");
        assert_eq!(quantity(1_234_000_000), "1,234");
        assert_eq!(percent(200_000), "20 %");
        assert_eq!(percent(82_500), "8.25 %");
        assert_eq!(counted(1, "client", "clients"), "1 client");
        assert_eq!(counted(2_000, "client", "clients"), "2,000 clients");
    }

    #[test]
    fn periods_read_as_people_write_them() {
        assert_eq!(period(on(2026, 11, 1), on(2026, 12, 1)), "1–30 Nov 2026");
        assert_eq!(
            period(on(2026, 10, 15), on(2026, 11, 15)),
            "15 Oct – 14 Nov 2026"
        );
        assert_eq!(
            period(on(2026, 12, 1), on(2027, 3, 1)),
            "1 Dec 2026 – 28 Feb 2027"
        );
        assert_eq!(period(on(2026, 11, 3), on(2026, 11, 4)), "3 Nov 2026");
    }

    #[test]
    fn ages_are_rounded_not_cut() {
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).unwrap();
        for (seconds, words) in [
            (0, "just now"),
            (-50, "1 min ago"),
            (-150, "3 min ago"),
            (-3_580, "1 hr ago"),
            (7_200, "in 2 hr"),
            (-90_000, "yesterday"),
            (-300_000, "3 days ago"),
            (20, "in a moment"),
        ] {
            assert_eq!(
                relative(now + chrono::TimeDelta::seconds(seconds), now),
                words
            );
        }
    }

    #[test]
    fn times_are_the_readers() {
        let at = Utc.with_ymd_and_hms(2026, 11, 22, 23, 30, 0).unwrap();
        assert_eq!(instant(at, Tz::Pacific__Auckland), "23 Nov 2026, 12:30");
        assert_eq!(clock(at, at, Tz::UTC), "23:30");
        assert_eq!(
            clock(at, at + chrono::TimeDelta::hours(2), Tz::UTC),
            "22 Nov, 23:30"
        );
    }
}
