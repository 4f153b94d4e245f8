//! The ledger's invoices for programs.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Detail, Filter, InvoiceView, Show, Sums, detail, list, sums};
use crate::{
    app::App,
    db::{ClientId, Day, InvoiceId},
    fault::Fault,
    http::{After, May, Page, Paging, Read, ReadCost},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(cards))
        .routes(routes!(one))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct InvoicesQuery {
    /// all | paid_this_month | outstanding | draft | awaiting_approval | awaiting_payment |
    /// overdue | paid | voided
    status: Option<String>,
    client: Option<ClientId>,
    /// Part of a number, a client or a reference.
    q: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Invoices in accounting, newest first.
#[utoipa::path(get, path = "/invoices", tag = "invoices", params(InvoicesQuery, Paging),
    responses((status = 200, body = Page<InvoiceView>)))]
async fn all(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<InvoicesQuery>,
) -> Result<Json<Page<InvoiceView>>, Fault> {
    let window = query.paging.window("issued")?;
    let filter = Filter {
        show: Show::typed(query.status.as_deref().unwrap_or_default())?,
        client: query.client,
        search: query.q,
        after: window.after.as_ref().and_then(place),
        limit: window.rows(),
    };
    let mut tx = app.db.read(who.org).await?;
    let rows = list(&mut tx, who.org, &filter, who.today(&app)).await?;
    Ok(Json(window.page(rows, after)))
}

pub(super) fn place(after: &After) -> Option<(Day, InvoiceId)> {
    Some((Day(after.text()?.parse().ok()?), InvoiceId(after.id)))
}

pub(super) fn after(row: &InvoiceView) -> After {
    After::of_text(&row.issued_on.to_string(), row.id.0)
}

/// What was paid this month, is owed, is late and is not sent, per currency.
#[utoipa::path(get, path = "/invoices/sums", tag = "invoices",
    responses((status = 200, body = Sums), (status = 403, description = "your role sees no receivables")))]
async fn cards(State(app): State<App>, who: May<ReadCost>) -> Result<Json<Sums>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(sums(&mut tx, who.org, who.today(&app)).await?))
}

/// One invoice with its lines and what settled it.
#[utoipa::path(get, path = "/invoices/{id}", tag = "invoices",
    params(("id" = InvoiceId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<Detail>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(
        detail(&mut tx, who.org, parse(&id)?, who.today(&app)).await?,
    ))
}

pub(super) fn parse(id: &str) -> Result<InvoiceId, Fault> {
    id.parse().map_err(|_| Fault::NotFound("this invoice"))
}
