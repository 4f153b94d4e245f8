//! Time as the vendors' clients wait by it. A simulated clock may stand still for as long as
//! nobody advances it; pauses between tries must pass all the same, so the real time since the
//! clock was last seen to move is added to it.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use vendors::Time;

use crate::clock::Clock;

pub(super) struct VendorTime {
    clock: Clock,
    /// What the clock showed when it last moved, and when that was.
    moved: Mutex<(DateTime<Utc>, Instant)>,
}

/// How long to sleep before looking at a simulated clock again, which may have leapt.
const LOOK: Duration = Duration::from_millis(200);

impl VendorTime {
    pub(super) fn new(clock: Clock) -> Self {
        let moved = Mutex::new((clock.now(), Instant::now()));
        Self { clock, moved }
    }
}

impl Time for VendorTime {
    fn now(&self) -> DateTime<Utc> {
        let shown = self.clock.now();
        if !self.clock.is_simulated() {
            return shown;
        }
        let mut moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner);
        if moved.0 != shown {
            *moved = (shown, Instant::now());
        }
        shown + TimeDelta::from_std(moved.1.elapsed()).unwrap_or_default()
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            while let Ok(left) = (at - self.now()).to_std()
                && !left.is_zero()
            {
                let step = if self.clock.is_simulated() {
                    left.min(LOOK)
                } else {
                    left
                };
                tokio::time::sleep(step).await;
            }
        })
    }
}
