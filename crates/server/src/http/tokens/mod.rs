//! Access tokens: short-lived, signed with ES256, and believed only as long as their session is.

pub mod keys;
mod ring;

use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
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
    let Some(claims) = claims_of::<Claims>(token, &key, Algorithm::ES256, &issuer(app)) else {
        return Ok(Err(Disbelief::Forged));
    };
    if claims.exp <= app.clock.wall_now().timestamp() {
        return Ok(Err(Disbelief::Expired));
    }
    Ok(Ok(claims))
}

/// What a token says, if this key signed it in this way, and it is by `issuer` for whoever is signed
/// in. Its time is for the caller to judge, by our own clock.
pub fn claims_of<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    issuer: &str,
) -> Option<T> {
    let mut rules = Validation::new(algorithm);
    rules.set_audience(&[AUDIENCE]);
    rules.set_issuer(&[issuer]);
    rules.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    rules.validate_exp = false;
    let decoded = decode::<T>(token, key, &rules).ok()?;
    Some(decoded.claims)
}
