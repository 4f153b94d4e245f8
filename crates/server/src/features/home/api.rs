//! Home for programs.

use axum::{Json, extract::State};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Home, home};
use crate::{
    app::App,
    fault::Fault,
    http::{May, Read},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// What needs a person, what is owed, and what contracts are worth.
#[utoipa::path(get, path = "/home", tag = "home", responses((status = 200, body = Home)))]
async fn show(State(app): State<App>, who: May<Read>) -> Result<Json<Home>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(home(&app, &who, &mut tx).await?))
}
