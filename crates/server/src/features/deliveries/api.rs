//! Letters and papers of invoices for programs.

mod told;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{DeliveryView, NewDelivery, deliver, invoice_pdf, pages::file};
use crate::{
    app::App,
    db::GeneratedInvoiceId,
    fault::Fault,
    http::{Begun, IdempotencyKey, May, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(pdf))
        .merge(told::routes())
        .routes(routes!(send))
}

pub fn invoice_id(text: &str) -> Result<GeneratedInvoiceId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this draft"))
}

/// A generated invoice as PDF. The same content gives the same bytes.
#[utoipa::path(get, path = "/generated-invoices/{id}/invoice.pdf", tag = "generated invoices",
    params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>),
        (status = 404, description = "unknown")))]
async fn pdf(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let (name, bytes) = invoice_pdf(&app, who.org, invoice_id(&id)?).await?;
    Ok(file(&name, bytes))
}

/// Send a posted invoice to its client. The letter leaves by a job.
#[utoipa::path(post, path = "/generated-invoices/{id}/deliveries", tag = "generated invoices",
    request_body = NewDelivery, params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 202, body = DeliveryView), (status = 404, description = "unknown"),
        (status = 409, description = "not approved in the ledger, on its way already, or no e-mail is configured"),
        (status = 422, description = "wrong fields"),
        (status = 429, description = "too many in one day")))]
async fn send(
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
    let (id, new): (_, NewDelivery) = (invoice_id(&id)?, json_body(&body)?);
    let made = deliver(&app, &who, &mut write.tx, id, &new).await?;
    write.finish(&app, StatusCode::ACCEPTED, &made).await
}
