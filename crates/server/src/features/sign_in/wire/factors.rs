//! Second factors.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{WireError, bearer::Enrolling, body, or_nothing, shapes, token::begun};
use crate::{
    app::App,
    db::{ChallengeId, FactorId},
    fault::Fault,
    features::sign_in::{
        api::origin,
        factors::{self, Shown},
        store::{self, factors::FactorRow},
    },
    http::Peer,
};

#[derive(Deserialize)]
struct New {
    #[serde(default, deserialize_with = "or_nothing")]
    factor_type: String,
    #[serde(default, deserialize_with = "or_nothing")]
    friendly_name: String,
    issuer: Option<String>,
}

pub async fn enroll(
    State(app): State<App>,
    Enrolling(bearer): Enrolling,
    bytes: Bytes,
) -> Result<Json<Value>, WireError> {
    let new: New = body(&bytes)?;
    if new.factor_type != "totp" {
        return Err(WireError::bad_request(
            "validation_failed",
            "factor_type needs to be totp",
        ));
    }
    let mut tx = app.db.write_global().await?;
    let known = store::factors::of(&mut tx, bearer.user.id).await?;
    if known.iter().any(FactorRow::is_verified) && !bearer.is_aal2() {
        return Err(WireError::forbidden(
            "insufficient_aal",
            "AAL2 required to enroll a new factor",
        ));
    }
    let issuer = new.issuer.as_deref().filter(|issuer| !issuer.is_empty());
    let (person, email) = (bearer.user.id, &bearer.user.email);
    let begun = factors::enroll(&app, &mut tx, person, email, &new.friendly_name, issuer).await?;
    tx.commit().await?;
    Ok(Json(json!({
        "id": begun.id.0,
        "type": "totp",
        "friendly_name": begun.friendly_name,
        "totp": { "qr_code": begun.qr_code, "secret": begun.secret, "uri": begun.uri },
    })))
}

/// An id of the address; one that is none is nobody's.
fn factor_id(text: &str) -> Result<FactorId, WireError> {
    let id = Uuid::try_parse(text).map_err(|_| Fault::NotFound("this factor"))?;
    Ok(FactorId(id))
}

pub async fn challenge(
    State(app): State<App>,
    Enrolling(bearer): Enrolling,
    Path(id): Path<String>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Json<Value>, WireError> {
    let id = factor_id(&id)?;
    let origin = origin(&app, peer, &headers, "auth");
    let mut tx = app.db.write_global().await?;
    let (challenge, expires_at) =
        factors::challenge(&app, &mut tx, bearer.user.id, id, &origin).await?;
    tx.commit().await?;
    Ok(Json(json!({
        "id": challenge.0,
        "type": "totp",
        "expires_at": expires_at.0.timestamp(),
    })))
}

#[derive(Deserialize)]
struct Answer {
    challenge_id: Uuid,
    #[serde(default, deserialize_with = "or_nothing")]
    code: String,
}

pub async fn verify(
    State(app): State<App>,
    Enrolling(bearer): Enrolling,
    Path(id): Path<String>,
    peer: Peer,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<shapes::Session>, WireError> {
    let answer: Answer = body(&bytes)?;
    let shown = Shown {
        factor: factor_id(&id)?,
        challenge: ChallengeId(answer.challenge_id),
        code: &answer.code,
    };
    let origin = origin(&app, peer, &headers, "auth");
    factors::verify(&app, &bearer.session, &shown, &origin).await?;
    // Whoever has a token from before must not gain from a factor they have not shown.
    let mut tx = app.db.write_global().await?;
    store::refresh::delete_of(&mut tx, bearer.session.id).await?;
    let session = begun(&app, &mut tx, bearer.session.id).await?;
    tx.commit().await?;
    Ok(Json(session))
}

pub async fn unenroll(
    State(app): State<App>,
    Enrolling(bearer): Enrolling,
    Path(id): Path<String>,
    peer: Peer,
    headers: HeaderMap,
) -> Result<Json<Value>, WireError> {
    let origin = origin(&app, peer, &headers, "auth");
    let mut tx = app.db.write_global().await?;
    let factor = factors::factor(&mut tx, bearer.user.id, factor_id(&id)?).await?;
    if factor.is_verified() && !bearer.is_aal2() {
        return Err(WireError::unprocessable(
            "insufficient_aal",
            "AAL2 required to unenroll verified factor",
        ));
    }
    factors::unenroll(&app, &mut tx, bearer.user.id, &factor, &origin).await?;
    tx.commit().await?;
    Ok(Json(json!({ "id": factor.id.0 })))
}
