//! Access tokens: short-lived, signed with ES256, and believed only as long as their session is.

pub mod keys;
mod ring;

use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use ring::install;

use crate::{app::App, db::Tx, fault::Fault};

/// For whom tokens are: whoever is signed in, as Supabase Auth says it.
pub const AUDIENCE: &str = "authenticated";

/// What an access token says, in the words of Supabase Auth.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    /// The person.
    pub sub: Uuid,
    pub aud: String,
    /// Unix seconds.
    pub exp: i64,
    pub iat: i64,
    pub email: String,
    pub phone: String,
    pub role: String,
    /// `aal1`, or `aal2` after a second factor.
    pub aal: String,
    /// How the person was recognised, newest first.
    pub amr: Vec<Method>,
    pub session_id: Uuid,
    pub is_anonymous: bool,
    /// Organization, role and apps: ours to say.
    pub app_metadata: Value,
    /// The person's to say; nothing may be decided by it.
    pub user_metadata: Value,
}

/// One way in which a person was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// `password`, `totp`, `passkey`, …
    pub method: String,
    /// Unix seconds.
    pub timestamp: i64,
}

/// Who signs.
pub fn issuer(app: &App) -> String {
    format!(
        "{}/auth/v1",
        app.config.server.public_url.trim_end_matches('/')
    )
}

/// A token that says `claims`.
pub fn sign(claims: &Claims, key: &keys::SigningKey) -> Result<String, Fault> {
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(key.id.0.to_string());
    encode(&header, claims, &key.private).map_err(Fault::internal)
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disbelief {
    /// Not a token of ours, or changed on the way.
    Forged,
    Expired,
}

/// What a token says, if its signature, issuer, audience and time are right. Whether its session
/// still stands is for the caller to ask.
pub async fn verify(
    app: &App,
    tx: &mut Tx,
    token: &str,
) -> Result<Result<Claims, Disbelief>, Fault> {
    let kid = decode_header(token).ok().and_then(|header| header.kid);
    let key = match kid {
        Some(kid) => keys::public(app, tx, &kid).await?,
        None => None,
    };
    let Some(key) = key else {
        return Ok(Err(Disbelief::Forged));
    };
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&[AUDIENCE]);
    rules.set_issuer(&[issuer(app)]);
    rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    // Time is asked of our own clock.
    rules.validate_exp = false;
    let Ok(decoded) = decode::<Claims>(token, &key, &rules) else {
        return Ok(Err(Disbelief::Forged));
    };
    if decoded.claims.exp <= app.clock.wall_now().timestamp() {
        return Ok(Err(Disbelief::Expired));
    }
    Ok(Ok(decoded.claims))
}
