//! What clients get, for people: PDFs, how it was worked out, and the letter before it leaves.

mod explanation;
mod send;

use axum::{
    extract::{Path, State},
    http::header,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};

use super::{
    api::invoice_id,
    invoice_pdf,
    ledger::{InLedger, Waiting},
};
use crate::{
    app::App,
    db::GeneratedInvoiceId,
    fault::Fault,
    features::connections,
    http::{May, Read, Routes},
};

pub fn routes() -> Routes {
    Routes::new()
        .route("/generated-invoices/{id}/invoice.pdf", get(own))
        .route("/generated-invoices/{id}/ledger.pdf", get(of_ledger))
        .route("/generated-invoices/{id}/online-invoice", get(online))
        .route(
            "/generated-invoices/{id}/explanation",
            get(explanation::show),
        )
        .route(
            "/generated-invoices/{id}/explanation.pdf",
            get(explanation::pdf),
        )
        .route(
            "/generated-invoices/{id}/send",
            get(send::show).post(send::send),
        )
}

fn place_of(id: GeneratedInvoiceId) -> String {
    format!("/generated-invoices/{id}")
}

/// A PDF that browsers show, under its name.
pub fn file(name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/pdf".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("inline; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

async fn own(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let (name, bytes) = invoice_pdf(&app, who.org, invoice_id(&id)?).await?;
    Ok(file(&name, bytes))
}

async fn in_ledger(app: &App, who: &May<Read>, id: &str) -> Result<InLedger, Fault> {
    let found = InLedger::find(app, who.org, invoice_id(id)?, Waiting::Person).await?;
    found.ok_or_else(|| {
        Fault::conflict(
            "not_in_ledger",
            "accounting has no such invoice, or is not connected; connect it under Settings, \
             Integrations, or take the PDF of BillingOne",
        )
    })
}

async fn of_ledger(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let found = in_ledger(&app, &who, &id).await?;
    let bytes = found.pdf().await.map_err(connections::fault_of)?;
    let number = found.draft.number.as_deref().unwrap_or("Draft");
    Ok(file(&super::file_name("invoice", number), bytes))
}

async fn online(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let found = in_ledger(&app, &who, &id).await?;
    let url = found.online().await.map_err(connections::fault_of)?;
    let url = url.ok_or_else(|| {
        Fault::conflict(
            "not_authorised",
            "the client sees the invoice online once it is approved in Xero",
        )
    })?;
    Ok(Redirect::to(&url).into_response())
}
