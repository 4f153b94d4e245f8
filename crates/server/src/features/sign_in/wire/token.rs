//! Sessions: by password, by refresh token, by signing up.

use axum::{
    Json,
    body::Bytes,
    extract::{Query, State, rejection::QueryRejection},
    http::HeaderMap,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{WireError, body, or_nothing, shapes};
use crate::{
    app::App,
    db::{SessionId, Tx},
    fault::Fault,
    features::sign_in::{
        self, NewOrganization, Origin, Password,
        api::origin,
        refresh::{self, Refused},
        sessions, store,
    },
    http::{Peer, Role},
};

#[derive(Deserialize)]
pub struct Asked {
    grant_type: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    #[serde(default, deserialize_with = "or_nothing")]
    email: String,
    #[serde(default, deserialize_with = "or_nothing")]
    password: String,
}

#[derive(Deserialize)]
struct Refresh {
    #[serde(default, deserialize_with = "or_nothing")]
    refresh_token: String,
}

pub async fn token(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
    bytes: Bytes,
) -> Result<Json<shapes::Session>, WireError> {
    let origin = origin(&app, peer, &headers, "auth");
    // What cannot be read asks for nothing that is known.
    let grant_type = asked.ok().and_then(|Query(asked)| asked.grant_type);
    match grant_type.as_deref() {
        Some("password") => by_password(&app, body(&bytes)?, &origin).await,
        Some("refresh_token") => by_refresh_token(&app, body(&bytes)?).await,
        _ => Err(WireError::bad_request(
            "invalid_credentials",
            "unsupported_grant_type",
        )),
    }
}

async fn by_password(
    app: &App,
    credentials: Credentials,
    origin: &Origin,
) -> Result<Json<shapes::Session>, WireError> {
    let password = Password::typed(credentials.password);
    let (person, org) = sessions::recognise(app, &credentials.email, password, origin).await?;
    let mut tx = app.db.write_global().await?;
    let session = sessions::begin(app, &mut tx, person, org, origin, None, "password").await?;
    let begun = begun(app, &mut tx, session).await?;
    tx.commit().await?;
    Ok(Json(begun))
}

/// A session that has just begun, with its first tokens.
pub async fn begun(
    app: &App,
    tx: &mut Tx,
    session: SessionId,
) -> Result<shapes::Session, WireError> {
    let token = refresh::first(app, tx, session).await?;
    let facts = store::refresh::session(tx, session).await?;
    let facts = facts.ok_or(Fault::SignedOut)?;
    Ok(shapes::session(app, tx, &facts, token).await?)
}

async fn by_refresh_token(app: &App, asked: Refresh) -> Result<Json<shapes::Session>, WireError> {
    let mut tx = app.db.write_global().await?;
    let exchanged = refresh::exchange(app, &mut tx, &asked.refresh_token).await?;
    let active = match exchanged {
        Ok(active) => active,
        Err(refused) => {
            // A token that was used again has ended its session.
            tx.commit().await?;
            return Err(refusal(refused));
        }
    };
    let facts = store::refresh::session(&mut tx, active.session).await?;
    let facts = facts.ok_or_else(|| refusal(Refused::SessionOver))?;
    let session = shapes::session(app, &mut tx, &facts, active.token).await?;
    tx.commit().await?;
    Ok(Json(session))
}

fn refusal(refused: Refused) -> WireError {
    let (code, why) = match refused {
        Refused::Unknown => ("refresh_token_not_found", "Refresh Token Not Found"),
        Refused::AlreadyUsed => ("refresh_token_already_used", "Already Used"),
        Refused::SessionOver => ("session_not_found", "Session Not Found"),
        Refused::SessionExpired => ("session_expired", "Session Expired"),
    };
    WireError::bad_request(code, format!("Invalid Refresh Token: {why}"))
}

#[derive(Deserialize)]
struct SignUp {
    #[serde(default, deserialize_with = "or_nothing")]
    email: String,
    #[serde(default, deserialize_with = "or_nothing")]
    password: String,
    #[serde(default, deserialize_with = "or_nothing")]
    data: Map<String, Value>,
}

/// A new person with an organization of their own, where the operator allows it.
pub async fn sign_up(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<shapes::Session>, WireError> {
    if !app.config.sign_in.sign_up {
        return Err(WireError::unprocessable(
            "signup_disabled",
            "Signups not allowed for this instance",
        ));
    }
    let asked: SignUp = body(&bytes)?;
    let origin = origin(&app, peer, &headers, "auth");
    let text = |name: &str| asked.data.get(name).and_then(Value::as_str);
    let password = chosen(
        asked.password,
        &[&asked.email, text("name").unwrap_or_default()],
    )?;
    let hash = sign_in::hash_password(&app, password).await?;
    let mut tx = app.db.write_global().await?;
    if sign_in::is_known(&mut tx, &asked.email).await? {
        return Err(already_registered());
    }
    let new = NewOrganization {
        name: text("organization").unwrap_or(&asked.email).to_owned(),
        currency: text("currency").unwrap_or("GBP").to_owned(),
        time_zone: text("time_zone").unwrap_or("Europe/London").to_owned(),
    };
    let org = sign_in::create_organization(&app, &mut tx, &new).await?;
    let name = text("name").unwrap_or_default();
    let added = sign_in::add_hashed(
        &app,
        &mut tx,
        org,
        &asked.email,
        name,
        Role::Owner,
        Some(hash),
    );
    let person = added.await.map_err(|fault| match fault {
        // Somebody registered the same address just now.
        Fault::Conflict { code, .. } if code == sign_in::EMAIL_TAKEN => already_registered(),
        other => other.into(),
    })?;
    let metadata = serde_json::to_string(&asked.data)?;
    store::wire::set_metadata(&mut tx, person, &metadata, app.now()).await?;
    let session = sessions::begin(&app, &mut tx, person, org, &origin, None, "password").await?;
    let begun = begun(&app, &mut tx, session).await?;
    tx.commit().await?;
    Ok(Json(begun))
}

fn already_registered() -> WireError {
    WireError::unprocessable("user_already_exists", "User already registered")
}

/// A password that may be set.
pub fn chosen(text: String, own: &[&str]) -> Result<Password, WireError> {
    Password::chosen(text, own).map_err(WireError::weak_password)
}
