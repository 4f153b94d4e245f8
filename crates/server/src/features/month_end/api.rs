//! Months and their evidence packs, for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse as _, Response},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{CloseInput, Month, MonthEnd, ReopenInput, pack, pack::Pack};
use crate::{
    app::App,
    db::EvidencePackId,
    fault::Fault,
    http::{Begun, IdempotencyKey, May, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(one))
        .routes(routes!(close))
        .routes(routes!(reopen))
        .routes(routes!(make_pack))
        .routes(routes!(one_pack))
        .routes(routes!(file))
}

/// A month: what is still open, what it came to, who closed it.
#[utoipa::path(get, path = "/month-ends/{month}", tag = "months",
    params(("month" = String, Path, example = "2026-10")),
    responses((status = 200, body = MonthEnd), (status = 404, description = "no month")))]
async fn one(
    State(app): State<App>,
    who: May<Work>,
    Path(month): Path<String>,
) -> Result<Json<MonthEnd>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let month = Month::read(&month)?;
    Ok(Json(super::month(&app, &who, &mut tx, month).await?))
}

/// Close a month that is over. Everything that is still open is acknowledged by its key. It locks
/// nothing.
#[utoipa::path(post, path = "/month-ends/{month}/close", tag = "months",
    request_body = CloseInput, params(("month" = String, Path)),
    responses((status = 200, body = MonthEnd), (status = 404, description = "no month"),
        (status = 409, description = "it runs, is closed, or changed meanwhile"),
        (status = 422, description = "something open was not acknowledged")))]
async fn close(
    State(app): State<App>,
    who: May<Work>,
    Path(month): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let (month, input): (_, CloseInput) = (Month::read(&month)?, json_body(&body)?);
    super::close(&app, &who, &mut write.tx, month, &input).await?;
    let answer = super::month(&app, &who, &mut write.tx, month).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

/// Open a closed month again, with a reason.
#[utoipa::path(post, path = "/month-ends/{month}/reopen", tag = "months",
    request_body = ReopenInput, params(("month" = String, Path)),
    responses((status = 200, body = MonthEnd), (status = 404, description = "no month"),
        (status = 409, description = "not closed, or changed meanwhile"),
        (status = 422, description = "no reason")))]
async fn reopen(
    State(app): State<App>,
    who: May<Work>,
    Path(month): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let (month, input): (_, ReopenInput) = (Month::read(&month)?, json_body(&body)?);
    super::reopen(&app, &who, &mut write.tx, month, &input).await?;
    let answer = super::month(&app, &who, &mut write.tx, month).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

/// Ask for the evidence pack of a month; it is made by a job.
#[utoipa::path(post, path = "/month-ends/{month}/packs", tag = "months",
    params(("month" = String, Path)),
    responses((status = 202, body = Pack), (status = 404, description = "no month")))]
async fn make_pack(
    State(app): State<App>,
    who: May<Work>,
    Path(month): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let month = Month::read(&month)?;
    let pack = super::ask_for_pack(&app, &who, &mut write.tx, month).await?;
    write.finish(&app, StatusCode::ACCEPTED, &pack).await
}

fn pack_id(text: &str) -> Result<EvidencePackId, Fault> {
    text.parse()
        .map_err(|_| Fault::NotFound("this evidence pack"))
}

/// Whether a pack is ready.
#[utoipa::path(get, path = "/evidence-packs/{id}", tag = "months",
    params(("id" = EvidencePackId, Path)),
    responses((status = 200, body = Pack), (status = 404, description = "unknown")))]
async fn one_pack(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
) -> Result<Json<Pack>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(pack::one(&mut tx, who.org, pack_id(&id)?).await?))
}

/// The archive. `billingone verify-pack` checks it.
#[utoipa::path(get, path = "/evidence-packs/{id}/file", tag = "months",
    params(("id" = EvidencePackId, Path)),
    responses((status = 200, content_type = "application/zip", body = Vec<u8>),
        (status = 404, description = "unknown"), (status = 409, description = "not ready yet")))]
async fn file(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let (name, bytes) = pack::content(&mut tx, who.org, pack_id(&id)?).await?;
    Ok(archive(&name, bytes))
}

pub(super) fn archive(name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}
