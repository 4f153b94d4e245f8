//! The job table.

use chrono::{DateTime, TimeDelta, Utc};

use crate::db::{At, DbError, JobId, OrgId, Tx, dialect, sql};

pub struct NewJob {
    pub id: JobId,
    pub kind: &'static str,
    pub org: Option<OrgId>,
    pub payload: String,
    pub dedup_key: Option<String>,
    pub lane: Option<String>,
    pub run_at: DateTime<Utc>,
    pub created_at: DateTime<Utc>,
}

pub async fn insert(tx: &mut Tx, job: NewJob) -> Result<(), DbError> {
    sql(
        "insert into job (id, kind, org_id, payload, dedup_key, lane, state, run_at, created_at) \
         values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8) \
         on conflict (kind, dedup_key) where state = 'queued' and dedup_key is not null do nothing",
    )
    .bind(job.id)
    .bind(job.kind)
    .bind(job.org)
    .bind(job.payload)
    .bind(job.dedup_key)
    .bind(job.lane)
    .bind(At(job.run_at))
    .bind(At(job.created_at))
    .run(tx)
    .await?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
pub struct Claimed {
    pub id: JobId,
    pub kind: String,
    pub payload: String,
    pub attempts: i64,
}

pub async fn claim(
    tx: &mut Tx,
    now: At,
    lease: TimeDelta,
    owner: &str,
) -> Result<Option<Claimed>, DbError> {
    dialect::claim_job(tx)
        .bind(now)
        .bind(now + lease)
        .bind(owner)
        .optional(tx)
        .await
}

/// Keeps a running job's lease; false when somebody else has it now.
pub async fn renew(tx: &mut Tx, id: JobId, owner: &str, until: At) -> Result<bool, DbError> {
    let renewed = sql("update job set lease_until = $3 \
         where id = $1 and lease_owner = $2 and state = 'running'")
    .bind(id)
    .bind(owner)
    .bind(until)
    .run(tx)
    .await?;
    Ok(renewed == 1)
}

pub async fn finish(tx: &mut Tx, id: JobId, owner: &str, now: At) -> Result<(), DbError> {
    sql(
        "update job set state = 'done', finished_at = $3, lease_until = null, last_error = null \
         where id = $1 and lease_owner = $2 and state = 'running'",
    )
    .bind(id)
    .bind(owner)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn bury(tx: &mut Tx, id: JobId, owner: &str, now: At, why: &str) -> Result<(), DbError> {
    sql(
        "update job set state = 'dead', finished_at = $3, lease_until = null, last_error = $4 \
         where id = $1 and lease_owner = $2 and state = 'running'",
    )
    .bind(id)
    .bind(owner)
    .bind(now)
    .bind(why)
    .run(tx)
    .await?;
    Ok(())
}

/// Puts a running job back. Where its twin was queued meanwhile, the twin stands for both.
pub async fn put_back(
    tx: &mut Tx,
    id: JobId,
    owner: &str,
    run_at: At,
    why: &str,
    counts_as_attempt: bool,
) -> Result<(), DbError> {
    let updated = sql(
        "update job set state = 'queued', run_at = $3, last_error = $4, \
         lease_until = null, attempts = attempts - $5 \
         where id = $1 and lease_owner = $2 and state = 'running' and not exists \
           (select 1 from job twin where twin.kind = job.kind \
              and twin.dedup_key = job.dedup_key and twin.state = 'queued')",
    )
    .bind(id)
    .bind(owner)
    .bind(run_at)
    .bind(why)
    .bind(i64::from(!counts_as_attempt))
    .run(tx)
    .await?;
    if updated == 0 {
        finish(tx, id, owner, run_at).await
    } else {
        Ok(())
    }
}

/// Makes jobs available again whose worker is gone. `everything` is for a process that knows
/// that it is alone (SQLite, holding the data folder's lock).
pub async fn requeue_orphans(tx: &mut Tx, now: At, everything: bool) -> Result<u64, DbError> {
    // A key's next job may be queued or running already; then the orphan needs no second run.
    sql(
        "update job set state = 'done', lease_until = null, finished_at = $1 \
         where state = 'running' and (lease_until < $1 or $2) and dedup_key is not null \
           and exists (select 1 from job twin where twin.kind = job.kind \
             and twin.dedup_key = job.dedup_key and (twin.state = 'queued' \
               or twin.state = 'running' and twin.id > job.id))",
    )
    .bind(now)
    .bind(everything)
    .run(tx)
    .await?;
    sql(
        "update job set state = 'queued', lease_until = null, run_at = $1 \
         where state = 'running' and (lease_until < $1 or $2)",
    )
    .bind(now)
    .bind(everything)
    .run(tx)
    .await
}

/// Gives a dead job another set of attempts, as a person asked. Where its twin waits already, the
/// twin stands for both.
///
/// # Errors
/// [`DbError::NotFound`] when the organization has no such job; [`DbError::Stale`] when it is not
/// dead.
pub async fn requeue_dead(tx: &mut Tx, org: OrgId, id: JobId, now: At) -> Result<(), DbError> {
    let _: String = sql("select state from job where id = $1 and org_id = $2")
        .bind(id)
        .bind(org)
        .value(tx)
        .await?;
    sql(
        "update job set attempts = 0, run_at = $3, finished_at = null, \
         state = case when exists (select 1 from job twin where twin.kind = job.kind \
           and twin.dedup_key = job.dedup_key and twin.state = 'queued') \
           then 'done' else 'queued' end \
         where id = $1 and org_id = $2 and state = 'dead'",
    )
    .bind(id)
    .bind(org)
    .bind(now)
    .run_one(tx)
    .await
}

#[derive(Debug, serde::Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct JobRow {
    pub id: JobId,
    pub kind: String,
    pub state: String,
    pub attempts: i64,
    pub run_at: At,
    pub started_at: Option<At>,
    pub finished_at: Option<At>,
    pub last_error: Option<String>,
    pub created_at: At,
}

/// An organization's jobs, newest first, beginning after `before`.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    state: Option<&str>,
    before: Option<JobId>,
    limit: i64,
) -> Result<Vec<JobRow>, DbError> {
    sql(
        "select id, kind, state, attempts, run_at, started_at, finished_at, last_error, created_at \
         from job where org_id = $1 and ($2 is null or state = $2) and ($3 is null or id < $3) \
         order by id desc limit $4",
    )
    .bind(org)
    .bind(state)
    .bind(before)
    .bind(limit)
    .all(tx)
    .await
}

/// How many jobs are in each state, of one organization or of all.
pub async fn counts(tx: &mut Tx, org: Option<OrgId>) -> Result<Vec<(String, i64)>, DbError> {
    sql("select state, count(*) from job where ($1 is null or org_id = $1) group by state")
        .bind(org)
        .all(tx)
        .await
}

/// How many of an organization's jobs of a kind wait or run.
pub async fn unfinished(tx: &mut Tx, org: OrgId, kind: &str) -> Result<i64, DbError> {
    sql("select count(*) from job where org_id = $1 and kind = $2 \
         and state in ('queued', 'running')")
    .bind(org)
    .bind(kind)
    .value(tx)
    .await
}
