//! The chart of accounts for programs.

use axum::{Json, body::Bytes, extract::State, http::StatusCode, response::Response};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Chart, Replacement, Uses, chart};
use crate::{
    app::App,
    fault::Fault,
    http::{Begun, IdempotencyKey, May, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(replace))
}

/// The ledger's accounts and tax rates, and what uses each.
#[utoipa::path(get, path = "/chart-of-accounts", tag = "catalog",
    responses((status = 200, body = Chart)))]
async fn all(State(app): State<App>, who: May<Read>) -> Result<Json<Chart>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(chart(&mut tx, who.org).await?))
}

/// Put another code on all catalog items and contract lines that have one. Invoices that were made
/// keep theirs.
#[utoipa::path(post, path = "/chart-of-accounts/replacements", tag = "catalog",
    request_body = Replacement, responses((status = 200, body = Uses),
        (status = 404, description = "nothing has this code"),
        (status = 422, description = "the ledger has no such code for sales")))]
async fn replace(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let wanted: Replacement = json_body(&body)?;
    let uses = super::replace(&app, &mut write.tx, &who, &wanted).await?;
    write.finish(&app, StatusCode::OK, &uses).await
}
