//! One run from its beginning to its end, however often it is interrupted.

use chrono::{NaiveDate, TimeDelta};
use vendors::Vendor;

use super::{
    Mode, Sync,
    ingest::Source,
    plan,
    store::{self, CursorRow},
};
use crate::{
    app::App,
    db::{At, DbError, replay},
    failpoint,
    fault::Fault,
    features::connections::{self, Connection, Unusable},
    queue::{Attempt, JobError},
};

/// What every stream of a run needs to know.
pub struct Run<'a> {
    pub app: &'a App,
    pub source: Source,
    pub mode: Mode,
    /// When this attempt began, in business time.
    pub now: At,
    /// The calendar date in the organization's zone.
    pub today: NaiveDate,
    /// The organization's currency.
    pub currency: billing::money::Currency,
}

/// Why a run stopped.
#[derive(Debug)]
pub enum Trouble {
    Vendor(vendors::Error),
    Unusable(Unusable),
    Ours(Fault),
}

impl From<vendors::Error> for Trouble {
    fn from(error: vendors::Error) -> Self {
        Self::Vendor(error)
    }
}

impl From<Unusable> for Trouble {
    fn from(error: Unusable) -> Self {
        Self::Unusable(error)
    }
}

impl From<Fault> for Trouble {
    fn from(error: Fault) -> Self {
        Self::Ours(error)
    }
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        Self::Ours(error.into())
    }
}

/// Delta runs miss what the vendor does not mark as changed; so often everything is read.
const FULL_EVERY: TimeDelta = TimeDelta::days(7);

pub async fn drive(app: &App, job: &Sync, at: &Attempt) -> Result<(), JobError> {
    let Some((run, connection)) = replay(|| begin(app, job)).await? else {
        return Ok(());
    };
    match read_everything(&run, &connection).await {
        Ok(()) => Ok(()),
        Err(trouble) => settle(&run, at, trouble).await,
    }
}

/// None when there is nothing to do any more: the run is over, or what it is about is gone.
async fn begin<'a>(app: &'a App, job: &Sync) -> Result<Option<(Run<'a>, Connection)>, Fault> {
    let mut tx = app.db.write(job.org).await?;
    let Some(row) = store::one(&mut tx, job.org, job.run).await? else {
        return Ok(None);
    };
    // A failed run's job comes back only when a person asks for it; the run goes on then.
    if row.state == "done" {
        return Ok(None);
    }
    let connection = connections::one(&mut tx, job.org, job.connection).await?;
    let vendor = connection.vendor().map_err(Fault::Internal)?;
    let now = app.now();
    let wished = Mode::named(&row.mode).unwrap_or(Mode::Delta);
    let mode = mode_due(&mut tx, job, vendor, wished, now).await?;
    store::begin(&mut tx, job.org, job.run, mode, plan::steps(vendor)).await?;
    let (zone, currency) = connections::store::place(&mut tx, job.org).await?;
    tx.commit().await?;
    let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
    let run = Run {
        app,
        source: Source {
            org: job.org,
            connection: job.connection,
            run: job.run,
        },
        mode,
        now,
        today: now.0.with_timezone(&zone).date_naive(),
        currency: currency.parse().map_err(Fault::internal)?,
    };
    Ok(Some((run, connection)))
}

async fn mode_due(
    tx: &mut crate::db::Tx,
    job: &Sync,
    vendor: Vendor,
    wished: Mode,
    now: At,
) -> Result<Mode, Fault> {
    if vendor != Vendor::Xero || wished == Mode::Full {
        return Ok(Mode::Full);
    }
    let last = store::last_full(tx, job.org, job.connection).await?;
    // A full read that lies ahead was noted by a clock that has been set back since.
    let is_fresh = last.is_some_and(|last| last <= now && now.0 - last.0 < FULL_EVERY);
    Ok(if is_fresh { Mode::Delta } else { Mode::Full })
}

async fn read_everything(run: &Run<'_>, connection: &Connection) -> Result<(), Trouble> {
    let client = connections::open(run.app, run.source.org, connection).await?;
    plan::read(run, &client).await?;
    replay(|| finish(run)).await?;
    Ok(())
}

async fn finish(run: &Run<'_>) -> Result<(), Fault> {
    let Source {
        org,
        connection,
        run: id,
    } = run.source;
    let mut tx = run.app.db.write(org).await?;
    let now = run.app.now();
    store::finish(&mut tx, org, id, "done", None, now).await?;
    connections::note_outcome(run.app, &mut tx, org, connection, None).await?;
    connections::store::set_synced(&mut tx, org, connection, now).await?;
    super::after_sync(run.app, &mut tx, org).await?;
    failpoint::reach("sync.before_finish");
    Ok(tx.commit().await?)
}

/// Decides what becomes of an interrupted run, and says so where people look.
async fn settle(run: &Run<'_>, at: &Attempt, trouble: Trouble) -> Result<(), JobError> {
    use vendors::Error;
    let words = words(&trouble);
    match trouble {
        Trouble::Vendor(Error::RetryAt { when, why, .. }) => {
            replay(|| note(run, &words)).await?;
            let why = why.to_string();
            Err(JobError::Later { at: when, why })
        }
        Trouble::Vendor(Error::ReconnectNeeded { .. } | Error::Refused(_)) => {
            replay(|| give_up(run, &words, true)).await?;
            Ok(())
        }
        Trouble::Unusable(Unusable::Disconnected | Unusable::NoAccount) => {
            replay(|| give_up(run, &words, false)).await?;
            Ok(())
        }
        Trouble::Vendor(_) if at.is_last => {
            replay(|| give_up(run, &words, true)).await?;
            Err(JobError::fail(anyhow::anyhow!(words)))
        }
        Trouble::Unusable(_) | Trouble::Ours(_) if at.is_last => {
            replay(|| give_up(run, &words, false)).await?;
            Err(JobError::fail(source(trouble)))
        }
        trouble => {
            replay(|| note(run, &words)).await?;
            Err(JobError::retry(source(trouble)))
        }
    }
}

fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Vendor(error) => error.to_string(),
        Trouble::Unusable(Unusable::Internal(_)) | Trouble::Ours(Fault::Internal(_)) => {
            "Something went wrong on our side. It is tried again by itself; if it lasts, look at \
             Settings, Jobs."
                .to_owned()
        }
        Trouble::Unusable(unusable) => unusable.to_string(),
        Trouble::Ours(fault) => fault.to_string(),
    }
}

fn source(trouble: Trouble) -> anyhow::Error {
    match trouble {
        Trouble::Vendor(error) => error.into(),
        Trouble::Unusable(error) => error.into(),
        Trouble::Ours(Fault::Internal(error)) => error,
        Trouble::Ours(fault) => fault.into(),
    }
}

async fn note(run: &Run<'_>, words: &str) -> Result<(), Fault> {
    let mut tx = run.app.db.write(run.source.org).await?;
    store::note_problem(&mut tx, run.source.org, run.source.run, words).await?;
    Ok(tx.commit().await?)
}

/// The run has failed. Where the vendor is the reason, the connection says so until it works.
async fn give_up(run: &Run<'_>, words: &str, is_vendors: bool) -> Result<(), Fault> {
    let Source {
        org,
        connection,
        run: id,
    } = run.source;
    let mut tx = run.app.db.write(org).await?;
    store::finish(&mut tx, org, id, "failed", Some(words), run.app.now()).await?;
    if is_vendors {
        connections::need_attention(run.app, &mut tx, org, connection, words).await?;
    }
    Ok(tx.commit().await?)
}

impl Run<'_> {
    /// Where a stream stands: what was kept about it, and whether this run has begun it.
    pub async fn cursor(&self, stream: &str) -> Result<Option<CursorRow>, DbError> {
        let mut tx = self.app.db.read(self.source.org).await?;
        store::cursor(&mut tx, self.source.org, self.source.connection, stream).await
    }
}
