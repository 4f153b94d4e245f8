//! How lines get their quantities, for programs.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    db::Day,
    fault::Fault,
    features::contracts::{QuantityRuleView, page_of_rules, quantity_rules, rules::Which},
    http::{May, Page, Paging, Read},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(all))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct RulesQuery {
    /// excluding: with units that are not billed; ending: with an exclusion that ends within 30
    /// days, or has ended
    show: Option<String>,
    /// Part of a client, line or item.
    q: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Running lines whose quantity is worked out, by client, with where it stands now.
#[utoipa::path(get, path = "/quantity-rules", tag = "contracts",
    params(RulesQuery, Paging), responses((status = 200, body = Page<QuantityRuleView>)))]
async fn all(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<RulesQuery>,
) -> Result<Json<Page<QuantityRuleView>>, Fault> {
    let window = query.paging.window("client")?;
    let which = match query.show.as_deref() {
        None | Some("") => Which::All,
        Some(word @ ("excluding" | "ending")) => Which::read(word),
        Some(_) => return Err(Fault::field("show", "the choices are excluding and ending")),
    };
    let search = query.q.unwrap_or_default();
    let today = Day(who.today(&app));
    let mut tx = app.db.read(who.org).await?;
    let found = quantity_rules(&mut tx, who.org, today, (which, &search)).await?;
    Ok(Json(page_of_rules(found, &window)))
}
