//! What is stored serialised keeps its shape: a change here is a migration.
#![expect(clippy::unwrap_used, reason = "a test says so when it fails")]

mod charges;
mod findings;

use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
