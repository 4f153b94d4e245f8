//! Syncs for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Broken, Mode, SyncChange, SyncRun, store};
use crate::{
    app::App,
    db::{ConnectionId, SyncRunId},
    fault::Fault,
    http::{After, Begun, IdempotencyKey, May, Page, Paging, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(sync_all))
        .routes(routes!(sync_one))
        .routes(routes!(list))
        .routes(routes!(one))
}

/// What to read.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    /// `delta` unless said: what changed, where the vendor can tell.
    mode: Option<Mode>,
}

impl Wanted {
    fn read(body: &Bytes) -> Result<Mode, Fault> {
        if body.is_empty() {
            return Ok(Mode::Delta);
        }
        Ok(json_body::<Self>(body)?.mode.unwrap_or(Mode::Delta))
    }
}

#[derive(Serialize, ToSchema)]
struct Started {
    runs: Vec<SyncRun>,
}

/// Sync All: every connection.
#[utoipa::path(post, path = "/sync", tag = "sync", request_body = Option<Wanted>,
    responses((status = 202, body = Started),
        (status = 409, description = "nothing is connected")))]
async fn sync_all(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mode = Wanted::read(&body)?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let mut runs = Vec::new();
    for id in super::request_all(&app, &who, &mut write.tx, mode).await? {
        runs.push(super::one(&mut write.tx, who.org, id).await?);
    }
    let started = Started { runs };
    write.finish(&app, StatusCode::ACCEPTED, &started).await
}

/// Sync one connection.
#[utoipa::path(post, path = "/connections/{id}/sync", tag = "sync",
    request_body = Option<Wanted>, params(("id" = String, Path)),
    responses((status = 202, body = SyncRun), (status = 404, description = "unknown"),
        (status = 409, description = "not connected")))]
async fn sync_one(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let id: ConnectionId = id.parse().map_err(|_| Fault::NotFound("this connection"))?;
    let mode = Wanted::read(&body)?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let run = super::request_one(&app, &who, &mut write.tx, id, mode).await?;
    let run = super::one(&mut write.tx, who.org, run).await?;
    write.finish(&app, StatusCode::ACCEPTED, &run).await
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct RunsQuery {
    /// Runs of this connection only.
    connection: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Runs, newest first.
#[utoipa::path(get, path = "/sync-runs", tag = "sync", params(RunsQuery, Paging),
    responses((status = 200, body = Page<SyncRun>)))]
async fn list(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<RunsQuery>,
) -> Result<Json<Page<SyncRun>>, Fault> {
    let window = query.paging.window("newest")?;
    let of: Option<ConnectionId> = query
        .connection
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(|_| Fault::NotFound("this connection"))?;
    let before = window.after.as_ref().map(|after| SyncRunId(after.id));
    let mut tx = app.db.read(who.org).await?;
    let rows = store::list(&mut tx, who.org, of, before, window.rows()).await?;
    Ok(Json(window.page(rows, |run| After::of_int(0, run.id.0))))
}

/// A run with what it changed.
#[derive(Serialize, ToSchema)]
struct RunDetail {
    #[serde(flatten)]
    run: SyncRun,
    /// Records that could not be read or kept.
    broken: Vec<Broken>,
    /// At most 500 of each kind are listed; all are counted.
    changes: Vec<SyncChange>,
}

/// One run.
#[utoipa::path(get, path = "/sync-runs/{id}", tag = "sync", params(("id" = String, Path)),
    responses((status = 200, body = RunDetail), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<RunDetail>, Fault> {
    let id: SyncRunId = id.parse().map_err(|_| Fault::NotFound("this sync"))?;
    let mut tx = app.db.read(who.org).await?;
    let run = super::one(&mut tx, who.org, id).await?;
    Ok(Json(RunDetail {
        broken: run.broken(),
        changes: store::changes(&mut tx, who.org, id).await?,
        run,
    }))
}
