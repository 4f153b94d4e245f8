//! What comes and goes by e-mail: a forgotten password, an invitation, and their links.

use axum::{
    Json,
    body::Bytes,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{WireError, bearer::Bearer, body, or_nothing, shapes, token::begun};
use crate::{
    app::App,
    db::{OrgId, PersonId, Tx},
    fault::Fault,
    features::{
        sign_in::{
            self, Origin,
            api::origin,
            forgotten,
            links::{self, LinkKind},
            sessions,
            store::{self, links as link_store, wire},
        },
        team::{self, NewInvitation},
    },
    http::{Peer, Permission, Role, Who},
};

/// Where the app wants its people to come out.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Onward {
    redirect_to: Option<String>,
}

fn onward(asked: Result<Query<Onward>, QueryRejection>) -> Option<String> {
    asked.ok().and_then(|Query(asked)| asked.redirect_to)
}

#[derive(Deserialize)]
struct Forgotten {
    #[serde(default, deserialize_with = "or_nothing")]
    email: String,
    code_challenge: Option<String>,
}

/// Sends a link to set a new password, where the address is somebody's. The answer is the same
/// where it is nobody's.
pub async fn recover(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    asked: Result<Query<Onward>, QueryRejection>,
    bytes: Bytes,
) -> Result<Json<Value>, WireError> {
    let forgotten: Forgotten = body(&bytes)?;
    if forgotten
        .code_challenge
        .is_some_and(|code| !code.is_empty())
    {
        return Err(WireError::bad_request(
            "validation_failed",
            "PKCE is not offered; use the implicit flow",
        ));
    }
    if !app.config.mail.is_configured() {
        return Err(WireError::unprocessable(
            "email_provider_disabled",
            "This server sends no e-mail",
        ));
    }
    let origin = origin(&app, peer, &headers, "auth");
    let onward = onward(asked);
    let asked = forgotten::ask(&app, &forgotten.email, onward.as_deref(), &origin).await;
    asked.map_err(|fault| match fault {
        Fault::TooMany { .. } => WireError::new(
            StatusCode::TOO_MANY_REQUESTS,
            "over_email_send_rate_limit",
            "email rate limit exceeded",
        ),
        other => other.into(),
    })?;
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default, deserialize_with = "or_nothing")]
    email: String,
    #[serde(default, deserialize_with = "or_nothing")]
    data: Map<String, Value>,
}

/// Invites somebody to the caller's organization; `data.role` says as what, or else Viewer.
pub async fn invite(
    State(app): State<App>,
    _: Bearer,
    who: Who,
    asked: Result<Query<Onward>, QueryRejection>,
    bytes: Bytes,
) -> Result<Json<shapes::User>, WireError> {
    check_inviter(&app, &who)?;
    let new: Asked = body(&bytes)?;
    let text = |name: &str| {
        new.data
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let role = match text("role") {
        "" => Role::Viewer,
        named => named.parse()?,
    };
    let invitation = NewInvitation {
        email: new.email.clone(),
        role: role.as_str().to_owned(),
        name: text("name").to_owned(),
        redirect_to: onward(asked),
    };
    let mut tx = app.db.write(who.org).await?;
    let made = team::invite(&app, &who, &mut tx, &invitation).await;
    let made = made.map_err(|fault| match fault {
        Fault::Conflict {
            code: "already_member",
            ..
        } => WireError::unprocessable(
            "email_exists",
            "A user with this email address has already been registered",
        ),
        other => other.into(),
    })?;
    let row = wire::user_by_email(&mut tx, &made.email).await?;
    let row = row.ok_or(Fault::NotFound("this person"))?;
    let user = shapes::invited(&mut tx, row, who.org, role).await?;
    tx.commit().await?;
    Ok(Json(user))
}

/// That the caller may invite, and has shown a factor lately.
fn check_inviter(app: &App, who: &Who) -> Result<(), WireError> {
    if !who.may(Permission::Administer) {
        return Err(WireError::forbidden("not_admin", "User not allowed"));
    }
    if sign_in::is_stale(app, who) {
        return Err(WireError::forbidden(
            "reauthentication_needed",
            "Inviting requires reauthentication",
        ));
    }
    Ok(())
}

#[derive(Deserialize)]
struct Shown {
    #[serde(rename = "type", default, deserialize_with = "or_nothing")]
    kind: String,
    #[serde(default, deserialize_with = "or_nothing")]
    token: String,
    #[serde(default, deserialize_with = "or_nothing")]
    token_hash: String,
}

/// The session of who shows the token of a link.
pub async fn verify(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<shapes::Session>, WireError> {
    let shown: Shown = body(&bytes)?;
    let token = if shown.token_hash.is_empty() {
        &shown.token
    } else {
        &shown.token_hash
    };
    let origin = origin(&app, peer, &headers, "auth");
    Ok(Json(entered(&app, &shown.kind, token, &origin).await?))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Opened {
    #[serde(rename = "type")]
    kind: String,
    token: String,
    redirect_to: Option<String>,
}

/// A link that was clicked: on to the app, with the session or the reason after the `#`, which no
/// server sees.
pub async fn open(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    asked: Result<Query<Opened>, QueryRejection>,
) -> Result<Response, WireError> {
    let opened = asked.map(|Query(opened)| opened).unwrap_or_default();
    let onward = opened.redirect_to.as_deref();
    let onward = onward.filter(|onward| links::may_lead_to(&app, onward));
    let onward = onward.unwrap_or(&app.config.server.public_url);
    let origin = origin(&app, peer, &headers, "auth");
    let said = match entered(&app, &opened.kind, &opened.token, &origin).await {
        Ok(session) => session.as_fragment(&opened.kind),
        Err(WireError::Said(said)) => fragment(&[
            ("error", "access_denied"),
            ("error_code", said.code),
            ("error_description", &said.message),
        ]),
        Err(fault) => return Err(fault),
    };
    let onward = onward.split('#').next().unwrap_or_default();
    let location = [(LOCATION, format!("{onward}#{said}"))];
    Ok((StatusCode::FOUND, location).into_response())
}

pub fn fragment(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

fn over() -> WireError {
    WireError::forbidden("otp_expired", "Email link is invalid or has expired")
}

/// A session begun by a link, which is used up.
async fn entered(
    app: &App,
    kind: &str,
    token: &str,
    origin: &Origin,
) -> Result<shapes::Session, WireError> {
    let kind = [LinkKind::Recovery, LinkKind::Invitation]
        .into_iter()
        .find(|known| known.on_the_wire() == kind)
        .ok_or_else(|| {
            WireError::bad_request("validation_failed", "Verify requires a verification type")
        })?;
    let entered = match kind {
        LinkKind::Recovery => by_recovery(app, token, origin).await,
        LinkKind::Invitation => by_invitation(app, token, origin).await,
    };
    entered.map_err(|error| match error {
        WireError::Fault(fault) if fault.code() == links::OVER => over(),
        WireError::Fault(fault) if fault.code() == "user_already_exists" => {
            WireError::unprocessable("user_already_exists", fault.to_string())
        }
        other => other,
    })
}

async fn by_recovery(
    app: &App,
    token: &str,
    origin: &Origin,
) -> Result<shapes::Session, WireError> {
    let mut tx = app.db.write_global().await?;
    let link = links::open(app, &mut tx, LinkKind::Recovery, token).await?;
    links::use_up(app, &mut tx, &link).await?;
    let person = link.person_id;
    link_store::confirm_email(&mut tx, person, app.now()).await?;
    let org = store::first_organization(&mut tx, person).await?;
    let org = org.ok_or_else(links::over)?;
    let session = enter(app, &mut tx, (person, org), origin, "recovery").await?;
    tx.commit().await?;
    Ok(session)
}

async fn by_invitation(
    app: &App,
    token: &str,
    origin: &Origin,
) -> Result<shapes::Session, WireError> {
    let mut tx = app.db.read_global().await?;
    let invitation = team::invitation(app, &mut tx, token).await?;
    drop(tx);
    let org = invitation.org()?;
    let mut tx = app.db.write(org).await?;
    let person = team::accept_by_letter(app, &mut tx, &invitation).await?;
    link_store::confirm_email(&mut tx, person, app.now()).await?;
    let session = enter(app, &mut tx, (person, org), origin, "invite").await?;
    tx.commit().await?;
    Ok(session)
}

async fn enter(
    app: &App,
    tx: &mut Tx,
    (person, org): (PersonId, OrgId),
    origin: &Origin,
    method: &str,
) -> Result<shapes::Session, WireError> {
    let session = sessions::begin(app, tx, person, org, origin, None, method).await?;
    begun(app, tx, session).await
}
