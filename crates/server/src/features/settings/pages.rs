//! Settings, Jobs: what ran, what failed, what waits.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;

use crate::{
    app::App,
    db::{At, JobId},
    fault::Fault,
    features::{
        audit::{self, Act},
        connections::pages::redirect,
        home::Frame,
    },
    http::{After, May, Paging, Permission, Read, Work},
    queue::{self, JobRow},
    ui::{Badge, Flash, Moment, Nav, Pager, Shell, Tabs, View, format},
};

#[derive(Template)]
#[template(path = "features/settings/templates/jobs.html")]
pub struct JobsPage {
    shell: Shell,
    tabs: Tabs,
    rows: Vec<Row>,
    pager: Pager,
    may_work: bool,
}

struct Row {
    id: JobId,
    what: String,
    state: Badge,
    attempts: String,
    queued: Moment,
    ended: Option<Moment>,
    error: Option<String>,
    is_dead: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct JobsQuery {
    state: Option<String>,
    #[serde(flatten)]
    paging: Paging,
}

/// The states as the queue names them, and as people do.
const STATES: [(&str, &str); 4] = [
    ("queued", "Waiting"),
    ("running", "Running"),
    ("dead", "Failed"),
    ("done", "Done"),
];

pub async fn jobs(
    State(app): State<App>,
    _: May<Read>,
    Frame { who, shell }: Frame,
    Query(query): Query<JobsQuery>,
) -> Result<View<JobsPage>, Fault> {
    let window = query.paging.window("newest")?;
    let before = window.after.as_ref().map(|after| JobId(after.id));
    let state = query.state.as_deref().filter(|state| !state.is_empty());
    let mut tx = app.db.read_global().await?;
    let rows = queue::list(&mut tx, who.org, state, before, window.rows()).await?;
    let counts = queue::counts(&mut tx, Some(who.org)).await?;
    drop(tx);
    let page = window.page(rows, |row| After::of_int(0, row.id.0));
    let now = At(app.clock.wall_now());
    let rows: Vec<Row> = page
        .items
        .into_iter()
        .map(|job| row(job, now, who.zone))
        .collect();
    let of = |state: &str| counts.iter().find(|(name, _)| name == state).map(|c| c.1);
    let total: i64 = counts.iter().map(|(_, count)| count).sum();
    let mut tabs =
        Tabs::new("Jobs by state").tab("All", "/settings/jobs", unsigned(total), state.is_none());
    for (name, label) in STATES {
        let href = format!("/settings/jobs?state={name}");
        tabs = tabs.tab(
            label,
            href,
            unsigned(of(name).unwrap_or(0)),
            state == Some(name),
        );
    }
    let filter = state.map_or_else(String::new, |state| format!("state={state}&"));
    let pager = Pager {
        shown: format::counted(rows.len() as u64, "job", "jobs"),
        first: before.map(|_| format!("/settings/jobs?{filter}")),
        next: page
            .next_cursor
            .map(|cursor| format!("/settings/jobs?{filter}cursor={cursor}")),
        csv: None,
    };
    Ok(View(JobsPage {
        // Jobs are told by wall time, also where business time is simulated.
        shell: Shell {
            now: now.0,
            ..shell
        }
        .titled("Jobs", Nav::Jobs),
        tabs,
        rows,
        pager,
        may_work: who.may(Permission::Work),
    }))
}

fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn row(job: JobRow, now: At, zone: chrono_tz::Tz) -> Row {
    let waits_for_retry = job.state == "queued" && job.last_error.is_some();
    Row {
        what: what(&job.kind),
        state: match job.state.as_str() {
            "queued" if waits_for_retry => Badge::risk("Tried again soon"),
            "queued" => Badge::neutral("Waiting"),
            "running" => Badge::info("Running"),
            "done" => Badge::good("Done"),
            _ => Badge::late("Failed"),
        },
        attempts: format::count(unsigned(job.attempts)),
        queued: Moment::ago(job.created_at.0, now.0, zone),
        ended: job.finished_at.map(|at| Moment::ago(at.0, now.0, zone)),
        is_dead: job.state == "dead",
        id: job.id,
        error: job.last_error,
    }
}

/// A job's kind in words; `post_draft` reads "Post draft" where nobody found better ones.
fn what(kind: &str) -> String {
    match kind {
        "sync" => "Sync".to_owned(),
        "sync_due" => "Scheduled syncs".to_owned(),
        "webhook" => "News from a vendor".to_owned(),
        "reconcile" => "Reconciliation".to_owned(),
        "send_invitation" => "Letter of an invitation".to_owned(),
        other => {
            let spaced = other.replace('_', " ");
            let mut letters = spaced.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().chain(letters).collect()
            })
        }
    }
}

/// Gives a failed job another set of attempts.
pub async fn retry(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id: JobId = id.parse().map_err(|_| Fault::NotFound("this job"))?;
    let mut tx = app.db.write(who.org).await?;
    queue::requeue_dead(&mut tx, who.org, id, At(app.clock.wall_now())).await?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "job.retried",
        subject_kind: "job",
        subject: Some(id.0),
    };
    audit::record(&app, &mut tx, act, &serde_json::json!({})).await?;
    tx.commit().await?;
    app.jobs_waiting.notify_one();
    Ok(redirect(
        "/settings/jobs",
        &Flash::done("The job is tried again."),
    ))
}
