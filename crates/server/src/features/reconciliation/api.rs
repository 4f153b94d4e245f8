//! The six numbers for programs.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Behind, Filter, ItemRow, Sort, rows};
use crate::{
    app::App,
    db::{CatalogItemId, ClientId, OrgId, Tx},
    fault::Fault,
    http::{May, Page, Paging, Permission, Read, Who},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct RowsQuery {
    client: Option<ClientId>,
    item: Option<CatalogItemId>,
    /// Part of a client's or item's name.
    q: Option<String>,
    /// true: only rows whose numbers disagree.
    differing: Option<String>,
    /// client (unless said) | item | variance
    sort: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Bought, assigned, deployed, contracted, invoiced and paid, per client and catalog item.
#[utoipa::path(get, path = "/reconciliation", tag = "reconciliation", params(RowsQuery, Paging),
    responses((status = 200, body = Page<ItemRow>), (status = 422, description = "wrong filter")))]
async fn list(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<RowsQuery>,
) -> Result<Json<Page<ItemRow>>, Fault> {
    let sort = Sort::typed(query.sort.as_deref().unwrap_or_default())?;
    let window = query.paging.window(sort.as_str())?;
    let filter = Filter {
        client: query.client,
        item: query.item,
        search: query.q,
        differing: query.differing.as_deref() == Some("true"),
        sort,
        ..Filter::default()
    }
    .within(&window);
    let mut tx = app.db.read(who.org).await?;
    let found = rows(&mut tx, who.org, &filter).await?;
    Ok(Json(window.page(found, ItemRow::place)))
}

/// One client and item: the six numbers and the rows behind each.
#[utoipa::path(get, path = "/reconciliation/{client}/{item}", tag = "reconciliation",
    params(("client" = String, Path), ("item" = String, Path)),
    responses((status = 200, body = Behind), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path((client, item)): Path<(String, String)>,
) -> Result<Json<Behind>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(shown(&who, &mut tx, who.org, &client, &item).await?))
}

/// What a role sees of the rows behind one line.
pub(super) async fn shown(
    who: &Who,
    tx: &mut Tx,
    org: OrgId,
    client: &str,
    item: &str,
) -> Result<Behind, Fault> {
    let unknown = || Fault::NotFound("this line of the reconciliation");
    let client: ClientId = client.parse().map_err(|_| unknown())?;
    let item: CatalogItemId = item.parse().map_err(|_| unknown())?;
    let mut found = super::behind(tx, org, client, item).await?;
    if !who.may(Permission::ReadCost) {
        for row in &mut found.bought {
            row.unit_cost = None;
        }
    }
    Ok(found)
}
