//! Sync All, progress, the list of runs, and what one run changed.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, header},
    response::Response,
};
use serde::Deserialize;

use super::{Broken, Mode, SyncRun, events, store};
use crate::{
    app::App,
    db::{ConnectionId, OrgId, SyncRunId, Tx},
    fault::Fault,
    features::{
        connections::{pages::redirect, vendor_title},
        home::Frame,
    },
    http::{After, May, Paging, Read, Work},
    ui::{
        Badge, Flash, Moment, Nav, Pager, Progress, Shell, SourceRun, SourceState, View, format,
        safe_html,
    },
};

pub use events::events;

safe_html!(ProgressPart, RunSummary);

/// Progress of the latest runs: a part that any page can hold and that keeps itself current.
#[derive(Template)]
#[template(path = "features/sync/templates/progress.html")]
pub struct ProgressPart {
    progress: Progress,
    is_running: bool,
}

impl ProgressPart {
    pub async fn of(tx: &mut Tx, org: OrgId) -> Result<Self, Fault> {
        Ok(Self::showing(&super::latest(tx, org).await?))
    }

    /// The latest run of each source.
    pub fn showing(runs: &[SyncRun]) -> Self {
        Self {
            is_running: runs.iter().any(|run| !run.is_over()),
            progress: Progress {
                sources: runs.iter().map(source).collect(),
            },
        }
    }

    /// Whether a page without script should load itself again soon.
    pub fn is_running(&self) -> bool {
        self.is_running
    }
}

fn source(run: &SyncRun) -> SourceRun {
    let state = match run.state.as_str() {
        "queued" => SourceState::Waiting,
        "running" => SourceState::Running,
        "done" => SourceState::Done,
        _ => SourceState::Failed,
    };
    let vendor = vendor_title(&run.vendor);
    let name = match state {
        SourceState::Running => format!("{vendor} · {}", run.step),
        _ => vendor.to_owned(),
    };
    let said = match (&run.problem, state) {
        (Some(problem), _) => problem.clone(),
        (None, SourceState::Done | SourceState::Running) => changes_in_words(run),
        (None, _) => String::new(),
    };
    SourceRun {
        name,
        state,
        done: unsigned(run.records_read),
        total: None,
        said,
    }
}

fn changes_in_words(run: &SyncRun) -> String {
    let parts = [
        (run.added, "new"),
        (run.changed, "changed"),
        (run.removed, "gone"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", format::count(unsigned(count))))
        .collect();
    if said.is_empty() && run.state == "done" {
        return "Nothing changed".to_owned();
    }
    said.join(", ")
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

pub async fn progress(State(app): State<App>, who: May<Read>) -> Result<View<ProgressPart>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(View(ProgressPart::of(&mut tx, who.org).await?))
}

#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    mode: String,
}

impl Wanted {
    pub fn mode(&self) -> Mode {
        Mode::named(&self.mode).unwrap_or(Mode::Delta)
    }
}

/// Sync All.
pub async fn sync_all(
    State(app): State<App>,
    who: May<Work>,
    headers: HeaderMap,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let asked = super::request_all(&app, &who, &mut tx, wanted.mode()).await;
    let back = came_from(&app, &headers);
    let runs = match asked {
        Ok(runs) => runs,
        Err(Fault::Conflict { message, .. }) => {
            return Ok(redirect(&back, &Flash::problem(message)));
        }
        Err(fault) => return Err(fault),
    };
    tx.commit().await?;
    let sources = format::counted(runs.len() as u64, "source", "sources");
    Ok(redirect(&back, &Flash::done(format!("Syncing {sources}."))))
}

/// The page of ours that the person was on, else the integrations.
fn came_from(app: &App, headers: &HeaderMap) -> String {
    let otherwise = crate::features::connections::pages::INTEGRATIONS;
    let referer = headers
        .get(header::REFERER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| url::Url::parse(text).ok());
    let ours = url::Url::parse(&app.config.server.public_url).ok();
    match (referer, ours) {
        (Some(referer), Some(ours)) if referer.origin() == ours.origin() => {
            let query = referer.query().map(|query| format!("?{query}"));
            format!("{}{}", referer.path(), query.unwrap_or_default())
        }
        _ => otherwise.to_owned(),
    }
}

#[derive(Template)]
#[template(path = "features/sync/templates/runs.html")]
pub struct RunsPage {
    shell: Shell,
    rows: Vec<RunRow>,
    pager: Pager,
}

struct RunRow {
    href: String,
    source: String,
    mode: &'static str,
    began: Moment,
    state: Badge,
    read: String,
    said: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RunsQuery {
    connection: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

pub async fn runs(
    State(app): State<App>,
    _: May<Read>,
    Frame { who, shell }: Frame,
    Query(query): Query<RunsQuery>,
) -> Result<View<RunsPage>, Fault> {
    let window = query.paging.window("newest")?;
    let of: Option<ConnectionId> = query
        .connection
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| Fault::NotFound("this connection"))?;
    let before = window.after.as_ref().map(|after| SyncRunId(after.id));
    let mut tx = app.db.read(who.org).await?;
    let runs = store::list(&mut tx, who.org, of, before, window.rows()).await?;
    let page = window.page(runs, |run| After::of_int(0, run.id.0));
    let zone = who.zone;
    let now = app.now().0;
    let rows: Vec<RunRow> = page
        .items
        .iter()
        .map(|run| RunRow {
            href: format!("/sync-runs/{}", run.id),
            source: run.name.clone(),
            mode: mode_in_words(&run.mode),
            began: Moment::ago(run.started_at.0, now, zone),
            state: badge(run),
            read: format::count(unsigned(run.records_read)),
            said: source(run).said,
        })
        .collect();
    let filter = query
        .connection
        .as_deref()
        .map_or_else(String::new, |id| format!("connection={id}&"));
    let pager = Pager {
        shown: format::counted(rows.len() as u64, "sync", "syncs"),
        first: before.map(|_| format!("/sync-runs?{filter}")),
        next: page
            .next_cursor
            .map(|cursor| format!("/sync-runs?{filter}cursor={cursor}")),
        csv: None,
    };
    let shell = shell.titled("Syncs", Nav::Integrations);
    Ok(View(RunsPage { shell, rows, pager }))
}

fn mode_in_words(mode: &str) -> &'static str {
    match mode {
        "full" => "Everything",
        _ => "What changed",
    }
}

pub fn badge(run: &SyncRun) -> Badge {
    match run.state.as_str() {
        "queued" => Badge::neutral("Waiting"),
        "running" => Badge::info("Running"),
        "done" if run.broken != "[]" => Badge::risk("Done, with gaps"),
        "done" => Badge::good("Done"),
        _ => Badge::late("Failed"),
    }
}

#[derive(Template)]
#[template(path = "features/sync/templates/run.html")]
pub struct RunPage {
    shell: Shell,
    summary: RunSummary,
    groups: Vec<Group>,
    broken: Vec<Broken>,
}

/// How far a run is; keeps itself current while it runs.
#[derive(Template)]
#[template(path = "features/sync/templates/run_summary.html")]
pub struct RunSummary {
    href: String,
    source: String,
    mode: &'static str,
    state: Badge,
    step: String,
    is_over: bool,
    began: Moment,
    ended: Option<Moment>,
    problem: Option<String>,
    read: String,
    added: String,
    changed: String,
    removed: String,
}

impl RunSummary {
    fn of(run: &SyncRun, zone: chrono_tz::Tz) -> Self {
        let count = |number: i64| format::count(unsigned(number));
        Self {
            href: format!("/sync-runs/{}/summary", run.id),
            source: run.name.clone(),
            mode: mode_in_words(&run.mode),
            state: badge(run),
            step: run.step.clone(),
            is_over: run.is_over(),
            began: Moment::instant(run.started_at.0, zone),
            ended: run.finished_at.map(|at| Moment::instant(at.0, zone)),
            problem: run.problem.clone(),
            read: count(run.records_read),
            added: count(run.added),
            changed: count(run.changed),
            removed: count(run.removed),
        }
    }
}

pub async fn run_summary(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<View<RunSummary>, Fault> {
    let id: SyncRunId = id.parse().map_err(|_| Fault::NotFound("this sync"))?;
    let mut tx = app.db.read(who.org).await?;
    let run = super::one(&mut tx, who.org, id).await?;
    Ok(View(RunSummary::of(&run, who.zone)))
}

/// What changed in one list of the vendor's.
struct Group {
    title: String,
    rows: Vec<ChangeRow>,
}

struct ChangeRow {
    name: String,
    external_id: String,
    change: Badge,
}

pub async fn run(
    State(app): State<App>,
    _: May<Read>,
    Frame { who, shell }: Frame,
    Path(id): Path<String>,
) -> Result<View<RunPage>, Fault> {
    let id: SyncRunId = id.parse().map_err(|_| Fault::NotFound("this sync"))?;
    let mut tx = app.db.read(who.org).await?;
    let run = super::one(&mut tx, who.org, id).await?;
    let changes = store::changes(&mut tx, who.org, id).await?;
    let mut groups: Vec<Group> = Vec::new();
    for change in changes {
        let title = in_words(&change.stream);
        if groups.last().is_none_or(|group| group.title != title) {
            groups.push(Group {
                title,
                rows: Vec::new(),
            });
        }
        if let Some(group) = groups.last_mut() {
            group.rows.push(ChangeRow {
                name: change.name,
                external_id: change.external_id,
                change: match change.change.as_str() {
                    "added" => Badge::good("New"),
                    "changed" => Badge::info("Changed"),
                    _ => Badge::neutral("Gone"),
                },
            });
        }
    }
    Ok(View(RunPage {
        shell: shell.titled(format!("Sync of {}", run.name), Nav::Integrations),
        summary: RunSummary::of(&run, who.zone),
        broken: run.broken(),
        groups,
    }))
}

/// A stream's name as a heading: `credit_notes` is "Credit notes".
fn in_words(stream: &str) -> String {
    let spaced = stream.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
