//! Calendar arithmetic: months keep their day, periods are half-open.

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use rust_decimal::{Decimal, RoundingStrategy};

pub(crate) fn first_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// `months` later (or earlier), on the same day where the month has one.
pub(crate) fn months_later(date: NaiveDate, months: i32) -> NaiveDate {
    let count = Months::new(months.unsigned_abs());
    let moved = if months < 0 {
        date.checked_sub_months(count)
    } else {
        date.checked_add_months(count)
    };
    moved.unwrap_or(date)
}

pub(crate) fn days_later(date: NaiveDate, days: i64) -> NaiveDate {
    let count = Days::new(days.unsigned_abs());
    let moved = if days < 0 {
        date.checked_sub_days(count)
    } else {
        date.checked_add_days(count)
    };
    moved.unwrap_or(date)
}

/// Six in the morning, UTC: when things happen in this world.
pub(crate) fn morning(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::from_hms_opt(6, 0, 0).unwrap_or_default())
        .and_utc()
}

/// Whole months from one date to a later one.
pub(crate) fn months_between(from: NaiveDate, to: NaiveDate) -> i32 {
    let months =
        |date: NaiveDate| date.year() * 12 + i32::try_from(date.month0()).unwrap_or_default();
    months(to) - months(from)
}

/// `1 Nov 2026`.
pub(crate) fn text(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// `1 Nov 2026 to 30 Nov 2026`, for the half-open period.
pub(crate) fn period_text(start: NaiveDate, end: NaiveDate) -> String {
    format!("{} to {}", text(start), text(days_later(end, -1)))
}

/// Half up (away from zero), to `places`.
pub(crate) fn rounded(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

/// Hundredths of the currency, rounded half up once.
pub(crate) fn minor(value: Decimal) -> i64 {
    let hundredths = rounded(value * Decimal::ONE_HUNDRED, 0);
    i64::try_from(hundredths).unwrap_or(i64::MAX)
}

/// `days(from..to) / days(start..end)` of an amount, multiplied first and rounded once.
pub(crate) fn share(
    amount: Decimal,
    (from, to): (NaiveDate, NaiveDate),
    (start, end): (NaiveDate, NaiveDate),
) -> Decimal {
    let length = Decimal::from((end - start).num_days().max(1));
    rounded(amount * Decimal::from((to - from).num_days()) / length, 2)
}
