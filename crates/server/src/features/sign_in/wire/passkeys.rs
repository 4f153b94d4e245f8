//! Passkeys as Supabase Auth's clients ask for them.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{WireError, bearer::Bearer, body, shapes, shapes::moment, token::begun};
use crate::{
    app::App,
    db::{PasskeyChallengeId, PasskeyId, Tx},
    fault::Fault,
    features::{
        passkeys::{self, Holder, Offer, PasskeyRow, Refused},
        sign_in::{
            api::origin,
            sessions,
            store::factors::{self, FactorRow},
        },
    },
    http::Peer,
};

fn holder(bearer: &Bearer) -> Holder {
    Holder {
        org: bearer.session.org_id,
        person: bearer.session.person_id,
        session: bearer.session.id,
    }
}

/// Who has a second factor shows it before they change how they come in.
async fn may_change(tx: &mut Tx, bearer: &Bearer) -> Result<(), WireError> {
    let known = factors::of(tx, bearer.user.id).await?;
    if known.iter().any(FactorRow::is_verified) && !bearer.is_aal2() {
        return Err(WireError::forbidden(
            "insufficient_aal",
            "AAL2 session is required to manage passkeys when MFA is enabled.",
        ));
    }
    Ok(())
}

fn refusal(refused: Refused) -> WireError {
    let said = match refused {
        Refused::NoChallenge => "Challenge not found or already used",
        Refused::Late => "Challenge has expired",
        // Nobody learns from an attempt which passkeys are known.
        Refused::Unverified | Refused::Unknown => {
            return WireError::bad_request(
                Refused::Unverified.code(),
                "Credential verification failed",
            );
        }
        Refused::KeptElsewhere => "Passkeys are disabled",
        Refused::Exists => "This credential is already registered",
        Refused::TooMany => "Maximum number of passkeys reached",
    };
    match refused {
        Refused::Exists | Refused::TooMany => WireError::unprocessable(refused.code(), said),
        _ => WireError::bad_request(refused.code(), said),
    }
}

fn offered(offer: &Offer) -> Json<Value> {
    Json(json!({
        "challenge_id": offer.challenge.0,
        "options": offer.options,
        "expires_at": offer.expires_at.0.timestamp(),
    }))
}

fn item(row: &PasskeyRow) -> Value {
    let mut item = json!({
        "id": row.id.0,
        "friendly_name": row.name,
        "created_at": moment(row.created_at),
    });
    if let (Some(at), Some(map)) = (row.last_used_at, item.as_object_mut()) {
        map.insert("last_used_at".to_owned(), json!(moment(at)));
    }
    item
}

#[derive(Deserialize)]
struct Answer {
    challenge_id: Option<String>,
    credential: Option<Value>,
}

/// The challenge that is answered, and the answer.
fn answered<T: DeserializeOwned>(bytes: &Bytes) -> Result<(PasskeyChallengeId, T), WireError> {
    let lacks = |what: &str| WireError::bad_request("validation_failed", what);
    let answer: Answer = body(bytes)?;
    let id = answer.challenge_id.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| lacks("challenge_id is required"))?;
    let id = Uuid::try_parse(&id).map_err(|_| lacks("challenge_id must be a valid UUID"))?;
    let brought = answer.credential.filter(|brought| !brought.is_null());
    let brought = brought.ok_or_else(|| lacks("credential is required"))?;
    let brought = serde_json::from_value(brought).map_err(|_| {
        WireError::bad_request(
            "webauthn_verification_failed",
            "Invalid credential response",
        )
    })?;
    Ok((PasskeyChallengeId(id), brought))
}

pub async fn list(State(app): State<App>, bearer: Bearer) -> Result<Json<Vec<Value>>, WireError> {
    let mut tx = app.db.read_global().await?;
    let rows = passkeys::list(&mut tx, bearer.user.id).await?;
    Ok(Json(rows.iter().map(item).collect()))
}

pub async fn begin_registering(
    State(app): State<App>,
    bearer: Bearer,
) -> Result<Json<Value>, WireError> {
    let mut tx = app.db.write(bearer.session.org_id).await?;
    may_change(&mut tx, &bearer).await?;
    let offer = passkeys::begin_registering(&app, &mut tx, holder(&bearer)).await?;
    tx.commit().await?;
    Ok(offered(&offer.map_err(refusal)?))
}

pub async fn register(
    State(app): State<App>,
    bearer: Bearer,
    peer: Peer,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, WireError> {
    let (challenge, brought) = answered(&bytes)?;
    let origin = origin(&app, peer, &headers, "auth");
    let mut tx = app.db.write(bearer.session.org_id).await?;
    may_change(&mut tx, &bearer).await?;
    let holder = holder(&bearer);
    let made =
        passkeys::register(&app, &mut tx, holder, challenge, &brought, None, &origin).await?;
    tx.commit().await?;
    Ok(Json(item(&made.map_err(refusal)?)))
}

pub async fn begin_entering(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Json<Value>, WireError> {
    let origin = origin(&app, peer, &headers, "auth");
    let mut tx = app.db.write_global().await?;
    let offer = passkeys::begin_entering(&app, &mut tx, &origin).await?;
    tx.commit().await?;
    Ok(offered(&offer))
}

pub async fn enter(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<shapes::Session>, WireError> {
    let (challenge, brought) = answered(&bytes)?;
    let origin = origin(&app, peer, &headers, "auth");
    let mut tx = app.db.write_global().await?;
    let entered = match passkeys::enter(&app, &mut tx, challenge, &brought, &origin).await? {
        Ok(entered) => entered,
        Err(refused) => {
            tx.commit().await?;
            return Err(refusal(refused));
        }
    };
    let (person, org) = (entered.person, entered.org);
    let session = sessions::begin(&app, &mut tx, person, org, &origin, None, "passkey").await?;
    let begun = begun(&app, &mut tx, session).await?;
    tx.commit().await?;
    Ok(Json(begun))
}

/// An id of the address; one that is none is nobody's.
fn passkey_id(text: &str) -> Result<PasskeyId, WireError> {
    let id = Uuid::try_parse(text).map_err(|_| Fault::NotFound("this passkey"))?;
    Ok(PasskeyId(id))
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    friendly_name: String,
}

pub async fn rename(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, WireError> {
    let (id, change): (_, Change) = (passkey_id(&id)?, body(&bytes)?);
    let origin = origin(&app, peer, &headers, "auth");
    let mut tx = app.db.write(bearer.session.org_id).await?;
    may_change(&mut tx, &bearer).await?;
    let (holder, name) = (holder(&bearer), &change.friendly_name);
    let renamed = passkeys::rename(&app, &mut tx, holder, id, name, &origin).await;
    let renamed = renamed.map_err(|fault| match fault {
        Fault::Invalid { message, .. } => WireError::bad_request("validation_failed", message),
        other => other.into(),
    })?;
    tx.commit().await?;
    Ok(Json(item(&renamed)))
}

pub async fn remove(
    State(app): State<App>,
    bearer: Bearer,
    Path(id): Path<String>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<StatusCode, WireError> {
    let id = passkey_id(&id)?;
    let origin = origin(&app, peer, &headers, "auth");
    let mut tx = app.db.write(bearer.session.org_id).await?;
    may_change(&mut tx, &bearer).await?;
    // This wire has no way to warn, so the last way in is removed on our own page only.
    passkeys::remove(&app, &mut tx, holder(&bearer), id, false, &origin).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
