//! Simulated time. One clock serves every vendor, so that tokens, limits, bills and webhooks agree.
//!
//! It stands still unless somebody advances it. A demo may let it tick as well: then the real time
//! that passed since the start is added. It never reads the calendar of the machine.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

tokio::task_local! {
    /// The one instant at which everything happens that the task does; see [`at`].
    static HELD: DateTime<Utc>;
}

/// Does something as if no time passed meanwhile: every clock shows `instant` to it. What is kept
/// in a journal happens so, because it must come out the same when it is done again.
pub(crate) async fn at<T>(instant: DateTime<Utc>, work: impl Future<Output = T>) -> T {
    HELD.scope(instant, work).await
}

/// A shared handle on simulated time; cheap to clone.
#[derive(Clone, Debug)]
pub struct SimClock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    set_micros: AtomicI64,
    ticking_since: Option<Instant>,
}

impl SimClock {
    /// A clock that stands at `start` until advanced.
    pub fn new(start: DateTime<Utc>) -> Self {
        Self::build(start, None)
    }

    /// A clock that starts at `start` and moves with real time as well.
    pub fn ticking(start: DateTime<Utc>) -> Self {
        Self::build(start, Some(Instant::now()))
    }

    fn build(start: DateTime<Utc>, ticking_since: Option<Instant>) -> Self {
        let set_micros = AtomicI64::new(start.timestamp_micros());
        Self(Arc::new(Inner {
            set_micros,
            ticking_since,
        }))
    }

    /// The simulated instant.
    pub fn now(&self) -> DateTime<Utc> {
        HELD.try_with(|held| *held)
            .unwrap_or_else(|_| self.moving())
    }

    fn moving(&self) -> DateTime<Utc> {
        let elapsed = self.0.ticking_since.map_or(0, |since| {
            i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX)
        });
        let micros = self
            .0
            .set_micros
            .load(Ordering::SeqCst)
            .saturating_add(elapsed);
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The simulated calendar day (UTC).
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// Moves time forward; a negative step is ignored, because vendors' time never runs back.
    pub fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap_or(0).max(0);
        self.0.set_micros.fetch_add(micros, Ordering::SeqCst);
    }

    /// Moves time forward to `instant`, unless it is there already.
    pub(crate) fn catch_up(&self, instant: DateTime<Utc>) {
        self.advance(instant - self.moving());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stands_still_until_advanced() {
        let start = DateTime::parse_from_rfc3339("2026-11-12T09:00:00Z")
            .unwrap()
            .to_utc();
        let clock = SimClock::new(start);
        let same = clock.clone();
        assert_eq!(clock.now(), start);
        clock.advance(TimeDelta::days(2));
        clock.advance(TimeDelta::days(-5));
        assert_eq!(same.now(), start + TimeDelta::days(2));
    }
}
