//! Runs, cursors and what changed.

pub mod costs;
pub mod counts;
pub mod hooks;
pub mod pulse;

use super::{Mode, SyncChange, SyncRun, Wish};
use crate::db::{At, ConnectionId, DbError, OrgId, SyncRunId, Tx, sql};

/// Queued and running runs of a connection, the queued ones first.
pub async fn unfinished(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
) -> Result<Vec<(SyncRunId, String, String)>, DbError> {
    sql("select id, state, mode from sync_run \
         where org_id = $1 and connection_id = $2 and state in ('queued', 'running') \
         order by state, id")
    .bind(org)
    .bind(connection)
    .all(tx)
    .await
}

pub async fn insert_run(
    tx: &mut Tx,
    org: OrgId,
    run: SyncRunId,
    connection: ConnectionId,
    wish: &Wish,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into sync_run (org_id, id, connection_id, mode, state, requested_by, started_at, \
         step, broken) values ($1, $2, $3, $4, 'queued', $5, $6, 'Waiting for its turn', '[]')",
    )
    .bind(org)
    .bind(run)
    .bind(connection)
    .bind(wish.mode.as_str())
    .bind(wish.by)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn set_mode(tx: &mut Tx, org: OrgId, run: SyncRunId, mode: Mode) -> Result<(), DbError> {
    sql("update sync_run set mode = $3 where org_id = $1 and id = $2")
        .bind(org)
        .bind(run)
        .bind(mode.as_str())
        .run(tx)
        .await?;
    Ok(())
}

const RUN: &str = "select run.id, run.connection_id, con.vendor, con.name, run.mode, run.state, \
     run.started_at, run.finished_at, run.step, run.steps_done, run.steps_total, \
     run.records_read, run.added, run.changed, run.removed, run.broken, run.problem \
     from sync_run run \
     join connection con on con.org_id = run.org_id and con.id = run.connection_id";

#[track_caller]
fn run(rest: &str) -> crate::db::Sql {
    crate::db::sql_owned(format!("{RUN} {rest}"))
}

pub async fn one(tx: &mut Tx, org: OrgId, id: SyncRunId) -> Result<Option<SyncRun>, DbError> {
    run("where run.org_id = $1 and run.id = $2")
        .bind(org)
        .bind(id)
        .optional(tx)
        .await
}

pub async fn latest(tx: &mut Tx, org: OrgId) -> Result<Vec<SyncRun>, DbError> {
    run(
        "where run.org_id = $1 and con.state <> 'disconnected' and run.id = \
         (select newest.id from sync_run newest where newest.org_id = $1 \
            and newest.connection_id = con.id order by newest.id desc limit 1) \
         order by con.connected_at, con.id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// Runs, newest first, of one connection or of all, beginning after `before`.
pub async fn list(
    tx: &mut Tx,
    org: OrgId,
    connection: Option<ConnectionId>,
    before: Option<SyncRunId>,
    limit: i64,
) -> Result<Vec<SyncRun>, DbError> {
    run(
        "where run.org_id = $1 and ($2 is null or run.connection_id = $2) \
         and ($3 is null or run.id < $3) order by run.id desc limit $4",
    )
    .bind(org)
    .bind(connection)
    .bind(before)
    .bind(limit)
    .all(tx)
    .await
}

pub async fn changes(tx: &mut Tx, org: OrgId, id: SyncRunId) -> Result<Vec<SyncChange>, DbError> {
    sql("select stream, external_id, change, name from sync_change \
         where org_id = $1 and run_id = $2 order by stream, change, name, external_id")
    .bind(org)
    .bind(id)
    .all(tx)
    .await
}

/// When a connection was last read in full.
pub async fn last_full(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
) -> Result<Option<At>, DbError> {
    sql("select started_at from sync_run \
         where org_id = $1 and connection_id = $2 and mode = 'full' and state = 'done' \
         order by started_at desc limit 1")
    .bind(org)
    .bind(connection)
    .optional::<(At,)>(tx)
    .await
    .map(|row| row.map(|row| row.0))
}

/// The run begins, or goes on after a crash.
pub async fn begin(
    tx: &mut Tx,
    org: OrgId,
    id: SyncRunId,
    mode: Mode,
    steps: i64,
) -> Result<(), DbError> {
    sql(
        "update sync_run set state = 'running', mode = $3, steps_total = $4, problem = null, \
         finished_at = null where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(mode.as_str())
    .bind(steps)
    .run(tx)
    .await?;
    Ok(())
}

/// What a page adds to a run.
pub struct Progress<'p> {
    pub step: &'p str,
    pub steps_done: i64,
    pub read: i64,
    pub added: i64,
    pub changed: i64,
    pub removed: i64,
}

pub async fn add_progress(
    tx: &mut Tx,
    org: OrgId,
    id: SyncRunId,
    progress: &Progress<'_>,
) -> Result<(), DbError> {
    sql(
        "update sync_run set step = $3, steps_done = $4, records_read = records_read + $5, \
         added = added + $6, changed = changed + $7, removed = removed + $8, problem = null \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(progress.step)
    .bind(progress.steps_done)
    .bind(progress.read)
    .bind(progress.added)
    .bind(progress.changed)
    .bind(progress.removed)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn broken(tx: &mut Tx, org: OrgId, id: SyncRunId) -> Result<String, DbError> {
    sql("select broken from sync_run where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .value(tx)
        .await
}

pub async fn set_broken(
    tx: &mut Tx,
    org: OrgId,
    id: SyncRunId,
    broken: &str,
) -> Result<(), DbError> {
    sql("update sync_run set broken = $3 where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .bind(broken)
        .run(tx)
        .await?;
    Ok(())
}

/// Says why a run waits or is tried again; it goes on.
pub async fn note_problem(
    tx: &mut Tx,
    org: OrgId,
    id: SyncRunId,
    problem: &str,
) -> Result<(), DbError> {
    sql("update sync_run set problem = $3 where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .bind(problem)
        .run(tx)
        .await?;
    Ok(())
}

pub async fn finish(
    tx: &mut Tx,
    org: OrgId,
    id: SyncRunId,
    state: &str,
    problem: Option<&str>,
    now: At,
) -> Result<(), DbError> {
    sql(
        "update sync_run set state = $3, problem = $4, finished_at = $5, \
         step = case when $3 = 'done' then 'Done' else step end \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(state)
    .bind(problem)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

#[derive(Debug, sqlx::FromRow)]
pub struct CursorRow {
    /// Where the running run goes on; none when the stream was read to its end.
    pub cursor: Option<String>,
    pub run_id: Option<SyncRunId>,
    pub watermark: Option<At>,
}

pub async fn cursor(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    stream: &str,
) -> Result<Option<CursorRow>, DbError> {
    sql("select cursor, run_id, watermark from sync_cursor \
         where org_id = $1 and connection_id = $2 and stream = $3")
    .bind(org)
    .bind(connection)
    .bind(stream)
    .optional(tx)
    .await
}

/// Keeps where a stream goes on. A watermark is set at its end and stays until the next one.
pub async fn set_cursor(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    stream: &str,
    row: CursorRow,
) -> Result<(), DbError> {
    sql(
        "insert into sync_cursor (org_id, connection_id, stream, cursor, run_id, watermark) \
         values ($1, $2, $3, $4, $5, $6) \
         on conflict (org_id, connection_id, stream) do update set cursor = excluded.cursor, \
         run_id = excluded.run_id, \
         watermark = coalesce(excluded.watermark, sync_cursor.watermark)",
    )
    .bind(org)
    .bind(connection)
    .bind(stream)
    .bind(row.cursor)
    .bind(row.run_id)
    .bind(row.watermark)
    .run(tx)
    .await?;
    Ok(())
}
