//! The budget of one process, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tokio::sync::Semaphore;

use super::budget::{Budget, Grant, Permit, Quota, Seen, Window};
use crate::{BoxError, Limit, Vendor};

/// Counts calls per tenant in rolling windows, which is at least as strict as any way a vendor may
/// count: whatever minute the vendor looks at, no more calls than allowed lie in it.
#[derive(Debug, Default)]
pub struct MemoryBudget {
    tenants: Mutex<HashMap<(Vendor, String), Arc<Tenant>>>,
}

#[derive(Debug)]
struct Tenant {
    concurrency: Arc<Semaphore>,
    ledger: Mutex<Ledger>,
}

#[derive(Debug, Default)]
struct Ledger {
    next_id: u64,
    logs: Vec<Log>,
    paused: Option<(DateTime<Utc>, Limit)>,
}

/// The calls of one window, oldest first.
#[derive(Debug)]
struct Log {
    window: Window,
    calls: VecDeque<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    /// None for calls of others, of which only the number is known.
    id: Option<u64>,
    at: DateTime<Utc>,
}

impl MemoryBudget {
    pub fn new() -> Self {
        Self::default()
    }

    fn tenant(&self, quota: &Quota) -> Arc<Tenant> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (quota.vendor, quota.tenant.clone());
        Arc::clone(tenants.entry(key).or_insert_with(|| {
            let concurrent = usize::try_from(quota.concurrent.max(1)).unwrap_or(1);
            Arc::new(Tenant {
                concurrency: Arc::new(Semaphore::new(concurrent)),
                ledger: Mutex::new(Ledger::of(&quota.windows)),
            })
        }))
    }
}

impl Budget for MemoryBudget {
    fn acquire<'a>(
        &'a self,
        quota: &'a Quota,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Grant, BoxError>> {
        Box::pin(async move {
            let tenant = self.tenant(quota);
            let held = Arc::clone(&tenant.concurrency).acquire_owned().await?;
            let mut ledger = tenant.ledger.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(match ledger.take(now) {
                Ok(id) => Grant::Go(Permit::new(id, Some(Box::new(held)))),
                Err((at, why)) => Grant::WaitUntil { at, why },
            })
        })
    }

    fn settle<'a>(
        &'a self,
        quota: &'a Quota,
        permit: Permit,
        seen: Seen,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let tenant = self.tenant(quota);
            let mut ledger = tenant.ledger.lock().unwrap_or_else(PoisonError::into_inner);
            ledger.settle(permit.id, seen, now);
            Ok(())
        })
    }
}

impl Ledger {
    fn of(windows: &[Window]) -> Self {
        let logs = windows
            .iter()
            .map(|&window| Log {
                window,
                calls: VecDeque::new(),
            })
            .collect();
        Self {
            logs,
            ..Self::default()
        }
    }

    /// Counts one call in every window, or says until when there is room in none.
    fn take(&mut self, now: DateTime<Utc>) -> Result<u64, (DateTime<Utc>, Limit)> {
        if let Some((until, why)) = self.paused {
            if until > now {
                return Err((until, why));
            }
            self.paused = None;
        }
        let full = self
            .logs
            .iter_mut()
            .filter_map(|log| log.full_until(now))
            .max_by_key(|f| f.0);
        if let Some(full) = full {
            return Err(full);
        }
        self.next_id += 1;
        let entry = Entry {
            id: Some(self.next_id),
            at: now,
        };
        for log in &mut self.logs {
            log.calls.push_back(entry);
        }
        Ok(self.next_id)
    }

    fn settle(&mut self, id: u64, seen: Seen, now: DateTime<Utc>) {
        for log in &mut self.logs {
            log.restamp(id, now);
            let left = match log.window.limit {
                Limit::Minute => seen.minute_left,
                Limit::Day => seen.day_left,
                Limit::Concurrent | Limit::Busy => None,
            };
            if let Some(left) = left {
                log.believe(left, now);
            }
        }
        if let Some((until, why)) = seen.paused
            && self.paused.is_none_or(|(paused, _)| paused < until)
        {
            self.paused = Some((until, why));
        }
    }
}

impl Log {
    /// When the next call fits, if none does now.
    fn full_until(&mut self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, Limit)> {
        let length = TimeDelta::from_std(self.window.length).unwrap_or(TimeDelta::days(1));
        while self
            .calls
            .front()
            .is_some_and(|entry| entry.at + length <= now)
        {
            self.calls.pop_front();
        }
        let most = usize::try_from(self.window.calls.max(1)).unwrap_or(usize::MAX);
        let over = (self.calls.len() + 1)
            .checked_sub(most)
            .filter(|&over| over > 0)?;
        let leaves = self.calls.get(over - 1)?.at + length;
        Some((leaves, self.window.limit))
    }

    /// The call ended only now: the vendor counted it somewhere in between, so it stays counted
    /// from here on.
    fn restamp(&mut self, id: u64, now: DateTime<Utc>) {
        let Some(at) = self.calls.iter().rposition(|entry| entry.id == Some(id)) else {
            return;
        };
        if let Some(entry) = self.calls.remove(at) {
            self.calls.push_back(Entry {
                at: entry.at.max(now),
                ..entry
            });
        }
    }

    /// The vendor's word on how many calls are left. Fewer than we thought: others call too, and
    /// theirs are counted. Many more over a day: the vendor began a new day, so the oldest go; over
    /// a minute answers overtake each other too often to believe more room than we counted.
    fn believe(&mut self, left: u32, now: DateTime<Utc>) {
        const ANSWERS_UNDER_WAY: usize = 100;
        let used = usize::try_from(self.window.calls.saturating_sub(left)).unwrap_or(usize::MAX);
        for _ in self.calls.len()..used {
            self.calls.push_back(Entry { id: None, at: now });
        }
        if self.window.limit == Limit::Day && self.calls.len() > used + ANSWERS_UNDER_WAY {
            self.calls.drain(..self.calls.len() - used);
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use super::{Ledger, MemoryBudget};
    use crate::http::{Budget, Grant, Quota, Seen, Window};
    use crate::{Limit, Vendor};

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn sixty_a_minute_wherever_the_minute_begins() {
        let mut ledger = Ledger::of(&[Window::minute(60), Window::day(5000)]);
        let mut given = Vec::new();
        let mut now = at(0);
        while given.len() < 250 {
            match ledger.take(now) {
                Ok(id) => {
                    given.push(now);
                    now += TimeDelta::milliseconds(300);
                    ledger.settle(id, Seen::default(), now);
                }
                Err((until, why)) => {
                    assert_eq!(why, Limit::Minute);
                    assert!(until > now);
                    now = until;
                }
            }
        }
        for start in &given {
            let inside = given
                .iter()
                .filter(|t| **t >= *start && **t < *start + TimeDelta::minutes(1));
            assert!(inside.count() <= 60);
        }
        assert!(now < at(270), "250 calls at 60 a minute took until {now}");
    }

    #[test]
    fn the_calls_of_others_are_learned() {
        let mut ledger = Ledger::of(&[Window::minute(60)]);
        let id = ledger.take(at(0)).unwrap();
        ledger.settle(
            id,
            Seen {
                minute_left: Some(1),
                ..Seen::default()
            },
            at(1),
        );
        assert!(ledger.take(at(2)).is_ok());
        assert_eq!(ledger.take(at(3)), Err((at(61), Limit::Minute)));
    }

    #[test]
    fn a_new_day_at_the_vendor_is_believed_and_a_smaller_tier_too() {
        let mut ledger = Ledger::of(&[Window::day(5000)]);
        for _ in 0..5000 {
            ledger.take(at(0)).unwrap();
        }
        assert!(ledger.take(at(10)).is_err());
        ledger.settle(
            5000,
            Seen {
                day_left: Some(4999),
                ..Seen::default()
            },
            at(10),
        );
        assert!(ledger.take(at(11)).is_ok());
        ledger.settle(
            5001,
            Seen {
                day_left: Some(0),
                ..Seen::default()
            },
            at(12),
        );
        assert!(ledger.take(at(13)).is_err());
    }

    #[test]
    fn a_pause_holds_everybody_and_ends() {
        let mut ledger = Ledger::of(&[Window::minute(60)]);
        let id = ledger.take(at(0)).unwrap();
        ledger.settle(
            id,
            Seen {
                paused: Some((at(500), Limit::Day)),
                ..Seen::default()
            },
            at(1),
        );
        assert_eq!(ledger.take(at(499)), Err((at(500), Limit::Day)));
        assert!(ledger.take(at(500)).is_ok());
    }

    #[tokio::test]
    async fn concurrency_is_freed_by_dropping() {
        let budget = MemoryBudget::new();
        let quota = Quota {
            vendor: Vendor::Xero,
            tenant: "t".to_owned(),
            windows: vec![Window::minute(60)],
            concurrent: 1,
        };
        let Grant::Go(first) = budget.acquire(&quota, at(0)).await.unwrap() else {
            panic!()
        };
        let second = budget.acquire(&quota, at(0));
        let waited = tokio::time::timeout(std::time::Duration::from_millis(20), second).await;
        assert!(waited.is_err(), "a second call ran beside the first");
        drop(first);
        assert!(matches!(
            budget.acquire(&quota, at(0)).await.unwrap(),
            Grant::Go(_)
        ));
    }
}
