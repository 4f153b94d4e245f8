//! The ledger's repeating invoices for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Detail, Filter, RepeatingInvoice};
use crate::{
    app::App,
    db::{ClientId, RepeatingInvoiceId},
    fault::Fault,
    features::clients::search_pattern,
    http::{After, Begun, IdempotencyKey, May, Page, Paging, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(one))
        .routes(routes!(disown, own))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct Asked {
    client: Option<ClientId>,
    /// Part of a name, a client or a reference.
    q: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// What accounting bills by itself again and again.
#[utoipa::path(get, path = "/repeating-invoices", tag = "invoices", params(Asked, Paging),
    responses((status = 200, body = Page<RepeatingInvoice>)))]
async fn all(
    State(app): State<App>,
    who: May<Read>,
    Query(asked): Query<Asked>,
) -> Result<Json<Page<RepeatingInvoice>>, Fault> {
    let window = asked.paging.window("repeating")?;
    let filter = Filter {
        client: asked.client,
        pattern: asked.q.as_deref().and_then(search_pattern),
        after: window
            .after
            .as_ref()
            .map(|after| RepeatingInvoiceId(after.id)),
        limit: window.rows(),
    };
    let mut tx = app.db.read(who.org).await?;
    let rows = super::list(&mut tx, who.org, &filter).await?;
    Ok(Json(window.page(rows, after)))
}

pub(super) fn after(row: &RepeatingInvoice) -> After {
    After::of_text("", row.id.0)
}

/// One with its lines.
#[utoipa::path(get, path = "/repeating-invoices/{id}", tag = "invoices",
    params(("id" = RepeatingInvoiceId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<Detail>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(super::detail(&mut tx, who.org, parse(&id)?).await?))
}

pub(super) fn parse(id: &str) -> Result<RepeatingInvoiceId, Fault> {
    id.parse()
        .map_err(|_| Fault::NotFound("this repeating invoice"))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NotOurs {
    /// What it bills instead; up to 500 characters.
    reason: String,
}

/// Say that it bills something else: it stops no draft any more.
#[utoipa::path(put, path = "/repeating-invoices/{id}/not-ours", tag = "invoices",
    request_body = NotOurs, params(("id" = RepeatingInvoiceId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown"),
        (status = 422, description = "no reason")))]
async fn disown(
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
    let (id, input): (_, NotOurs) = (parse(&id)?, json_body(&body)?);
    let after = super::disown(&app, &who, &mut write.tx, id, &input.reason).await?;
    write.finish(&app, StatusCode::OK, &after).await
}

/// Take that back: while it still bills, it stops the client's drafts again.
#[utoipa::path(delete, path = "/repeating-invoices/{id}/not-ours", tag = "invoices",
    params(("id" = RepeatingInvoiceId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown")))]
async fn own(
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
    let after = super::own(&app, &who, &mut write.tx, parse(&id)?).await?;
    write.finish(&app, StatusCode::OK, &after).await
}
