//! Entity profiles for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{EntityProfile, ProfileInput, profile, save};
use crate::{
    app::App,
    db::ClientId,
    fault::Fault,
    features::clients,
    http::{Begun, IdempotencyKey, May, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(one, put))
}

/// How a client is invoiced.
#[utoipa::path(get, path = "/clients/{id}/entity-profile", tag = "clients",
    params(("id" = ClientId, Path)),
    responses((status = 200, body = EntityProfile), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<EntityProfile>, Fault> {
    let id = client_id(&id)?;
    let mut tx = app.db.read(who.org).await?;
    clients::client(&mut tx, who.org, id).await?;
    Ok(Json(profile(&mut tx, who.org, id).await?))
}

/// Say how a client is invoiced. Open drafts are looked at again.
#[utoipa::path(put, path = "/clients/{id}/entity-profile", tag = "clients",
    request_body = ProfileInput, params(("id" = ClientId, Path)),
    responses((status = 200, body = EntityProfile), (status = 404, description = "unknown"),
        (status = 409, description = "changed in the meantime"),
        (status = 422, description = "wrong fields")))]
async fn put(
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
    let (id, input): (_, ProfileInput) = (client_id(&id)?, json_body(&body)?);
    let saved = save(&app, &who, &mut write.tx, id, &input).await?;
    write.finish(&app, StatusCode::OK, &saved).await
}

pub fn client_id(text: &str) -> Result<ClientId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this client"))
}
