//! Periods of calendar dates and the schedules that tile time with them.
//!
//! A period is half-open, `[start, end)`, in the organization's zone. It is shown inclusive, and
//! only there: [`Period::last_day`].

mod schedule;

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};

pub use schedule::{Schedule, ScheduleError, Tile};

/// `[start, end)`: the end is the first day that is no longer in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends", into = "Ends")]
pub struct Period {
    start: NaiveDate,
    end: NaiveDate,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ends {
    start: NaiveDate,
    end: NaiveDate,
}

/// A period whose end is not after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a period must end after it starts: {start} to {end}")]
pub struct EmptyPeriod {
    pub start: NaiveDate,
    pub end: NaiveDate,
}

impl TryFrom<Ends> for Period {
    type Error = EmptyPeriod;

    fn try_from(ends: Ends) -> Result<Period, EmptyPeriod> {
        Period::new(ends.start, ends.end)
    }
}

impl From<Period> for Ends {
    fn from(period: Period) -> Ends {
        Ends {
            start: period.start,
            end: period.end,
        }
    }
}

impl Period {
    pub fn new(start: NaiveDate, end: NaiveDate) -> Result<Period, EmptyPeriod> {
        if start < end {
            Ok(Period { start, end })
        } else {
            Err(EmptyPeriod { start, end })
        }
    }

    /// From dates as a person or a vendor writes them, with the last day inside.
    pub fn through(start: NaiveDate, last_day: NaiveDate) -> Result<Period, EmptyPeriod> {
        let end = last_day.succ_opt().unwrap_or(last_day);
        Period::new(start, end)
    }

    /// The calendar month that contains `day`.
    pub fn month_of(day: NaiveDate) -> Period {
        let start = day.with_day(1).unwrap_or(day);
        Period {
            start,
            end: add_months(start, 1, 1),
        }
    }

    pub const fn start(self) -> NaiveDate {
        self.start
    }

    pub const fn end(self) -> NaiveDate {
        self.end
    }

    /// The last day inside, as people read it.
    pub fn last_day(self) -> NaiveDate {
        self.end.pred_opt().unwrap_or(self.end)
    }

    pub fn days(self) -> i64 {
        (self.end - self.start).num_days()
    }

    pub fn contains(self, day: NaiveDate) -> bool {
        self.start <= day && day < self.end
    }

    /// The days both have, if any.
    pub fn intersection(self, other: Period) -> Option<Period> {
        Period::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// The days from `day` on, if any are left.
    pub fn from_day(self, day: NaiveDate) -> Option<Period> {
        Period::new(self.start.max(day), self.end).ok()
    }
}

/// How often something repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// Charged once, on its day; it has no next period.
    Once,
    Weekly,
    Monthly,
    Quarterly,
    HalfYearly,
    Annual,
    TwoYearly,
    ThreeYearly,
}

impl Cycle {
    /// Length in months; none for weeks and for what happens once.
    pub const fn months(self) -> Option<u32> {
        match self {
            Cycle::Once | Cycle::Weekly => None,
            Cycle::Monthly => Some(1),
            Cycle::Quarterly => Some(3),
            Cycle::HalfYearly => Some(6),
            Cycle::Annual => Some(12),
            Cycle::TwoYearly => Some(24),
            Cycle::ThreeYearly => Some(36),
        }
    }

    /// The cycle of a vendor's term in months, where there is one.
    pub const fn of_months(months: u32) -> Option<Cycle> {
        match months {
            1 => Some(Cycle::Monthly),
            3 => Some(Cycle::Quarterly),
            6 => Some(Cycle::HalfYearly),
            12 => Some(Cycle::Annual),
            24 => Some(Cycle::TwoYearly),
            36 => Some(Cycle::ThreeYearly),
            _ => None,
        }
    }
}

/// Whether a period is invoiced when it begins or when it is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timing {
    #[default]
    Advance,
    Arrears,
}

/// `months` months after `date`'s month, on `day` or the month's last day if it is shorter.
///
/// The day is an argument and not read from `date`, so that an anchor on the 31st passes through
/// February and is on the 31st again in March.
pub fn add_months(date: NaiveDate, months: i64, day: u32) -> NaiveDate {
    let index = i64::from(date.year()) * 12 + i64::from(date.month0()) + months;
    let limit = if months < 0 {
        NaiveDate::MIN
    } else {
        NaiveDate::MAX
    };
    let Ok(year) = i32::try_from(index.div_euclid(12)) else {
        return limit;
    };
    let Ok(month0) = u32::try_from(index.rem_euclid(12)) else {
        return limit;
    };
    (0..4)
        .find_map(|short| NaiveDate::from_ymd_opt(year, month0 + 1, day.max(1) - short.min(day)))
        .unwrap_or(limit)
}

pub(crate) fn add_days(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days))
        .unwrap_or(NaiveDate::MAX)
}

pub(crate) fn sub_days(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(days))
        .unwrap_or(NaiveDate::MIN)
}
