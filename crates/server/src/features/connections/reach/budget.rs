//! The budget of calls on the database, shared by all processes: every call of the last day is a
//! row, so whatever minute the vendor looks at holds no more calls than it allows.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tokio::sync::{Mutex, Semaphore};
use vendors::{
    BoxError, Limit, Vendor,
    http::{Budget, Grant, Permit, Quota, Seen, Window},
};

use crate::{
    db::{At, Db, DbError, Tx, replay},
    features::connections::store::calls,
};

pub(super) struct SharedBudget {
    db: Db,
    /// Limits that we set ourselves out of courtesy do not bind us towards our own sandbox; what
    /// the vendor documents or asks for does.
    is_simulated: bool,
    /// The callers of this process queue here instead of colliding in the database.
    turn: Mutex<()>,
    slots: std::sync::Mutex<HashMap<(Vendor, String), Arc<Semaphore>>>,
    next_id: AtomicI64,
}

/// A call whose end nobody reported is given up for lost after this.
const LOST_AFTER: TimeDelta = TimeDelta::minutes(2);
const LOOK_AGAIN: TimeDelta = TimeDelta::milliseconds(200);
/// Answers overtake each other; only a larger difference means that the vendor's day began anew.
const ANSWERS_UNDER_WAY: i64 = 100;

impl SharedBudget {
    pub(super) fn new(db: Db, is_simulated: bool, since_epoch_millis: i64, seed: [u8; 32]) -> Self {
        let [high, low, ..] = seed.map(i64::from);
        // Numbers of different processes begin far apart: milliseconds and chance tell them.
        let first = (since_epoch_millis << 20) | (high << 12) | (low << 4);
        Self {
            db,
            is_simulated,
            turn: Mutex::new(()),
            slots: std::sync::Mutex::default(),
            next_id: AtomicI64::new(first),
        }
    }

    fn slots(&self, quota: &Quota) -> Arc<Semaphore> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (quota.vendor, quota.tenant.clone());
        let concurrent = usize::try_from(quota.concurrent.max(1)).unwrap_or(1);
        Arc::clone(
            slots
                .entry(key)
                .or_insert_with(|| Arc::new(Semaphore::new(concurrent))),
        )
    }

    fn windows<'q>(&self, quota: &'q Quota) -> &'q [Window] {
        if self.is_simulated && quota.vendor != Vendor::Xero {
            return &[];
        }
        &quota.windows
    }

    /// Counts one call, or says until when there is no room.
    async fn take(
        &self,
        quota: &Quota,
        id: i64,
        now: DateTime<Utc>,
    ) -> Result<Option<(DateTime<Utc>, Limit)>, DbError> {
        let account = calls::Account::of(quota);
        if self.windows(quota).is_empty() {
            let mut tx = self.db.read_global().await?;
            let paused = calls::paused(&mut tx, &account, At(now)).await?;
            return Ok(paused.map(|row| (row.blocked_until.0, limit(&row.blocked_by))));
        }
        let mut tx = self.db.write_global().await?;
        if let Some(paused) = calls::paused(&mut tx, &account, At(now)).await? {
            return Ok(Some((paused.blocked_until.0, limit(&paused.blocked_by))));
        }
        for window in self.windows(quota) {
            if let Some(until) = full_until(&mut tx, &account, window, now).await? {
                return Ok(Some((until, window.limit)));
            }
        }
        let open = calls::open(&mut tx, &account, At(now)).await?;
        if open >= i64::from(quota.concurrent.max(1)) {
            return Ok(Some((now + LOOK_AGAIN, Limit::Concurrent)));
        }
        let longest = self.windows(quota).iter().map(length).max();
        calls::forget(
            &mut tx,
            &account,
            At(now - longest.unwrap_or_default() - LOST_AFTER),
        )
        .await?;
        calls::insert(
            &mut tx,
            &account,
            id,
            At(now),
            1,
            Some(At(now + LOST_AFTER)),
        )
        .await?;
        tx.commit().await?;
        Ok(None)
    }

    async fn give_back(
        &self,
        quota: &Quota,
        id: i64,
        seen: Seen,
        now: DateTime<Utc>,
    ) -> Result<(), DbError> {
        if self.windows(quota).is_empty() && seen.paused.is_none() {
            return Ok(());
        }
        let mut tx = self.db.write_global().await?;
        let account = calls::Account::of(quota);
        calls::end(&mut tx, &account, id, At(now)).await?;
        for window in self.windows(quota) {
            let left = match window.limit {
                Limit::Minute => seen.minute_left,
                Limit::Day => seen.day_left,
                Limit::Concurrent | Limit::Busy => None,
            };
            if let Some(left) = left {
                self.believe(&mut tx, &account, window, left, now).await?;
            }
        }
        if let Some((until, why)) = seen.paused {
            calls::pause(&mut tx, &account, At(until), word(why), At(now)).await?;
        }
        tx.commit().await
    }

    /// The vendor's word on what is left. Fewer than we counted: others call too. Many more over a
    /// day: its day began anew.
    async fn believe(
        &self,
        tx: &mut Tx,
        account: &calls::Account<'_>,
        window: &Window,
        left: u32,
        now: DateTime<Utc>,
    ) -> Result<(), DbError> {
        let used = i64::from(window.calls.saturating_sub(left));
        let mut counted = calls::since(tx, account, At(now - length(window)), At(now)).await?;
        if window.limit == Limit::Day && counted > used + ANSWERS_UNDER_WAY {
            let recent = At(now - TimeDelta::minutes(1));
            calls::forget(tx, account, recent).await?;
            counted = calls::since(tx, account, recent, At(now)).await?;
        }
        if counted < used {
            let id = self.next_id.fetch_add(1, Ordering::Relaxed);
            calls::insert(tx, account, id, At(now), used - counted, None).await?;
        }
        Ok(())
    }
}

impl Budget for SharedBudget {
    fn acquire<'a>(
        &'a self,
        quota: &'a Quota,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Grant, BoxError>> {
        Box::pin(async move {
            let held = self.slots(quota).acquire_owned().await?;
            let id = self.next_id.fetch_add(1, Ordering::Relaxed);
            let _turn = self.turn.lock().await;
            Ok(match replay(|| self.take(quota, id, now)).await? {
                None => Grant::Go(Permit::new(id.unsigned_abs(), Some(Box::new(held)))),
                Some((at, why)) => Grant::WaitUntil { at, why },
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
            let id = i64::try_from(permit.id)?;
            let _turn = self.turn.lock().await;
            replay(|| self.give_back(quota, id, seen, now)).await?;
            Ok(())
        })
    }
}

/// When the next call fits into the window; none when it fits now.
async fn full_until(
    tx: &mut Tx,
    account: &calls::Account<'_>,
    window: &Window,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, DbError> {
    let begins = now - length(window);
    let used = calls::since(tx, account, At(begins), At(now)).await?;
    let mut over = used + 1 - i64::from(window.calls.max(1));
    if over <= 0 {
        return Ok(None);
    }
    let mut leaves = now;
    for (at, calls) in calls::oldest_since(tx, account, At(begins), At(now)).await? {
        leaves = at.0 + length(window);
        over -= calls;
        if over <= 0 {
            break;
        }
    }
    Ok(Some(leaves.max(now + TimeDelta::milliseconds(1))))
}

fn length(window: &Window) -> TimeDelta {
    TimeDelta::from_std(window.length).unwrap_or(TimeDelta::days(1))
}

fn word(limit: Limit) -> &'static str {
    match limit {
        Limit::Minute => "minute",
        Limit::Day => "day",
        Limit::Concurrent => "concurrent",
        Limit::Busy => "busy",
    }
}

fn limit(word: &str) -> Limit {
    match word {
        "minute" => Limit::Minute,
        "day" => Limit::Day,
        "concurrent" => Limit::Concurrent,
        _ => Limit::Busy,
    }
}
