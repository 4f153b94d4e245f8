//! The six numbers for programs.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Filter, ItemRow, rows};
use crate::{
    app::App,
    db::ClientId,
    fault::Fault,
    http::{After, May, Page, Paging, Read},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct RowsQuery {
    client: Option<ClientId>,
    /// Part of a client's or item's name.
    q: Option<String>,
    /// Only rows whose numbers disagree.
    differing: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Bought, assigned, deployed, contracted, invoiced and paid, per client and catalog item.
#[utoipa::path(get, path = "/reconciliation", tag = "reconciliation", params(RowsQuery, Paging),
    responses((status = 200, body = Page<ItemRow>)))]
async fn list(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<Page<ItemRow>>, Fault> {
    let window = query.paging.window("client")?;
    let after = window.after.as_ref();
    let filter = Filter {
        client: query.client,
        search: query.q,
        differing: query.differing.as_deref() == Some("true"),
        after: after.and_then(|after| Some((after.text()?.to_owned(), after.tail()?.to_owned()))),
        limit: window.rows(),
    };
    let mut tx = app.db.read(who.org).await?;
    let found = rows(&mut tx, who.org, &filter).await?;
    Ok(Json(window.page(found, |row| {
        After::of_text(&row.client_name_key, row.client_id.0).with_tail(&row.item_code)
    })))
}
