//! The series of numbers, for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NumberSeries, Series, SeriesChange};
use crate::{
    app::App,
    fault::Fault,
    http::{Administer, Begun, IdempotencyKey, May, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(change))
}

/// How invoices, credit notes and payments are numbered.
#[utoipa::path(get, path = "/number-series", tag = "organization",
    responses((status = 200, body = Vec<NumberSeries>)))]
async fn all(
    State(app): State<App>,
    who: May<Administer>,
) -> Result<Json<Vec<NumberSeries>>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(super::all(&mut tx, who.org).await?))
}

/// Change how a series goes on. What was numbered keeps its number.
#[utoipa::path(put, path = "/number-series/{name}", tag = "organization",
    request_body = SeriesChange, params(("name" = Series, Path)),
    responses((status = 200, body = NumberSeries), (status = 404, description = "unknown"),
        (status = 409, description = "another version by now"),
        (status = 422, description = "wrong fields, or numbers that are taken")))]
async fn change(
    State(app): State<App>,
    who: May<Administer>,
    Path(name): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let (name, input): (_, SeriesChange) = (Series::read(&name)?, json_body(&body)?);
    let after = super::change(&app, &mut write.tx, &who, name, &input).await?;
    write.finish(&app, StatusCode::OK, &after).await
}
