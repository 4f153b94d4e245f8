//! How long a call may take and how often it is tried.

use std::time::Duration;

use crate::{Chance, Vendor};

/// The bounds of one call, tries and waits included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patience {
    /// One try, from connecting to the last byte of the answer.
    pub total: Duration,
    /// The longest wait for a limit a worker sleeps through; beyond it the call ends with
    /// [`crate::Error::RetryAt`].
    pub longest_wait: Duration,
    /// Tries on a bad connection or a server error, the first included.
    pub tries: u32,
    /// The wait before the second try; it doubles with each further one.
    pub first_pause: Duration,
    /// How often a call may be sent back to wait for a limit before it gives up.
    pub waits: u32,
    /// The largest answer read.
    pub body_limit_bytes: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            total: Duration::from_mins(1),
            longest_wait: Duration::from_secs(90),
            tries: 4,
            first_pause: Duration::from_secs(1),
            waits: 6,
            body_limit_bytes: 32 * 1024 * 1024,
        }
    }
}

impl Patience {
    /// For a person who waits for the answer, such as behind "Test connection".
    pub fn short() -> Self {
        Self {
            total: Duration::from_secs(15),
            longest_wait: Duration::from_secs(5),
            tries: 2,
            ..Self::default()
        }
    }

    /// The wait before try number `next` (the second is 2): doubling, and up to half as much again
    /// by chance, so that callers who failed together do not come back together.
    pub(crate) fn pause(&self, next: u32, chance: &dyn Chance) -> Duration {
        let doublings = next.saturating_sub(2).min(6);
        let pause = self.first_pause.saturating_mul(1 << doublings);
        pause + spread(pause, chance)
    }
}

/// A duration by chance, from nothing up to half of `of`.
pub(crate) fn spread(of: Duration, chance: &dyn Chance) -> Duration {
    let most = u64::try_from(of.as_millis() / 2).unwrap_or(u64::MAX);
    Duration::from_millis(chance.below(most.saturating_add(1)).min(most))
}

/// How long a limit lasts when the vendor does not say.
pub(crate) fn unsaid_pause(vendor: Vendor) -> Duration {
    match vendor {
        Vendor::Xero => Duration::from_mins(1),
        Vendor::Pax8 | Vendor::NinjaOne => Duration::from_secs(5),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Patience;

    #[test]
    fn pauses_double_and_spread_by_half_at_most() {
        let patience = Patience::default();
        let least = |_| 0;
        let most = |n: u64| n - 1;
        for (next, seconds) in [(2, 1), (3, 2), (4, 4), (9, 64), (90, 64)] {
            let seconds = Duration::from_secs(seconds);
            assert_eq!(patience.pause(next, &least), seconds);
            assert_eq!(patience.pause(next, &most), seconds + seconds / 2);
        }
    }
}
