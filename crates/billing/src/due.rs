//! When an invoice is to be paid.

use chrono::{Datelike, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::period::{add_days, add_months};

/// From where the days of payment terms are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountedFrom {
    /// So many days after the invoice's date.
    InvoiceDate,
    /// So many days after the end of the invoice's month.
    EndOfMonth,
    /// On this day of the invoice's month.
    DayOfMonth,
    /// On this day of the month after.
    DayOfNextMonth,
}

/// What was agreed with a client about paying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentTerms {
    pub days: u16,
    pub counted_from: CountedFrom,
}

impl PaymentTerms {
    /// Where nobody said otherwise: 14 days after the invoice's date.
    pub const STANDARD: PaymentTerms = PaymentTerms {
        days: 14,
        counted_from: CountedFrom::InvoiceDate,
    };

    /// The day an invoice of this date is due.
    ///
    /// A day that the month does not have is its last. An invoice is never due before its date:
    /// one of the 25th on terms *the 20th of this month* is due at once.
    pub fn due_on(self, dated: NaiveDate) -> NaiveDate {
        let first = dated.with_day(1).unwrap_or(dated);
        // A ledger may hold any number here.
        let day = u32::from(self.days).clamp(1, 31);
        let due = match self.counted_from {
            CountedFrom::InvoiceDate => add_days(dated, self.days.into()),
            CountedFrom::EndOfMonth => {
                let next = first.checked_add_months(Months::new(1)).unwrap_or(dated);
                add_days(next.pred_opt().unwrap_or(dated), self.days.into())
            }
            CountedFrom::DayOfMonth => add_months(first, 0, day),
            CountedFrom::DayOfNextMonth => add_months(first, 1, day),
        };
        due.max(dated)
    }
}
