//! Runs that make the drafts of many clients.

use crate::{
    db::{At, ClientId, Day, DbError, DraftRunId, OrgId, PersonId, Tx, sql},
    paging::{After, Window},
};

pub struct NewRun {
    pub id: DraftRunId,
    pub as_of: Day,
    pub begun_on: Day,
    pub clients: i64,
    pub started_by: Option<PersonId>,
    pub started_at: At,
}

#[derive(sqlx::FromRow)]
pub struct RunRow {
    pub id: DraftRunId,
    pub state: String,
    pub as_of: Day,
    pub begun_on: Day,
    pub clients: i64,
    pub looked_at: i64,
    pub drafts: i64,
    pub last_client_id: Option<ClientId>,
    pub problems: String,
    pub started_by: Option<PersonId>,
    pub started_by_name: Option<String>,
    pub started_at: At,
    pub ended_at: Option<At>,
    pub problem: Option<String>,
}

macro_rules! select_runs {
    ($which:literal) => {
        concat!(
            "select run.id, run.state, run.as_of, run.begun_on, run.clients, run.looked_at, run.drafts, \
               run.last_client_id, run.problems, run.started_by, \
               coalesce(nullif(person.name, ''), person.email) as started_by_name, \
               run.started_at, run.ended_at, run.problem \
             from draft_run run left join person on person.id = run.started_by \
             where run.org_id = $1 ",
            $which
        )
    };
}

pub async fn insert_run(tx: &mut Tx, org: OrgId, run: &NewRun) -> Result<(), DbError> {
    sql(
        "insert into draft_run (org_id, id, state, as_of, begun_on, clients, started_by, started_at) \
         values ($1, $2, 'queued', $3, $4, $5, $6, $7)",
    )
    .bind(org)
    .bind(run.id)
    .bind(run.as_of)
    .bind(run.begun_on)
    .bind(run.clients)
    .bind(run.started_by)
    .bind(run.started_at)
    .run(tx)
    .await?;
    Ok(())
}

pub async fn run(tx: &mut Tx, org: OrgId, id: DraftRunId) -> Result<Option<RunRow>, DbError> {
    sql(select_runs!("and run.id = $2"))
        .bind(org)
        .bind(id)
        .optional(tx)
        .await
}

/// The run that is on its way.
pub async fn open_run(tx: &mut Tx, org: OrgId) -> Result<Option<RunRow>, DbError> {
    sql(select_runs!(
        "and run.state in ('queued', 'running', 'stopping') order by run.id limit 1"
    ))
    .bind(org)
    .optional(tx)
    .await
}

/// Newest first.
pub async fn runs(tx: &mut Tx, org: OrgId, window: &Window) -> Result<Vec<RunRow>, DbError> {
    let after = window.after.as_ref();
    let before = after.and_then(After::int).unwrap_or(i64::MAX);
    let id = after.map_or(DraftRunId(uuid::Uuid::max()), |after| DraftRunId(after.id));
    sql(select_runs!(
        "and (run.started_at, run.id) < ($2, $3) \
         order by run.started_at desc, run.id desc limit $4"
    ))
    .bind(org)
    .bind(before)
    .bind(id)
    .bind(window.rows())
    .all(tx)
    .await
}

/// How many clients have something agreed that can be invoiced.
pub async fn clients_to_invoice(tx: &mut Tx, org: OrgId) -> Result<i64, DbError> {
    sql("select count(distinct client_id) from contract \
         where org_id = $1 and status <> 'draft'")
    .bind(org)
    .value(tx)
    .await
}

/// The next of them, by id.
pub async fn clients_after(
    tx: &mut Tx,
    org: OrgId,
    last: ClientId,
    limit: i64,
) -> Result<Vec<ClientId>, DbError> {
    sql("select distinct client_id from contract \
         where org_id = $1 and status <> 'draft' and client_id > $2 \
         order by client_id limit $3")
    .bind(org)
    .bind(last)
    .bind(limit)
    .values(tx)
    .await
}

/// How far a run has come.
pub struct Step<'p> {
    pub last: ClientId,
    pub looked_at: i64,
    pub drafts: i64,
    pub problems: &'p str,
}

pub async fn move_on(
    tx: &mut Tx,
    org: OrgId,
    id: DraftRunId,
    step: &Step<'_>,
) -> Result<(), DbError> {
    sql(
        "update draft_run set state = 'running', last_client_id = $3, \
           looked_at = looked_at + $4, drafts = drafts + $5, problems = $6 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(step.last)
    .bind(step.looked_at)
    .bind(step.drafts)
    .bind(step.problems)
    .run_one(tx)
    .await
}

pub async fn ask_to_stop(tx: &mut Tx, org: OrgId, id: DraftRunId) -> Result<(), DbError> {
    sql("update draft_run set state = 'stopping' where org_id = $1 and id = $2")
        .bind(org)
        .bind(id)
        .run_one(tx)
        .await
}

/// How a run ended.
pub async fn end_run(
    tx: &mut Tx,
    org: OrgId,
    id: DraftRunId,
    (state, problem): (&str, Option<&str>),
    at: At,
) -> Result<(), DbError> {
    sql(
        "update draft_run set state = $3, problem = $4, ended_at = $5 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(state)
    .bind(problem)
    .bind(at)
    .run_one(tx)
    .await
}
