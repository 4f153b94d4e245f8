//! Runs that make the drafts of all clients, for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    db::DraftRunId,
    fault::Fault,
    features::generated_invoices::runs::{self, DraftRun},
    http::{Begun, IdempotencyKey, May, Page, Paging, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all, begin))
        .routes(routes!(one))
        .routes(routes!(stop))
}

fn run_id(text: &str) -> Result<DraftRunId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this run"))
}

/// Runs that made drafts, newest first.
#[utoipa::path(get, path = "/draft-runs", tag = "generated invoices",
    params(Paging), responses((status = 200, body = Page<DraftRun>)))]
async fn all(
    State(app): State<App>,
    who: May<Read>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page<DraftRun>>, Fault> {
    let window = paging.window("started")?;
    let mut tx = app.db.read(who.org).await?;
    let found = runs::runs(&mut tx, who.org, &window).await?;
    Ok(Json(window.page(found, DraftRun::place)))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct NewDraftRun {
    /// Everything that can be charged by this day; five days from today unless said.
    as_of: Option<NaiveDate>,
}

/// Make the drafts of all clients, a few at a time. The run says how far it is.
#[utoipa::path(post, path = "/draft-runs", tag = "generated invoices",
    request_body = NewDraftRun, responses((status = 202, body = DraftRun),
        (status = 409, description = "one is on its way"),
        (status = 422, description = "wrong fields")))]
async fn begin(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: NewDraftRun = json_body(&body)?;
    let scope = super::scope(&app, &who, None, None, input.as_of)?;
    let id = runs::begin(&app, &mut write.tx, who.org, Some(who.person), &scope).await?;
    let answer = runs::run(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::ACCEPTED, &answer).await
}

/// How far a run is, and what it made.
#[utoipa::path(get, path = "/draft-runs/{id}", tag = "generated invoices",
    params(("id" = DraftRunId, Path)),
    responses((status = 200, body = DraftRun), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<DraftRun>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(runs::run(&mut tx, who.org, run_id(&id)?).await?))
}

/// Stop a run before its next clients. What it made stays.
#[utoipa::path(post, path = "/draft-runs/{id}/stop", tag = "generated invoices",
    params(("id" = DraftRunId, Path)),
    responses((status = 200, body = DraftRun), (status = 404, description = "unknown"),
        (status = 409, description = "over already")))]
async fn stop(
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
    let id = run_id(&id)?;
    runs::stop(&app, &mut write.tx, who.org, who.person, id).await?;
    let answer = runs::run(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}
