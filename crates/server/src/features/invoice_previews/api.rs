//! The preview of an invoice, for programs.

use axum::{Json, body::Bytes};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Asked, Told, preview};
use crate::{
    app::App,
    fault::Fault,
    http::{May, Read, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(ask))
}

/// What an invoice for a period would come to, from terms, events and readings in the body. Nothing
/// is read besides, and nothing is stored. Earlier periods are taken to have been invoiced.
#[utoipa::path(post, path = "/invoice-previews", tag = "generated invoices",
    request_body = Asked, responses((status = 200, body = Told)))]
async fn ask(_: May<Read>, body: Bytes) -> Result<Json<Told>, Fault> {
    Ok(Json(preview(json_body(&body)?)?))
}
