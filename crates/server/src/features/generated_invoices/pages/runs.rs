//! Runs that make the drafts of all clients: how far one is, stopping it, and those before.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;

use crate::{
    app::App,
    db::DraftRunId,
    fault::Fault,
    features::{
        generated_invoices::runs::{self, DraftRun},
        home::Frame,
    },
    http::{May, Paging, Permission, Read, Who, Work, csv_file, done},
    ui::{
        Badge, Flash, Moment, Nav, Notice, Pager, Progress, Shell, SourceRun, SourceState, Tone,
        View, address, format,
    },
};

const RUNS: &str = "/generated-invoices/runs";

pub fn place_of(id: DraftRunId) -> String {
    format!("{RUNS}/{id}")
}

/// What says that a run is on its way.
pub fn on_its_way(run: &DraftRun) -> Notice {
    let text = format!(
        "{} of {} looked at.",
        format::count(unsigned(run.looked_at)),
        format::counted(unsigned(run.clients), "client", "clients")
    );
    Notice::new(Tone::Info, "Drafts are being made.", text).action("See how far", place_of(run.id))
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn drafts(run: &DraftRun) -> String {
    format::counted(unsigned(run.drafts), "draft", "drafts")
}

fn state(run: &DraftRun) -> Badge {
    match run.state.as_str() {
        "queued" => Badge::neutral("Waiting"),
        "running" => Badge::info("Running"),
        "stopping" => Badge::info("Stopping"),
        "done" if !run.problems.is_empty() => Badge::risk("Done, with problems"),
        "done" => Badge::good("Done"),
        "stopped" => Badge::neutral("Stopped"),
        _ => Badge::late("Failed"),
    }
}

fn progress(run: &DraftRun) -> Progress {
    let state = match run.state.as_str() {
        "queued" => SourceState::Waiting,
        "running" | "stopping" => SourceState::Running,
        "failed" => SourceState::Failed,
        _ => SourceState::Done,
    };
    let said = match run.state.as_str() {
        "queued" => "It begins in a moment.".to_owned(),
        "stopping" => format!("{} made. It stops before its next clients.", drafts(run)),
        _ => format!("{} made.", drafts(run)),
    };
    // More clients may have come while it ran.
    let total = unsigned(run.clients.max(run.looked_at));
    Progress {
        sources: vec![SourceRun {
            name: "Clients".to_owned(),
            state,
            done: unsigned(run.looked_at),
            total: Some(total),
            said,
        }],
    }
}

fn ended(run: &DraftRun) -> Option<Notice> {
    let made = format!("{} made. They stand among the drafts.", drafts(run));
    match run.state.as_str() {
        "done" if run.drafts == 0 => Some(Notice::new(
            Tone::Info,
            "Nothing to invoice.",
            "Everything that can be charged by this day is covered already.",
        )),
        "done" => Some(Notice::new(Tone::Good, "All clients are looked at.", made)),
        "stopped" => Some(Notice::new(
            Tone::Info,
            "Stopped.",
            format!("{made} Generate again for the clients that are left."),
        )),
        "failed" => Some(Notice::new(
            Tone::Late,
            "This run failed.",
            format!(
                "{}. {made} Generate again for the rest: nothing is made twice.",
                run.problem.as_deref().unwrap_or("The log says why")
            ),
        )),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/run.html")]
pub struct RunPage {
    shell: Shell,
    own_place: String,
    stop_place: String,
    is_open: bool,
    may_stop: bool,
    progress: Progress,
    ended: Option<Notice>,
    problems: Vec<Notice>,
    state: Badge,
    as_of: Moment,
    started: Moment,
    started_by: String,
    ended_at: Option<Moment>,
}

fn started_by(run: &DraftRun) -> String {
    match (&run.started_by_name, run.started_by) {
        (Some(name), _) => name.clone(),
        (None, Some(_)) => "Somebody who has left".to_owned(),
        (None, None) => "BillingOne, ahead".to_owned(),
    }
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Path(id): Path<String>,
) -> Result<View<RunPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let run = runs::run(&mut tx, who.org, run_id(&id)?).await?;
    drop(tx);
    let cannot = |problem: &String| {
        Notice::new(
            Tone::Risk,
            "This cannot be worked out whole.",
            problem.clone(),
        )
    };
    Ok(View(RunPage {
        shell: shell.titled("Making drafts", Nav::GeneratedInvoices),
        own_place: place_of(run.id),
        stop_place: format!("{}/stop", place_of(run.id)),
        is_open: run.is_open(),
        may_stop: run.may_stop() && who.may(Permission::Work),
        progress: progress(&run),
        ended: ended(&run),
        problems: run.problems.iter().map(cannot).collect(),
        state: state(&run),
        as_of: Moment::date(run.as_of.0),
        started: Moment::instant(run.started_at.0, who.zone),
        started_by: started_by(&run),
        ended_at: run.ended_at.map(|at| Moment::instant(at.0, who.zone)),
    }))
}

fn run_id(text: &str) -> Result<DraftRunId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this run"))
}

pub async fn stop(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = run_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    runs::stop(&app, &mut tx, who.org, who.person, id).await?;
    tx.commit().await?;
    Ok(done(
        &place_of(id),
        &Flash::done("It stops before its next clients."),
    ))
}

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct RunsQuery {
    #[serde(flatten)]
    paging: Paging,
}

struct Row {
    href: String,
    started: Moment,
    started_by: String,
    state: Badge,
    as_of: Moment,
    clients: String,
    drafts: String,
}

impl Row {
    fn of(run: &DraftRun, who: &Who) -> Self {
        Self {
            href: place_of(run.id),
            started: Moment::instant(run.started_at.0, who.zone),
            started_by: started_by(run),
            state: state(run),
            as_of: Moment::date(run.as_of.0),
            clients: format::count(unsigned(run.looked_at)),
            drafts: format::count(unsigned(run.drafts)),
        }
    }
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/runs.html")]
pub struct RunsPage {
    shell: Shell,
    rows: Vec<Row>,
    pager: Pager,
}

pub async fn list(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Query(query): Query<RunsQuery>,
) -> Result<View<RunsPage>, Fault> {
    let window = query.paging.window("started")?;
    let mut tx = app.db.read(who.org).await?;
    let found = runs::runs(&mut tx, who.org, &window).await?;
    drop(tx);
    let page = window.page(found, DraftRun::place);
    let next = page.next_cursor.as_ref();
    Ok(View(RunsPage {
        shell: shell.titled("Runs", Nav::GeneratedInvoices),
        pager: Pager {
            shown: format::counted(page.items.len() as u64, "run", "runs"),
            first: query.paging.cursor.is_some().then(|| RUNS.to_owned()),
            next: next.map(|cursor| address(RUNS, &[("cursor", cursor)])),
            csv: Some(format!("{RUNS}/export.csv")),
        },
        rows: page.items.iter().map(|run| Row::of(run, &who)).collect(),
    }))
}

/// Every run.
pub async fn export(State(app): State<App>, who: May<Read>) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let window = crate::http::Window::everything("started");
    let found = runs::runs(&mut tx, who.org, &window).await?;
    drop(tx);
    let header = [
        "started_at",
        "started_by",
        "state",
        "as_of",
        "clients",
        "drafts",
        "ended_at",
        "problems",
    ];
    let rows = found.iter().map(|run| {
        vec![
            run.started_at.to_string(),
            started_by(run),
            run.state.clone(),
            run.as_of.to_string(),
            run.looked_at.to_string(),
            run.drafts.to_string(),
            run.ended_at.map(|at| at.to_string()).unwrap_or_default(),
            run.problems.join(" "),
        ]
    });
    csv_file("draft-runs", &header, rows)
}

/// Where a person who pressed *Make* goes while a run makes many clients' drafts.
pub fn began(id: DraftRunId) -> Response {
    done(
        &place_of(id),
        &Flash::done("Drafts are being made. You can leave this page."),
    )
}
