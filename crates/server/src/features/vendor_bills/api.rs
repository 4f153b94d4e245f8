//! Vendor bills for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State as Shared},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Filter, PickInput, VendorBill, VendorBillDetail};
use crate::{
    app::App,
    db::VendorBillId,
    fault::Fault,
    http::{Begun, IdempotencyKey, May, Page, Paging, ReadCost, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(replace))
}

pub fn parse(id: &str) -> Result<VendorBillId, Fault> {
    id.parse().map_err(|_| Fault::NotFound("this bill"))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct VendorBillsQuery {
    /// Part of a number, or of the name of a company, client or product on it.
    q: Option<String>,
    /// predicted | standing | credited | in_correction | contested | void
    state: Option<String>,
    /// The distributor: pax8.
    vendor: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// The distributors' bills, newest first, predicted ones among them.
#[utoipa::path(get, path = "/vendor-bills", tag = "vendor bills",
    params(VendorBillsQuery, Paging), responses((status = 200, body = Page<VendorBill>)))]
async fn list(
    Shared(app): Shared<App>,
    who: May<ReadCost>,
    Query(query): Query<VendorBillsQuery>,
) -> Result<Json<Page<VendorBill>>, Fault> {
    let window = query.paging.window("billed")?;
    let filter = Filter::typed(
        query.q.as_deref().unwrap_or_default(),
        query.state.as_deref().unwrap_or_default(),
        query.vendor.as_deref().unwrap_or_default(),
    )?;
    let mut tx = app.db.read(who.org).await?;
    let (page, _) = super::list(&mut tx, who.org, &filter, &window).await?;
    Ok(Json(page))
}

/// One bill with its lines, what passes each on, and what was predicted.
#[utoipa::path(get, path = "/vendor-bills/{id}", tag = "vendor bills",
    params(("id" = String, Path)),
    responses((status = 200, body = VendorBillDetail), (status = 404, description = "unknown")))]
async fn one(
    Shared(app): Shared<App>,
    who: May<ReadCost>,
    Path(id): Path<String>,
) -> Result<Json<VendorBillDetail>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(super::detail(&mut tx, who.org, parse(&id)?).await?))
}

/// Say which bill takes a credited one's place, or take that back (`null`).
#[utoipa::path(post, path = "/vendor-bills/{id}/replacement", tag = "vendor bills",
    params(("id" = String, Path)), request_body = PickInput,
    responses((status = 200, body = VendorBillDetail), (status = 404, description = "unknown"),
        (status = 409, description = "not credited, or another was picked"),
        (status = 422, description = "it cannot take its place")))]
async fn replace(
    Shared(app): Shared<App>,
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
    let input: PickInput = json_body(&body)?;
    super::pick(&app, &who, &mut write.tx, id, &input).await?;
    let bill = super::detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &bill).await
}
