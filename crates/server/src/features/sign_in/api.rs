//! Sessions for programs.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Origin, Password};
use crate::{
    app::App,
    db::{Day, OrgId, PersonId, SessionId},
    fault::Fault,
    http::{Entering, Peer, Role, Who, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(create, current, end))
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
}

#[derive(Serialize, ToSchema)]
struct NewToken {
    /// Send it as `Authorization: Bearer …`.
    token: String,
    session: SessionId,
}

/// Sign in and receive a bearer token.
#[utoipa::path(post, path = "/session", tag = "session", request_body = Credentials,
    responses((status = 201, body = NewToken), (status = 422, description = "wrong credentials"),
        (status = 429, description = "too many attempts")))]
async fn create(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    body: Bytes,
) -> Result<impl IntoResponse, Fault> {
    let credentials: Credentials = json_body(&body)?;
    let origin = origin(&app, peer, &headers, "api");
    let password = Password::typed(credentials.password);
    let new = super::sign_in(&app, &credentials.email, password, &origin).await?;
    Ok((
        StatusCode::CREATED,
        Json(NewToken {
            token: new.token,
            session: new.session,
        }),
    ))
}

/// Who asks, from where; behind a trusted proxy the visitor's address, not the proxy's.
pub fn origin(app: &App, peer: Peer, headers: &HeaderMap, kind: &'static str) -> Origin {
    let text = |name: &header::HeaderName| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let forwarded = headers
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok())
        .and_then(|list| list.rsplit(',').next())
        .map(|address| address.trim().to_owned())
        .filter(|_| app.config.server.trusted_proxy);
    let direct = peer.0.map(|address| address.to_string());
    Origin {
        user_agent: text(&header::USER_AGENT).chars().take(300).collect(),
        address: forwarded.or(direct).unwrap_or_default(),
        kind,
    }
}

#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the words of the API")]
struct Session {
    session: SessionId,
    person: PersonId,
    name: String,
    organization_id: OrgId,
    organization: String,
    currency: String,
    time_zone: String,
    /// The calendar date in the organization's zone.
    today: Day,
    role: Role,
}

/// Who this token belongs to.
#[utoipa::path(get, path = "/session", tag = "session",
    responses((status = 200, body = Session), (status = 401, description = "signed out")))]
async fn current(State(app): State<App>, who: Who) -> Json<Session> {
    let today = Day(who.today(&app));
    Json(Session {
        session: who.session,
        person: who.person,
        name: who.name,
        organization_id: who.org,
        organization: who.organization,
        today,
        time_zone: who.time_zone.to_string(),
        currency: who.currency,
        role: who.role,
    })
}

/// End this session.
#[utoipa::path(delete, path = "/session", tag = "session",
    responses((status = 204, description = "signed out"), (status = 401, description = "signed out")))]
async fn end(State(app): State<App>, entering: Entering) -> Result<StatusCode, Fault> {
    super::sign_out(&app, entering.who.session).await?;
    Ok(StatusCode::NO_CONTENT)
}
