//! Invoices that the ledger makes again and again.

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::Document;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Unit {
    Weekly,
    Monthly,
}

impl Unit {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Weekly => "WEEKLY",
            Self::Monthly => "MONTHLY",
        }
    }
}

/// A template: its document's date is the schedule's first day, its status what invoices begin as.
/// The sandbox makes no invoices from it: what the books hold follows from the world alone.
#[derive(Clone, Debug)]
pub struct Repeating {
    pub document: Document,
    pub unit: Unit,
    /// Every so many units.
    pub every: u32,
    pub ends_on: Option<NaiveDate>,
}

impl Repeating {
    /// The next invoice's day from `today` on; none once it has ended.
    pub fn next(&self, today: NaiveDate) -> Option<NaiveDate> {
        let start = self.document.date;
        let day = |count: u32| {
            let steps = count.checked_mul(self.every.max(1))?;
            match self.unit {
                Unit::Weekly => start.checked_add_days(Days::new(u64::from(steps) * 7)),
                Unit::Monthly => start.checked_add_months(Months::new(steps)),
            }
        };
        let next = (0..).map_while(day).find(|day| *day >= today)?;
        Some(next).filter(|next| self.ends_on.is_none_or(|end| *next <= end))
    }
}
