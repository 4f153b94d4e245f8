//! How what is posted looks in the ledger, for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::named;
use crate::{
    app::App,
    fault::Fault,
    features::connections::{
        self,
        posted_as::{self, Choosing, PostedAs, PostedAsInput},
    },
    http::{Begun, Connect, IdempotencyKey, May, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, change))
}

/// How invoices stand in the ledger, and what there is to choose from.
#[utoipa::path(get, path = "/connections/{id}/posted-as", tag = "connections",
    params(("id" = String, Path)),
    responses((status = 200, body = Choosing), (status = 404, description = "no ledger"),
        (status = 503, description = "the ledger does not answer")))]
async fn show(
    State(app): State<App>,
    who: May<Connect>,
    Path(id): Path<String>,
) -> Result<Json<Choosing>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let connection = connections::one(&mut tx, who.org, named(&id)?).await?;
    drop(tx);
    let offered = posted_as::offered(&app, who.org, &connection).await?;
    Ok(Json(Choosing {
        chosen: connection.settings().posted_as,
        offered,
    }))
}

/// Change how invoices stand in the ledger, from the next one that is posted.
#[utoipa::path(put, path = "/connections/{id}/posted-as", tag = "connections",
    request_body = PostedAsInput, params(("id" = String, Path)),
    responses((status = 200, body = PostedAs), (status = 404, description = "no ledger"),
        (status = 409, description = "changed meanwhile"),
        (status = 422, description = "the ledger does not offer it"),
        (status = 503, description = "the ledger does not answer")))]
async fn change(
    State(app): State<App>,
    who: May<Connect>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let (id, input): (_, PostedAsInput) = (named(&id)?, json_body(&body)?);
    let connection = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(mut write) => connections::one(&mut write.tx, who.org, id).await?,
        Begun::Replayed(response) => return Ok(response),
    };
    // The ledger is asked while no transaction is open.
    let offer = posted_as::offered(&app, who.org, &connection).await?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let after = posted_as::change(&app, &mut write.tx, &who, id, &offer, &input).await?;
    write.finish(&app, StatusCode::OK, &after).await
}
