//! Findings for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Counts, FindingView, ListFilter, Sums, Tab,
    act::{self, Act},
    apply::{self, OptionView},
    counts, detail, list, sums,
};
use crate::{
    app::App,
    db::{At, ClientId, FindingId, Tx},
    fault::Fault,
    features::reconciliation::{self, jobs::Reconcile},
    http::{After, Begun, IdempotencyKey, May, Page, Paging, Read, Who, Work, Write, json_body},
    queue,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(summary))
        .routes(routes!(one))
        .routes(routes!(act_on))
        .routes(routes!(apply_one))
        .routes(routes!(undo))
        .routes(routes!(reconcile))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct FindingsQuery {
    /// all | ready | snoozed | ignored | reviewed | applied | closed
    tab: Option<String>,
    kind: Option<String>,
    client: Option<ClientId>,
    /// Part of a client, item, product or reference.
    q: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Findings by severity, then impact.
#[utoipa::path(get, path = "/findings", tag = "findings", params(FindingsQuery, Paging),
    responses((status = 200, body = Page<FindingView>)))]
async fn all(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<FindingsQuery>,
) -> Result<Json<Page<FindingView>>, Fault> {
    let window = query.paging.window("severity")?;
    let tab = match query.tab.as_deref() {
        None | Some("") => Tab::All,
        Some(word) => {
            Tab::parse(word).ok_or_else(|| Fault::field("tab", "there is no such tab"))?
        }
    };
    let after = window.after.as_ref().and_then(|after| {
        let rank = after.tail()?.parse().ok()?;
        Some((rank, after.int()?, FindingId(after.id)))
    });
    let filter = ListFilter {
        tab,
        kind: query.kind,
        client: query.client,
        search: query.q,
        after,
        limit: window.rows(),
    };
    let mut tx = app.db.read(who.org).await?;
    let found = list(&mut tx, who.org, &filter).await?;
    Ok(Json(window.page(found, |finding| {
        let (rank, impact, id) = finding.place;
        After::of_int(impact, id.0).with_tail(&rank.to_string())
    })))
}

/// How many findings stand where, and what the open ones are worth.
#[derive(Debug, Serialize, ToSchema)]
struct Summary {
    counts: Counts,
    /// By kind, side and currency; sides are never netted.
    sums: Vec<Sums>,
    /// When the facts were last compared.
    reconciled_at: Option<At>,
    /// A comparison waits or is under way.
    reconciling: bool,
}

/// Counts and sums of findings.
#[utoipa::path(get, path = "/findings/summary", tag = "findings",
    responses((status = 200, body = Summary)))]
async fn summary(State(app): State<App>, who: May<Read>) -> Result<Json<Summary>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let last = reconciliation::last_run(&mut tx, who.org).await?;
    Ok(Json(Summary {
        counts: counts(&mut tx, who.org, None).await?,
        sums: sums(&mut tx, who.org, None).await?,
        reconciled_at: last.map(|(_, at)| at),
        reconciling: reconciliation::is_running(&mut tx, who.org).await?,
    }))
}

/// A finding with what it rests on, its history and what applying it would do.
#[derive(Debug, Serialize, ToSchema)]
struct FindingDetail {
    #[serde(flatten)]
    finding: FindingView,
    /// The finding's data and the rows that show it.
    #[schema(value_type = Object)]
    evidence: super::Evidence,
    history: Vec<HistoryRow>,
    /// The choices of when a correction starts to count, each with its amount.
    options: Vec<OptionView>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FindingHistoryRow)]
struct HistoryRow {
    at: At,
    kind: String,
    by: Option<String>,
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

/// One finding.
#[utoipa::path(get, path = "/findings/{id}", tag = "findings", params(("id" = FindingId, Path)),
    responses((status = 200, body = FindingDetail), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<FindingDetail>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(load(&app, &who, &mut tx, parse(&id)?).await?))
}

async fn load(app: &App, who: &Who, tx: &mut Tx, id: FindingId) -> Result<FindingDetail, Fault> {
    let (finding, history) = detail(tx, who.org, id).await?;
    let options = apply::options(app, who, tx, &finding).await?;
    let history = history.into_iter().map(|event| HistoryRow {
        at: event.at,
        kind: event.kind,
        by: event.person_name,
        detail: serde_json::from_str(&event.detail).unwrap_or_default(),
    });
    Ok(FindingDetail {
        evidence: finding.evidence.clone(),
        history: history.collect(),
        options,
        finding,
    })
}

fn parse(id: &str) -> Result<FindingId, Fault> {
    id.parse().map_err(|_| Fault::NotFound("this finding"))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
enum ActInput {
    Snooze { version: i64, until: NaiveDate },
    Ignore { version: i64, reason: String },
    Review { version: i64 },
}

/// Snooze, ignore or mark reviewed.
#[utoipa::path(post, path = "/findings/{id}/act", tag = "findings", request_body = ActInput,
    params(("id" = FindingId, Path)),
    responses((status = 200, body = FindingDetail), (status = 404, description = "unknown"),
        (status = 409, description = "changed in the meantime"),
        (status = 422, description = "wrong fields")))]
async fn act_on(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let id = parse(&id)?;
    let (version, act) = match json_body(&body)? {
        ActInput::Snooze { version, until } => (version, Act::Snooze { until }),
        ActInput::Ignore { version, reason } => (version, Act::Ignore { reason }),
        ActInput::Review { version } => (version, Act::Review),
    };
    act::act(&app, &who, &mut write.tx, id, version, &act).await?;
    let answer = load(&app, &who, &mut write.tx, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApplyInput {
    version: i64,
    /// next_period | from_now | bill_back | waive_past
    when: String,
}

/// Change the contract or bill the difference, from the chosen moment.
#[utoipa::path(post, path = "/findings/{id}/apply", tag = "findings", request_body = ApplyInput,
    params(("id" = FindingId, Path)),
    responses((status = 200, body = FindingDetail), (status = 404, description = "unknown"),
        (status = 409, description = "changed in the meantime, or cannot be applied"),
        (status = 422, description = "wrong fields")))]
async fn apply_one(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let id = parse(&id)?;
    let input: ApplyInput = json_body(&body)?;
    let when = apply::when(&input.when)?;
    apply::apply(&app, &who, &mut write.tx, id, input.version, when).await?;
    let answer = load(&app, &who, &mut write.tx, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UndoInput {
    version: i64,
}

/// Take the last decision back.
#[utoipa::path(post, path = "/findings/{id}/undo", tag = "findings", request_body = UndoInput,
    params(("id" = FindingId, Path)),
    responses((status = 200, body = FindingDetail), (status = 404, description = "unknown"),
        (status = 409, description = "nothing to undo, or too late")))]
async fn undo(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let id = parse(&id)?;
    let input: UndoInput = json_body(&body)?;
    act::undo(&app, &who, &mut write.tx, id, input.version).await?;
    let answer = load(&app, &who, &mut write.tx, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

/// Compare all facts anew; the work is done by a job.
#[utoipa::path(post, path = "/reconcile", tag = "findings",
    responses((status = 202, description = "queued")))]
async fn reconcile(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    queue::enqueue(&app, &mut write.tx, &Reconcile { org: who.org }).await?;
    write
        .finish(
            &app,
            StatusCode::ACCEPTED,
            &serde_json::json!({ "queued": true }),
        )
        .await
}
