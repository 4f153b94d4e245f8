//! What each vendor's records become in our tables.

pub mod ninjaone;
pub mod pax8;
pub mod xero;

pub use xero::{CreditAllocation, CreditLine, RepeatingLine};

use chrono::NaiveDate;

use crate::db::Day;

fn day(date: Option<NaiveDate>) -> Option<Day> {
    date.map(Day)
}

/// Texts of vendors have no length limit; what is longer than anybody reads is cut.
fn text(value: Option<&str>, longest_chars: usize) -> String {
    let value = value.unwrap_or_default();
    match value.char_indices().nth(longest_chars) {
        Some((end, _)) => value.get(..end).unwrap_or_default().to_owned(),
        None => value.to_owned(),
    }
}
