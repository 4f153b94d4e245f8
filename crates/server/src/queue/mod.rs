//! Jobs: enqueued in the transaction that decided them, leased to one worker at a time, run at
//! least once and therefore idempotent. The queue knows no job; `jobs.rs` lists them.

mod schedule;
mod store;
#[cfg(test)]
mod tests;
mod worker;

pub use schedule::{Enqueued, Every, Schedule, tick};
pub use store::{JobRow, counts, list, requeue_dead, requeue_orphans, unfinished};
pub use worker::{Worker, run_due};

use std::{future::Future, pin::Pin, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    app::App,
    db::{JobId, OrgId, Tx},
    fault::Fault,
};

/// A unit of work that outlives the process. The payload is stored as JSON, so its fields are
/// changed only by adding optional ones (a golden file in the tests watches).
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    const KIND: &'static str;
    /// After so many attempts the job is dead and waits for a person.
    const MAX_ATTEMPTS: i64 = 12;

    fn org(&self) -> Option<OrgId>;

    /// At most one job of a key waits; enqueueing it again does nothing.
    fn dedup_key(&self) -> Option<String> {
        None
    }

    /// Jobs of one lane run one after another.
    fn lane(&self) -> Option<String> {
        None
    }

    fn run(self, app: &App, at: &Attempt) -> impl Future<Output = Result<(), JobError>> + Send;
}

/// Which attempt this is.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub job: JobId,
    pub number: i64,
    pub is_last: bool,
}

/// A job's error carries the decision.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Try again with growing back-off, until the attempts are used up.
    #[error("{why:#}")]
    Retry { why: anyhow::Error },
    /// Try again at a known business instant; does not count as an attempt.
    #[error("{why}")]
    Later { at: DateTime<Utc>, why: String },
    /// Trying again cannot help; the job is dead at once and visible in Settings.
    #[error("{why:#}")]
    Fail { why: anyhow::Error },
}

impl JobError {
    pub fn retry(why: impl Into<anyhow::Error>) -> Self {
        Self::Retry { why: why.into() }
    }

    pub fn fail(why: impl Into<anyhow::Error>) -> Self {
        Self::Fail { why: why.into() }
    }
}

macro_rules! retried {
    ($($error:ty)*) => {$(
        impl From<$error> for JobError {
            fn from(why: $error) -> Self {
                Self::retry(why)
            }
        }
    )*};
}
retried! { anyhow::Error Fault crate::db::DbError }

/// One line of the table in `jobs.rs`.
pub struct JobKind {
    pub kind: &'static str,
    pub max_attempts: i64,
    run: Runner,
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<(), JobError>> + Send + 'a>>;
type Runner = for<'a> fn(&'a App, &'a str, &'a Attempt) -> Running<'a>;

impl JobKind {
    pub const fn of<J: Job>() -> Self {
        Self {
            kind: J::KIND,
            max_attempts: J::MAX_ATTEMPTS,
            run: run_typed::<J>,
        }
    }
}

fn run_typed<'a, J: Job>(app: &'a App, payload: &'a str, at: &'a Attempt) -> Running<'a> {
    Box::pin(async move {
        let job: J = serde_json::from_str(payload).map_err(JobError::fail)?;
        job.run(app, at).await
    })
}

/// Queues a job in the caller's transaction; it exists if and only if that commits.
pub async fn enqueue<J: Job>(app: &App, tx: &mut Tx, job: &J) -> Result<(), Fault> {
    enqueue_after(app, tx, job, Duration::ZERO).await
}

/// The same, not to run before `delay` (wall time) has passed.
pub async fn enqueue_after<J: Job>(
    app: &App,
    tx: &mut Tx,
    job: &J,
    delay: Duration,
) -> Result<(), Fault> {
    let now = app.clock.wall_now();
    let new = store::NewJob {
        id: app.new_id(),
        kind: J::KIND,
        org: job.org(),
        payload: serde_json::to_string(job)?,
        dedup_key: job.dedup_key(),
        lane: job.lane(),
        run_at: now + delay,
        created_at: now,
    };
    store::insert(tx, new).await?;
    app.jobs_waiting.notify_one();
    Ok(())
}
