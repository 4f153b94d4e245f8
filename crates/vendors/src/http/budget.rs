//! The budget of calls a vendor allows, shared by everybody who calls it for the same tenant.
//!
//! [`super::MemoryBudget`] serves one process. A product of several processes implements
//! [`Budget`] on its database; the rules to keep are on the trait.

use std::any::Any;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;

use crate::{BoxError, Limit, Vendor};

/// What a vendor allows for one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    pub vendor: Vendor,
    /// The vendor's name of the tenant: Xero's tenant id, Pax8's client id.
    pub tenant: String,
    pub windows: Vec<Window>,
    /// Calls at the same time.
    pub concurrent: u32,
}

/// At most `calls` in any stretch of `length`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    pub length: Duration,
    pub calls: u32,
    pub limit: Limit,
}

impl Window {
    pub const fn minute(calls: u32) -> Self {
        Self {
            length: Duration::from_mins(1),
            calls,
            limit: Limit::Minute,
        }
    }

    pub const fn day(calls: u32) -> Self {
        Self {
            length: Duration::from_hours(24),
            calls,
            limit: Limit::Day,
        }
    }
}

/// Gives out call slots.
///
/// An implementation counts a slot from the moment it is given and again from the moment it is
/// settled, whichever is later: between the two the vendor counted it. It forgets a permit that was
/// never settled when its window has passed, and frees the concurrency of one that is dropped.
pub trait Budget: Send + Sync {
    /// Asks for one call. May itself wait for another call to end (concurrency), but answers
    /// [`Grant::WaitUntil`] when time must pass.
    fn acquire<'a>(
        &'a self,
        quota: &'a Quota,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<Grant, BoxError>>;

    /// Gives the slot back with what the answer said; `seen` is empty when no answer came.
    fn settle<'a>(
        &'a self,
        quota: &'a Quota,
        permit: Permit,
        seen: Seen,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<(), BoxError>>;
}

/// The budget's answer.
#[derive(Debug)]
pub enum Grant {
    Go(Permit),
    WaitUntil { at: DateTime<Utc>, why: Limit },
}

/// A slot that was given out. Dropping it frees its concurrency, also when the caller is cancelled.
pub struct Permit {
    /// The implementation's own number for the slot.
    pub id: u64,
    held: Option<Box<dyn Any + Send + Sync>>,
}

impl Permit {
    /// `held` is dropped with the permit: put a semaphore permit or a guard into it.
    pub fn new(id: u64, held: Option<Box<dyn Any + Send + Sync>>) -> Self {
        Self { id, held }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit")
            .field("id", &self.id)
            .field("held", &self.held.is_some())
            .finish()
    }
}

/// What an answer's headers taught.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    pub minute_left: Option<u32>,
    pub day_left: Option<u32>,
    /// The vendor refused for a limit: nobody should call again before this.
    pub paused: Option<(DateTime<Utc>, Limit)>,
}
