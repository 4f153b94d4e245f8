//! Making the drafts of many clients. A job works through them a few at a time, so that a run of
//! thousands shows how far it is, can be stopped, and goes on after a crash where it was. What it
//! has made stays; what it covers is taken, so nothing is made twice.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Scope, generate::generate, store};
use crate::{
    app::App,
    db::{At, Day, DraftRunId, OrgId, PersonId, Tx, replay},
    fault::Fault,
    features::{audit, clients::Span},
    paging::{After, Window},
    queue::{self, Attempt, Job, JobError},
};

/// Clients that are worked through in one transaction.
pub const AT_ONCE: i64 = 50;
/// Up to so many clients a person waits for their drafts; above, a run makes them.
pub const WHILE_ONE_WAITS: i64 = 100;
/// Problems that are kept of one run.
const KEPT_PROBLEMS: usize = 200;

/// A run that makes the drafts of all clients.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DraftRun {
    pub id: DraftRunId,
    /// queued | running | stopping | done | stopped | failed
    pub state: String,
    /// Everything that can be charged by this day.
    pub as_of: Day,
    /// How many clients there were when it began.
    pub clients: i64,
    pub looked_at: i64,
    /// How many drafts it has made.
    pub drafts: i64,
    /// Lines that could not be worked out whole, each as a sentence that says why.
    pub problems: Vec<String>,
    /// Who started it; none where drafts are made ahead.
    pub started_by: Option<PersonId>,
    pub started_by_name: Option<String>,
    pub started_at: At,
    pub ended_at: Option<At>,
    /// Why it failed.
    pub problem: Option<String>,
}

impl DraftRun {
    pub fn is_open(&self) -> bool {
        is_open(&self.state)
    }

    /// Where it stands in the list.
    pub fn place(&self) -> After {
        After::of_int(self.started_at.micros(), self.id.0)
    }

    pub fn may_stop(&self) -> bool {
        matches!(self.state.as_str(), "queued" | "running")
    }
}

fn is_open(state: &str) -> bool {
    matches!(state, "queued" | "running" | "stopping")
}

impl From<store::RunRow> for DraftRun {
    fn from(row: store::RunRow) -> Self {
        Self {
            problems: row.problems.lines().map(str::to_owned).collect(),
            id: row.id,
            state: row.state,
            as_of: row.as_of,
            clients: row.clients,
            looked_at: row.looked_at,
            drafts: row.drafts,
            started_by: row.started_by,
            started_by_name: row.started_by_name,
            started_at: row.started_at,
            ended_at: row.ended_at,
            problem: row.problem,
        }
    }
}

/// One run.
pub async fn run(tx: &mut Tx, org: OrgId, id: DraftRunId) -> Result<DraftRun, Fault> {
    let row = store::run(tx, org, id).await?;
    row.map(DraftRun::from).ok_or(Fault::NotFound("this run"))
}

/// Runs, newest first.
pub async fn runs(tx: &mut Tx, org: OrgId, window: &Window) -> Result<Vec<DraftRun>, Fault> {
    let rows = store::runs(tx, org, window).await?;
    Ok(rows.into_iter().map(DraftRun::from).collect())
}

/// The run that is on its way.
pub async fn open_run(tx: &mut Tx, org: OrgId) -> Result<Option<DraftRun>, Fault> {
    Ok(store::open_run(tx, org).await?.map(DraftRun::from))
}

/// Begins a run over all clients. One is on its way at a time.
pub async fn begin(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    person: Option<PersonId>,
    scope: &Scope,
) -> Result<DraftRunId, Fault> {
    if store::open_run(tx, org).await?.is_some() {
        return Err(Fault::conflict(
            "run_on_its_way",
            "drafts are being made already; wait until that is done, or stop it",
        ));
    }
    let new = store::NewRun {
        id: app.new_id(),
        as_of: Day(scope.as_of),
        begun_on: Day(scope.today),
        clients: store::clients_to_invoice(tx, org).await?,
        started_by: person,
        started_at: app.now(),
    };
    store::insert_run(tx, org, &new).await?;
    queue::enqueue(app, tx, &RunDrafts { org, run: new.id }).await?;
    let act = act(org, person, "drafts.run_started", new.id);
    audit::record(app, tx, act, &json!({ "as_of": new.as_of })).await?;
    Ok(new.id)
}

/// Asks a run to stop before its next clients.
pub async fn stop(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    person: PersonId,
    id: DraftRunId,
) -> Result<(), Fault> {
    if !run(tx, org, id).await?.may_stop() {
        return Err(Fault::conflict(
            "run_is_over",
            "this run is over already; what it made stands among the drafts",
        ));
    }
    store::ask_to_stop(tx, org, id).await?;
    let act = act(org, Some(person), "drafts.run_stopped", id);
    audit::record(app, tx, act, &json!({})).await
}

fn act(
    org: OrgId,
    person: Option<PersonId>,
    action: &'static str,
    run: DraftRunId,
) -> audit::Act<'static> {
    audit::Act {
        org,
        person,
        action,
        subject_kind: "draft_run",
        subject: Some(run.0),
    }
}

/// Works through the clients of a run.
#[derive(Debug, Serialize, Deserialize)]
pub struct RunDrafts {
    pub org: OrgId,
    pub run: DraftRunId,
}

impl Job for RunDrafts {
    const KIND: &'static str = "run_drafts";

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.run.to_string())
    }

    fn lane(&self) -> Option<String> {
        Some(format!("drafts {}", self.org))
    }

    async fn run(self, app: &App, at: &Attempt) -> Result<(), JobError> {
        loop {
            match replay(|| step(app, self.org, self.run)).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(fault) if at.is_last => return self.fail(app, &fault).await,
                Err(fault) => return Err(fault.into()),
            }
        }
    }
}

impl RunDrafts {
    async fn fail(&self, app: &App, fault: &Fault) -> Result<(), JobError> {
        tracing::error!(error = ?fault, run = %self.run, "a run of drafts failed");
        let mut tx = app.db.write(self.org).await?;
        let why = fault.to_string();
        let how = ("failed", Some(why.as_str()));
        store::end_run(&mut tx, self.org, self.run, how, app.now()).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Makes the drafts of the next few clients. Whether there may be more.
pub(super) async fn step(app: &App, org: OrgId, id: DraftRunId) -> Result<bool, Fault> {
    let mut tx = app.db.write(org).await?;
    let Some(run) = store::run(&mut tx, org, id).await? else {
        return Ok(false);
    };
    if !is_open(&run.state) {
        return Ok(false);
    }
    let last = run.last_client_id.unwrap_or(Span::ALL.from);
    let clients = if run.state == "stopping" {
        Vec::new()
    } else {
        store::clients_after(&mut tx, org, last, AT_ONCE).await?
    };
    let (Some(from), Some(to)) = (clients.first(), clients.last()) else {
        let state = if run.state == "stopping" {
            "stopped"
        } else {
            "done"
        };
        store::end_run(&mut tx, org, id, (state, None), app.now()).await?;
        tx.commit().await?;
        return Ok(false);
    };
    let span = Span {
        from: *from,
        to: *to,
    };
    make(app, &mut tx, org, &run, span, clients.len()).await?;
    tx.commit().await?;
    Ok(true)
}

async fn make(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    run: &store::RunRow,
    clients: Span,
    looked_at: usize,
) -> Result<(), Fault> {
    let scope = Scope {
        clients,
        contract: None,
        as_of: run.as_of.0,
        today: run.begun_on.0,
    };
    let made = generate(app, tx, org, run.started_by, &scope).await?;
    let known = run.problems.lines().map(str::to_owned);
    let said = made
        .problems
        .iter()
        .map(|problem| problem.replace('\n', " "));
    let problems: Vec<String> = known.chain(said).take(KEPT_PROBLEMS).collect();
    let step = store::Step {
        last: clients.to,
        looked_at: counted(looked_at),
        drafts: counted(made.ids.len()),
        problems: &problems.join("\n"),
    };
    Ok(store::move_on(tx, org, run.id, &step).await?)
}

fn counted(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::RunDrafts;

    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001","run":"drr_00000000000000000000000000000002"}"#;
        let job: RunDrafts = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
