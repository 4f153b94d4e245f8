//! Xero's two spellings of a date.

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// A calendar date: `/Date(1539993600000+0000)/`, at midnight UTC, never to be shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub NaiveDate);

/// An instant: `/Date(1573755038314+0000)/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(pub DateTime<Utc>);

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        Moment(self.0.and_time(NaiveTime::MIN).and_utc()).serialize(out)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&format!("/Date({}+0000)/", self.0.timestamp_millis()))
    }
}

/// The twin field of a date: `2018-10-20T00:00:00`.
pub fn iso_day(day: NaiveDate) -> String {
    format!("{day}T00:00:00")
}

/// The twin field of an instant: `2019-03-11T17:58:46Z`.
pub fn iso_moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
