//! The team for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Invited, Member, NewInvitation, Team};
use crate::{
    app::App,
    db::{EmailLinkId, PersonId},
    fault::Fault,
    features::sign_in::{self, api::origin},
    http::{Administer, Begun, IdempotencyKey, May, Peer, Who, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all))
        .routes(routes!(invite))
        .routes(routes!(withdraw))
        .routes(routes!(change_role, remove))
}

/// Who belongs to the organization, and who is invited.
#[utoipa::path(get, path = "/team", tag = "team",
    responses((status = 200, body = Team), (status = 403, description = "for Owner and Admin")))]
async fn all(State(app): State<App>, who: May<Administer>) -> Result<Json<Team>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(super::team(&mut tx, &who).await?))
}

/// The caller, who must have shown a factor lately.
async fn fresh(
    app: &App,
    who: May<Administer>,
    peer: Peer,
    headers: &HeaderMap,
) -> Result<Who, Fault> {
    let origin = origin(app, peer, headers, "api");
    sign_in::with_fresh_factor(app, who.0, String::new(), &origin).await
}

/// Invite somebody. Whoever was invited already is sent a new link, and the old one ends.
#[utoipa::path(post, path = "/team/invitations", tag = "team", request_body = NewInvitation,
    responses((status = 201, body = Invited),
        (status = 403, description = "only an Owner makes an Owner"),
        (status = 409, description = "belongs to the organization already"),
        (status = 422, description = "wrong fields, or the last factor is too old"),
        (status = 429, description = "too many letters in a day")))]
async fn invite(
    State(app): State<App>,
    who: May<Administer>,
    peer: Peer,
    headers: HeaderMap,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let who = fresh(&app, who, peer, &headers).await?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let new: NewInvitation = json_body(&body)?;
    let made = super::invite(&app, &who, &mut write.tx, &new).await?;
    write.finish(&app, StatusCode::CREATED, &made).await
}

/// Take an invitation back.
#[utoipa::path(delete, path = "/team/invitations/{id}", tag = "team",
    params(("id" = String, Path)),
    responses((status = 200, body = Invited), (status = 404, description = "unknown, or over"),
        (status = 403, description = "only an Owner decides about an Owner")))]
async fn withdraw(
    State(app): State<App>,
    who: May<Administer>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let id: EmailLinkId = id.parse().map_err(|_| Fault::NotFound("this invitation"))?;
    let taken = super::withdraw(&app, &who, &mut write.tx, id).await?;
    write.finish(&app, StatusCode::OK, &taken).await
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRole {
    /// owner | admin | finance | engineer | viewer
    role: String,
}

/// Give somebody another role. It acts at their next request.
#[utoipa::path(patch, path = "/team/people/{id}", tag = "team", request_body = NewRole,
    params(("id" = String, Path)),
    responses((status = 200, body = Member), (status = 404, description = "unknown"),
        (status = 403, description = "only an Owner makes or unmakes an Owner"),
        (status = 409, description = "the last Owner"),
        (status = 422, description = "no such role, or the last factor is too old")))]
async fn change_role(
    State(app): State<App>,
    who: May<Administer>,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let who = fresh(&app, who, peer, &headers).await?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let id = person_id(&id)?;
    let new: NewRole = json_body(&body)?;
    let role = new.role.parse()?;
    let member = super::change_role(&app, &who, &mut write.tx, id, role).await?;
    write.finish(&app, StatusCode::OK, &member).await
}

/// What ended with somebody's place.
#[derive(Serialize, ToSchema)]
struct RemovedMember {
    person: PersonId,
    email: String,
    /// Invitations they had sent, taken back.
    invitations_withdrawn: u64,
    /// Connections that go on with the consent they gave; connect them again as somebody who stays.
    connections: Vec<String>,
}

/// Remove somebody. Their sessions here end, and changes that their devices hold are refused.
#[utoipa::path(delete, path = "/team/people/{id}", tag = "team",
    params(("id" = String, Path)),
    responses((status = 200, body = RemovedMember), (status = 404, description = "unknown"),
        (status = 403, description = "only an Owner makes or unmakes an Owner"),
        (status = 409, description = "the last Owner"),
        (status = 422, description = "the last factor is too old")))]
async fn remove(
    State(app): State<App>,
    who: May<Administer>,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let who = fresh(&app, who, peer, &headers).await?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let removed = super::remove(&app, &who, &mut write.tx, person_id(&id)?).await?;
    let answer = RemovedMember {
        person: removed.member.person,
        email: removed.member.email,
        invitations_withdrawn: removed.invitations,
        connections: removed.connections,
    };
    write.finish(&app, StatusCode::OK, &answer).await
}

fn person_id(text: &str) -> Result<PersonId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this person"))
}
