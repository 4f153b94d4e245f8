//! Invoices that the ledger repeats by itself, seen from here: they bill the client a second time.

use chrono::NaiveDate;

/// Whether another invoice will come of a schedule, as the ledger last told it. Without an end it
/// always does: a schedule that names no next day is doubted rather than believed to be over.
pub fn goes_on(next: Option<NaiveDate>, end: Option<NaiveDate>) -> bool {
    match (next, end) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(next), Some(end)) => next <= end,
    }
}

/// The rhythm of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    Weeks(u32),
    Months(u32),
}

impl Every {
    /// As people say it: `month`, `2 weeks`, `year`.
    pub fn words(self) -> String {
        match self {
            Self::Weeks(1) => "week".to_owned(),
            Self::Weeks(count) => format!("{count} weeks"),
            Self::Months(1) => "month".to_owned(),
            Self::Months(3) => "quarter".to_owned(),
            Self::Months(12) => "year".to_owned(),
            Self::Months(count) => format!("{count} months"),
        }
    }
}
