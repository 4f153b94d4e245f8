//! Subscriptions for programs.

use axum::{
    Json,
    extract::{Path, Query, State as Shared},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Filter, Subscription, SubscriptionDetail, place, store};
use crate::{
    app::App,
    db::{Day, SubscriptionId},
    fault::Fault,
    features::{catalog, clients},
    http::{May, Page, Paging, Read},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct SubscriptionsQuery {
    /// Part of the client's or product's name, or the vendor's id of the subscription.
    q: Option<String>,
    /// active | trial | suspended | scheduled_to_cancel | cancelled
    status: Option<String>,
    /// closing: committed until a day within the next 30.
    commitment: Option<String>,
    /// The client's id or reference.
    client: Option<String>,
    /// The catalog item's id or code.
    item: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Subscriptions by client and product.
#[utoipa::path(get, path = "/subscriptions", tag = "subscriptions",
    params(SubscriptionsQuery, Paging), responses((status = 200, body = Page<Subscription>)))]
async fn list(
    Shared(app): Shared<App>,
    who: May<Read>,
    Query(query): Query<SubscriptionsQuery>,
) -> Result<Json<Page<Subscription>>, Fault> {
    let window = query.paging.window("client")?;
    let today = Day(who.today(&app));
    let mut filter = Filter::typed(query.q.as_deref(), query.status.as_deref())?
        .closing(query.commitment.as_deref(), today)?;
    let mut tx = app.db.read(who.org).await?;
    if let Some(name) = query.client.as_deref() {
        let client = clients::client_named(&mut tx, who.org, name).await?;
        filter.client = Some(client.ok_or(Fault::NotFound("this client"))?.id);
    }
    if let Some(name) = query.item.as_deref() {
        let item = catalog::item_named(&mut tx, who.org, name).await?;
        filter.item = Some(item.ok_or(Fault::NotFound("this catalog item"))?.id);
    }
    let rows = store::subscriptions(&mut tx, who.org, &filter, today, &window).await?;
    let page = window.page(rows, place);
    Ok(Json(page.map(|row| row.subscription.shown_to(&who))))
}

/// One subscription with its history.
#[utoipa::path(get, path = "/subscriptions/{id}", tag = "subscriptions",
    params(("id" = String, Path)),
    responses((status = 200, body = SubscriptionDetail), (status = 404, description = "unknown")))]
async fn one(
    Shared(app): Shared<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<SubscriptionDetail>, Fault> {
    let id: SubscriptionId = id
        .parse()
        .map_err(|_| Fault::NotFound("this subscription"))?;
    let mut tx = app.db.read(who.org).await?;
    let today = Day(who.today(&app));
    Ok(Json(
        super::detail(&who, &mut tx, who.org, id, today).await?,
    ))
}
