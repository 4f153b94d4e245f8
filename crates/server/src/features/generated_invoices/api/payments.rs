//! Payments on an invoice of ours, booked in the ledger.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use super::parse;
use crate::{
    app::App,
    db::GeneratedInvoiceId,
    fault::Fault,
    features::generated_invoices::pay::{self, PaymentInput, Payments},
    http::{Begun, IdempotencyKey, May, Read, Work, Write, json_body},
};

/// What is owed on an invoice, which accounts take a payment, and what we booked.
#[utoipa::path(get, path = "/generated-invoices/{id}/payments", tag = "generated invoices",
    params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 200, body = Payments), (status = 404, description = "unknown")))]
pub async fn payments(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<Payments>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(pay::payments(&mut tx, who.org, parse(&id)?).await?))
}

/// Book a payment in accounting. What the invoice is then follows from there.
#[utoipa::path(post, path = "/generated-invoices/{id}/payments", tag = "generated invoices",
    request_body = PaymentInput, params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 202, body = Payments), (status = 404, description = "unknown"),
        (status = 409, description = "changed, not in accounting, or nothing is owed"),
        (status = 422, description = "wrong fields, or more than is owed")))]
pub async fn pay(
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
    let (id, input): (_, PaymentInput) = (parse(&id)?, json_body(&body)?);
    pay::begin(&app, &who, &mut write.tx, id, &input).await?;
    let answer = pay::payments(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::ACCEPTED, &answer).await
}
