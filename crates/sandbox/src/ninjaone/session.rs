//! Tokens by client credentials, an hour each.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use serde_json::json;

use super::Ninja;
use crate::faults::Asked;
use crate::world::dice::uuid;

const TOKEN_SECONDS: i64 = 3_600;

/// `POST /ws/oauth/token`, a form; the client's secret in it or in the Authorization header.
pub(super) async fn token(State(ninja): State<Ninja>, request: Request) -> Response {
    let basic = basic(&request);
    let bytes = axum::body::to_bytes(request.into_body(), 64 * 1024)
        .await
        .unwrap_or_default();
    let form: HashMap<String, String> = url::form_urlencoded::parse(&bytes).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let (id, secret) = basic.unwrap_or_else(|| {
        (
            field("client_id").to_owned(),
            field("client_secret").to_owned(),
        )
    });
    let known = &ninja.0.credentials;
    let error = if field("grant_type") != "client_credentials" {
        Some("unsupported_grant_type")
    } else if id != known.client_id || secret != known.client_secret {
        Some("invalid_client")
    } else if field("scope").split_whitespace().any(|scope| {
        !matches!(
            scope,
            "monitoring" | "management" | "control" | "offline_access"
        )
    }) {
        Some("invalid_scope")
    } else {
        None
    };
    if let Some(error) = error {
        let status = if error == "invalid_client" {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        };
        return (status, Json(json!({ "error": error }))).into_response();
    }
    let now = ninja.0.clock.now();
    let seed = ninja.read(|world| world.seed);
    let mut tokens = ninja.tokens();
    tokens.retain(|_, until| *until > now);
    let turn = u64::try_from(now.timestamp_micros())
        .unwrap_or(0)
        .wrapping_add(tokens.len() as u64);
    let token = format!("ninja-{}", uuid(seed, "ninja token", turn).simple());
    tokens.insert(token.clone(), now + TimeDelta::seconds(TOKEN_SECONDS));
    Json(json!({
        "access_token": token,
        "expires_in": TOKEN_SECONDS,
        "scope": "monitoring",
        "token_type": "Bearer",
    }))
    .into_response()
}

fn basic(request: &Request) -> Option<(String, String)> {
    use base64::Engine as _;
    let value = request
        .headers()
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(value.strip_prefix("Basic ")?);
    let text = String::from_utf8(bytes.ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

pub(super) async fn guard(
    State(ninja): State<Ninja>,
    asked: Asked,
    request: Request,
    next: Next,
) -> Response {
    let token = crate::pax8::bearer(request.headers())
        .unwrap_or_default()
        .to_owned();
    if asked.expired_token {
        ninja.tokens().remove(&token);
    }
    let now = ninja.0.clock.now();
    if ninja.tokens().get(&token).is_none_or(|until| *until <= now) {
        return (
            StatusCode::UNAUTHORIZED,
            Json(json!({ "error": "invalid_token" })),
        )
            .into_response();
    }
    next.run(request).await
}
