//! Runs jobs: claim, renew the lease while running, settle.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument as _;

use super::{Attempt, JobError, JobKind, Schedule, store, store::Claimed, tick};
use crate::{
    app::App,
    db::{At, replay},
    failpoint,
    fault::Fault,
};

/// How often schedules are looked at.
const TICK: Duration = Duration::from_secs(5);
const FIRST_RETRY: Duration = Duration::from_secs(2);
const LAST_RETRY: Duration = Duration::from_hours(1);
/// Jobs under way may end by themselves for so long once the process was asked to stop.
const GRACE: Duration = Duration::from_secs(3);

/// The tasks of this process that run jobs and tick schedules.
pub struct Worker {
    stop: CancellationToken,
    abandon: CancellationToken,
    tasks: TaskTracker,
}

impl Worker {
    pub fn start(app: &App, kinds: &'static [JobKind], schedules: &'static [Schedule]) -> Self {
        let worker = Self {
            stop: CancellationToken::new(),
            abandon: CancellationToken::new(),
            tasks: TaskTracker::new(),
        };
        for number in 0..app.config.worker.concurrency.max(1) {
            let runner = Runner {
                app: app.clone(),
                kinds,
                owner: format!("{}-{number}", uuid_of_process(app)),
                abandon: worker.abandon.clone(),
            };
            worker
                .tasks
                .spawn(run_until_stopped(runner, worker.stop.clone()));
        }
        worker.tasks.spawn(tick_until_stopped(
            app.clone(),
            schedules,
            worker.stop.clone(),
        ));
        worker.tasks.close();
        worker
    }

    /// Takes no new job. Running ones may end; those that take long are put back, to be taken up
    /// where they were by whoever comes next, as after a crash.
    pub async fn finish(self) {
        self.stop.cancel();
        if tokio::time::timeout(GRACE, self.tasks.wait())
            .await
            .is_err()
        {
            self.abandon.cancel();
            self.tasks.wait().await;
        }
    }
}

/// One job at a time, under one name.
struct Runner {
    app: App,
    kinds: &'static [JobKind],
    owner: String,
    /// Cancelled when the process cannot wait for running jobs any longer.
    abandon: CancellationToken,
}

fn uuid_of_process(app: &App) -> String {
    format!(
        "{}-{}",
        std::process::id(),
        hex::encode(app.random_bytes::<4>())
    )
}

async fn run_until_stopped(runner: Runner, stop: CancellationToken) {
    let app = &runner.app;
    let poll = Duration::from_millis(app.config.worker.poll_ms.max(10));
    while !stop.is_cancelled() {
        match runner.run_next().await {
            Ok(true) => {}
            Ok(false) => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = app.jobs_waiting.notified() => {}
                    () = tokio::time::sleep(poll) => {}
                }
            }
            Err(error) => {
                tracing::error!(error = %chain(&error), "the worker could not reach its queue");
                tokio::time::sleep(poll.saturating_mul(4)).await;
            }
        }
    }
}

async fn tick_until_stopped(app: App, schedules: &'static [Schedule], stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = replay(|| tick(&app, schedules)).await {
            tracing::error!(error = %chain(&error), "schedules could not be read");
        }
        if let Err(error) = free_orphans(&app).await {
            tracing::error!(error = %chain(&error), "expired leases could not be freed");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

async fn free_orphans(app: &App) -> Result<(), Fault> {
    let mut tx = app.db.write_global().await?;
    store::requeue_orphans(&mut tx, At(app.clock.wall_now()), false).await?;
    Ok(tx.commit().await?)
}

/// Runs every job that waits, whatever its back-off, until none is left; how many ran.
/// For tests and for commands that must not leave work behind.
pub async fn run_due(app: &App, kinds: &'static [JobKind]) -> Result<usize, Fault> {
    let runner = Runner {
        app: app.clone(),
        kinds,
        owner: uuid_of_process(app),
        abandon: CancellationToken::new(),
    };
    let mut ran = 0;
    while runner.run_next().await? {
        ran += 1;
    }
    Ok(ran)
}

impl Runner {
    /// Claims and runs one job; false when none is due.
    async fn run_next(&self) -> Result<bool, Fault> {
        let Some(job) = replay(|| claim(&self.app, &self.owner)).await? else {
            return Ok(false);
        };
        failpoint::reach("queue.claimed");
        let span =
            tracing::info_span!("job", id = %job.id, kind = %job.kind, attempt = job.attempts);
        self.run_claimed(job).instrument(span).await?;
        Ok(true)
    }

    async fn run_claimed(&self, job: Claimed) -> Result<(), Fault> {
        let (app, owner) = (&self.app, &self.owner);
        let Some(kind) = self.kinds.iter().find(|kind| kind.kind == job.kind) else {
            let why = JobError::fail(anyhow::anyhow!("this version knows no job `{}`", job.kind));
            return replay(|| settle(app, owner, &job, 1, Err(&why))).await;
        };
        let attempt = Attempt {
            job: job.id,
            number: job.attempts,
            is_last: job.attempts >= kind.max_attempts,
        };
        let lost = Arc::new(CancellationToken::new());
        let keeper = tokio::spawn(keep_lease(app.clone(), job.id, owner.clone(), lost.clone()));
        let outcome = tokio::select! {
            outcome = (kind.run)(app, &job.payload, &attempt) => Some(outcome),
            // Another worker has the job now; whatever we were doing must not be settled by us.
            () = lost.cancelled() => None,
            () = self.abandon.cancelled() => {
                keeper.abort();
                return replay(|| give_back(app, owner, &job)).await;
            }
        };
        keeper.abort();
        let Some(outcome) = outcome else {
            return Ok(());
        };
        app.metrics.job_ran(kind.kind, outcome.is_ok());
        failpoint::reach("queue.before_settle");
        let outcome = outcome.as_ref().map(|&()| ());
        replay(|| settle(app, owner, &job, kind.max_attempts, outcome)).await?;
        failpoint::reach("queue.settled");
        Ok(())
    }
}

async fn claim(app: &App, owner: &str) -> Result<Option<Claimed>, Fault> {
    let mut tx = app.db.write_global().await?;
    let now = At(app.clock.wall_now());
    let job = store::claim(&mut tx, now, lease(app), owner).await?;
    tx.commit().await?;
    Ok(job)
}

/// The job goes on in another process, and this attempt does not count.
async fn give_back(app: &App, owner: &str, job: &Claimed) -> Result<(), Fault> {
    let why = "the process was asked to stop";
    let mut tx = app.db.write_global().await?;
    let now = At(app.clock.wall_now());
    store::put_back(&mut tx, job.id, owner, now, why, false).await?;
    Ok(tx.commit().await?)
}

fn lease(app: &App) -> TimeDelta {
    TimeDelta::seconds(i64::from(app.config.worker.lease_seconds.max(5)))
}

async fn keep_lease(app: App, id: crate::db::JobId, owner: String, lost: Arc<CancellationToken>) {
    let third = Duration::from_secs(u64::from(app.config.worker.lease_seconds.max(5)) / 3);
    loop {
        tokio::time::sleep(third).await;
        match replay(|| renew(&app, id, &owner)).await {
            Ok(true) => {}
            Ok(false) => return lost.cancel(),
            Err(error) => tracing::warn!(error = %chain(&error), "a lease could not be renewed"),
        }
    }
}

async fn renew(app: &App, id: crate::db::JobId, owner: &str) -> Result<bool, Fault> {
    let mut tx = app.db.write_global().await?;
    let until = At(app.clock.wall_now() + lease(app));
    let renewed = store::renew(&mut tx, id, owner, until).await?;
    tx.commit().await?;
    Ok(renewed)
}

async fn settle(
    app: &App,
    owner: &str,
    job: &Claimed,
    max_attempts: i64,
    outcome: Result<(), &JobError>,
) -> Result<(), Fault> {
    let mut tx = app.db.write_global().await?;
    let now = At(app.clock.wall_now());
    match outcome {
        Ok(()) => store::finish(&mut tx, job.id, owner, now).await?,
        Err(JobError::Retry { why }) if job.attempts < max_attempts => {
            tracing::warn!(error = %format!("{why:#}"), "the job will be tried again");
            let run_at = now + back_off(job.attempts);
            store::put_back(&mut tx, job.id, owner, run_at, &format!("{why:#}"), true).await?;
        }
        Err(JobError::Later { at, why }) => {
            tracing::info!(%at, why, "the job waits");
            let run_at = now + wait_until(app.now().0, *at);
            store::put_back(&mut tx, job.id, owner, run_at, why, false).await?;
        }
        Err(JobError::Retry { why } | JobError::Fail { why }) => {
            tracing::error!(error = %format!("{why:#}"), "the job is dead");
            store::bury(&mut tx, job.id, owner, now, &format!("{why:#}")).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// Doubling from two seconds to an hour.
fn back_off(attempts: i64) -> TimeDelta {
    let doublings = u32::try_from(attempts.clamp(1, 20) - 1).unwrap_or(0);
    let wait = FIRST_RETRY
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(LAST_RETRY);
    TimeDelta::from_std(wait).unwrap_or(TimeDelta::hours(1))
}

/// Business instants are turned into a wait, because business time may stand still.
fn wait_until(now: DateTime<Utc>, at: DateTime<Utc>) -> TimeDelta {
    (at - now).clamp(TimeDelta::seconds(1), TimeDelta::hours(24))
}

fn chain(error: &Fault) -> String {
    match error {
        Fault::Internal(source) => format!("{source:#}"),
        other => other.to_string(),
    }
}
