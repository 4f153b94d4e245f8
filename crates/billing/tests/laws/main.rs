//! What holds for every input, not only for the figures. 256 cases each; `PROPTEST_CASES` raises
//! it.
#![expect(clippy::unwrap_used, reason = "a test says so when a rule refuses")]

mod charging;
mod drafts;
mod numbers;
mod timeline;

use billing::policy::Rounding;
use chrono::{Days, NaiveDate};
use proptest::prelude::*;

fn date() -> impl Strategy<Value = NaiveDate> {
    (0_u64..3_650).prop_map(|n| {
        NaiveDate::from_ymd_opt(2020, 1, 1)
            .unwrap()
            .checked_add_days(Days::new(n))
            .unwrap()
    })
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![
        Just(Rounding::HalfUp),
        Just(Rounding::HalfDown),
        Just(Rounding::HalfEven)
    ]
}

fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap()
}
