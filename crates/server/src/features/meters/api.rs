//! Meters and their readings, for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    LastReading, Listed, Meter, MeterInput,
    readings::{self, Readings, ReadingsInput},
};
use crate::{
    app::App,
    db::{Day, MeterId},
    fault::Fault,
    http::{Begun, IdempotencyKey, May, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all, create))
        .routes(routes!(one, change))
        .routes(routes!(read))
}

/// Every meter: those that connected tools count, and the organization's own.
#[utoipa::path(get, path = "/meters", tag = "catalog",
    responses((status = 200, body = Vec<Listed>)))]
async fn all(State(app): State<App>, who: May<Read>) -> Result<Json<Vec<Listed>>, Fault> {
    let today = Day(who.today(&app));
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(super::all(&mut tx, who.org, today).await?))
}

/// Add a meter that no connected tool counts.
#[utoipa::path(post, path = "/meters", tag = "catalog", request_body = MeterInput,
    responses((status = 201, body = Meter), (status = 422, description = "wrong fields")))]
async fn create(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: MeterInput = json_body(&body)?;
    let meter = super::create(&app, &who, &mut write.tx, &input).await?;
    write.finish(&app, StatusCode::CREATED, &meter).await
}

/// A meter with what it showed last.
#[derive(Serialize, ToSchema)]
#[schema(as = MeterDetail)]
struct Detail {
    meter: Meter,
    last: Vec<LastReading>,
}

fn meter_id(text: &str) -> Result<MeterId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this meter"))
}

/// One of the organization's own meters, and what it showed last for each client.
#[utoipa::path(get, path = "/meters/{id}", tag = "catalog", params(("id" = MeterId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<Detail>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let meter = super::one(&mut tx, who.org, meter_id(&id)?).await?;
    let (_, last) = super::detail(&mut tx, who.org, &meter.code, Day(who.today(&app))).await?;
    Ok(Json(Detail { meter, last }))
}

/// Change a meter of the organization's own. Its code stays.
#[utoipa::path(put, path = "/meters/{id}", tag = "catalog", request_body = MeterInput,
    params(("id" = MeterId, Path)),
    responses((status = 200, body = Meter), (status = 404, description = "unknown"),
        (status = 409, description = "another version by now"),
        (status = 422, description = "wrong fields")))]
async fn change(
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
    let (id, input): (_, MeterInput) = (meter_id(&id)?, json_body(&body)?);
    let meter = super::change(&app, &who, &mut write.tx, id, &input).await?;
    write.finish(&app, StatusCode::OK, &meter).await
}

/// Keep readings of own meters, at most 5,000 at once, all of them or none. The same again changes
/// nothing; another value for a day is a correction, and both are kept.
#[utoipa::path(post, path = "/meter-readings", tag = "catalog", request_body = ReadingsInput,
    responses((status = 200, body = Readings),
        (status = 422, description = "wrong readings, each named by its place")))]
async fn read(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let mut input: ReadingsInput = json_body(&body)?;
    for (line, given) in (1..).zip(&mut input.readings) {
        given.line = line;
    }
    let kept = if input.preview {
        readings::preview(&app, &who, &mut write.tx, &input.readings).await?
    } else {
        readings::keep(&app, &who, &mut write.tx, &input.readings).await?
    };
    write.finish(&app, StatusCode::OK, &kept).await
}
