//! The person themselves.

use axum::{Json, body::Bytes, extract::State, http::HeaderMap};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    WireError,
    bearer::{Bearer, Enrolling},
    body, shapes,
    token::chosen,
};
use crate::{
    app::App,
    db::Tx,
    features::sign_in::{
        api::origin,
        hash_password,
        history::{self, Happened},
        password,
        store::{self, factors, refresh, wire},
    },
    http::Peer,
};

/// More than a person has to say of themselves.
const LONGEST_METADATA: usize = 16 * 1024;

/// A new password is taken from a session that showed a factor within a day, as at Supabase.
const FRESH: TimeDelta = TimeDelta::hours(24);

pub async fn show(
    State(app): State<App>,
    Enrolling(bearer): Enrolling,
) -> Result<Json<shapes::User>, WireError> {
    let mut tx = app.db.read_global().await?;
    let user = shapes::user(&mut tx, bearer.user, &bearer.session).await?;
    Ok(Json(user))
}

#[derive(Deserialize)]
struct Change {
    email: Option<String>,
    password: Option<String>,
    data: Option<Map<String, Value>>,
}

/// Changes the password, what the person says of themselves, or both.
pub async fn change(
    State(app): State<App>,
    bearer: Bearer,
    peer: Peer,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<shapes::User>, WireError> {
    let origin = origin(&app, peer, &headers, "auth");
    let change: Change = body(&bytes)?;
    if change.email.is_some_and(|email| email != bearer.user.email) {
        return Err(WireError::unprocessable(
            "email_address_not_authorized",
            "An administrator changes e-mail addresses here",
        ));
    }
    let hash = match change.password {
        Some(typed) => Some(new_hash(&app, &bearer, typed).await?),
        None => None,
    };
    let mut tx = app.db.write_global().await?;
    let (now, session) = (app.now(), &bearer.session);
    if let Some(hash) = hash {
        store::set_password_hash(&mut tx, session.person_id, &hash, now).await?;
        refresh::revoke_others(&mut tx, session.person_id, session.id, None, now).await?;
        let person = session.person_id;
        history::note(
            &app,
            &mut tx,
            person,
            Happened::PasswordChanged,
            "",
            &origin,
        )
        .await?;
    }
    if let Some(data) = change.data {
        let merged = merged(&bearer.user.user_metadata, data)?;
        wire::set_metadata(&mut tx, session.person_id, &merged, now).await?;
    }
    let row = wire::user(&mut tx, session.person_id).await?;
    let row = row.unwrap_or(bearer.user);
    let user = shapes::user(&mut tx, row, session).await?;
    tx.commit().await?;
    Ok(Json(user))
}

async fn new_hash(app: &App, bearer: &Bearer, typed: String) -> Result<String, WireError> {
    let mut tx = app.db.read_global().await?;
    may_change_password(app, &mut tx, bearer).await?;
    drop(tx);
    let new = chosen(typed, &[&bearer.user.email])?;
    let known = bearer.user.password_hash.clone();
    if known.is_some() && password::verify(app, new.clone(), known).await? {
        return Err(WireError::unprocessable(
            "same_password",
            "New password should be different from the old password.",
        ));
    }
    Ok(hash_password(app, new).await?)
}

async fn may_change_password(app: &App, tx: &mut Tx, bearer: &Bearer) -> Result<(), WireError> {
    let factors = factors::of(tx, bearer.user.id).await?;
    let has_factor = factors.iter().any(factors::FactorRow::is_verified);
    if has_factor && !bearer.is_aal2() {
        return Err(WireError::forbidden(
            "insufficient_aal",
            "AAL2 session is required to update email or password when MFA is enabled.",
        ));
    }
    let shown = wire::factor_at(tx, bearer.session.id).await?;
    if shown <= app.now() - FRESH {
        return Err(WireError::forbidden(
            "reauthentication_needed",
            "Password update requires reauthentication",
        ));
    }
    Ok(())
}

/// What is there with what is new over it; null takes a word away.
fn merged(known: &str, new: Map<String, Value>) -> Result<String, WireError> {
    let mut all: Map<String, Value> = serde_json::from_str(known)?;
    all.extend(new);
    all.retain(|_, value| !value.is_null());
    let text = serde_json::to_string(&all)?;
    if text.len() > LONGEST_METADATA {
        return Err(WireError::unprocessable(
            "validation_failed",
            "user_metadata may hold 16 kB",
        ));
    }
    Ok(text)
}
