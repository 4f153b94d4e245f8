//! The organization for programs.

use axum::{Json, body::Bytes, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Organization, OrganizationChange, OrganizationInput, Place,
    letterhead::{self, Letterhead, LetterheadInput},
    organization,
};
use crate::{
    app::App,
    db::OrgId,
    fault::Fault,
    features::sign_in::wire,
    http::{Administer, Begun, IdempotencyKey, May, Read, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(current, change))
        .routes(routes!(list, create))
        .routes(routes!(switch))
        .routes(routes!(letterhead_now, save_letterhead))
}

/// The organization of this session, with what it asks of sessions.
#[utoipa::path(get, path = "/organization", tag = "organization",
    responses((status = 200, body = Organization)))]
async fn current(
    State(app): State<App>,
    who: May<Administer>,
) -> Result<Json<Organization>, Fault> {
    let mut tx = app.db.read_global().await?;
    Ok(Json(organization(&mut tx, who.org).await?))
}

/// Change what the organization is called and asks of sessions. The latter needs a fresh factor,
/// and acts at the next request of every session.
#[utoipa::path(patch, path = "/organization", tag = "organization",
    request_body = OrganizationChange,
    responses((status = 200, body = Organization),
        (status = 403, description = "not for this role, or the last factor is too old"),
        (status = 409, description = "changed in the meantime"),
        (status = 422, description = "wrong fields, or it would lock you out")))]
async fn change(
    State(app): State<App>,
    who: May<Administer>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let change: OrganizationChange = json_body(&body)?;
    let changed = super::change(&app, &mut write.tx, &who, &change).await?;
    write.finish(&app, StatusCode::OK, &changed).await
}

/// Where somebody belongs.
#[derive(Serialize, ToSchema)]
struct Places {
    items: Vec<Place>,
}

/// The organizations that you belong to.
#[utoipa::path(get, path = "/organizations", tag = "organization",
    responses((status = 200, body = Places)))]
async fn list(State(app): State<App>, who: May<Read>) -> Result<Json<Places>, Fault> {
    let mut tx = app.db.read_global().await?;
    let items = super::places(&mut tx, &who).await?;
    Ok(Json(Places { items }))
}

/// Make another organization, whose Owner you are. The session stays where it is.
#[utoipa::path(post, path = "/organizations", tag = "organization",
    request_body = OrganizationInput,
    responses((status = 201, body = Organization), (status = 422, description = "wrong fields"),
        (status = 429, description = "too many in one day")))]
async fn create(
    State(app): State<App>,
    who: May<Read>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: OrganizationInput = json_body(&body)?;
    let made = super::create(&app, &mut write.tx, &who, &input).await?;
    write.finish(&app, StatusCode::CREATED, &made).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ChosenOrganization)]
struct Chosen {
    organization: OrgId,
}

#[derive(Serialize, ToSchema)]
struct Switched {
    organization: Place,
    /// For clients of `/auth/v1`: the ones from before are refused from now on.
    access_token: String,
    /// In seconds.
    expires_in: i64,
}

/// Take this session to another organization of yours, with a new access token.
#[utoipa::path(post, path = "/session/organization", tag = "session", request_body = Chosen,
    responses((status = 200, body = Switched),
        (status = 404, description = "none of yours")))]
async fn switch(
    State(app): State<App>,
    who: May<Read>,
    body: Bytes,
) -> Result<Json<Switched>, Fault> {
    let chosen: Chosen = json_body(&body)?;
    let place = super::switch(&app, &who, chosen.organization).await?;
    let mut tx = app.db.write_global().await?;
    let (access_token, expires_in) = wire::access_token(&app, &mut tx, who.session).await?;
    tx.commit().await?;
    Ok(Json(Switched {
        organization: place,
        access_token,
        expires_in,
    }))
}

/// In whose name invoices go out.
#[utoipa::path(get, path = "/organization/letterhead", tag = "organization",
    responses((status = 200, body = Letterhead)))]
async fn letterhead_now(
    State(app): State<App>,
    who: May<Administer>,
) -> Result<Json<Letterhead>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(letterhead::letterhead(&mut tx, who.org).await?))
}

/// Say in whose name invoices go out. The logo stays as it is.
#[utoipa::path(put, path = "/organization/letterhead", tag = "organization",
    request_body = LetterheadInput,
    responses((status = 200, body = Letterhead),
        (status = 409, description = "changed in the meantime"),
        (status = 422, description = "wrong fields")))]
async fn save_letterhead(
    State(app): State<App>,
    who: May<Administer>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: LetterheadInput = json_body(&body)?;
    let saved = letterhead::save(&app, &mut write.tx, &who, &input).await?;
    write.finish(&app, StatusCode::OK, &saved).await
}
