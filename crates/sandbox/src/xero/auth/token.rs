//! The token endpoint and the revocation endpoint.

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::{ACCESS_LIFE, Issued};
use crate::xero::state::Xero;

#[derive(Deserialize)]
pub struct Request {
    #[serde(default)]
    grant_type: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default)]
    refresh_token: String,
    #[serde(default)]
    token: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

#[derive(Serialize)]
struct Tokens {
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    access_token: String,
    expires_in: i64,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
}

impl From<Issued> for Tokens {
    fn from(issued: Issued) -> Self {
        Self {
            id_token: issued.id_token,
            access_token: issued.access,
            expires_in: ACCESS_LIFE.num_seconds(),
            token_type: "Bearer",
            refresh_token: issued.refresh,
            scope: issued.scopes.join(" "),
        }
    }
}

/// `POST /identity/connect/token`
pub async fn exchange(
    State(xero): State<Xero>,
    headers: HeaderMap,
    Form(request): Form<Request>,
) -> Response {
    if !is_the_application(&xero, &headers, &request) {
        return error("invalid_client");
    }
    let client_id = &xero.settings().client_id;
    let now = xero.clock().now();
    let mut auth = xero.auth();
    let issued = match request.grant_type.as_str() {
        "authorization_code" => {
            auth.exchange_code(client_id, &request.code, &request.redirect_uri, now)
        }
        "refresh_token" => auth.exchange_refresh(client_id, &request.refresh_token, now),
        _ => return error("unsupported_grant_type"),
    };
    match issued {
        Some(issued) => {
            let no_store = [(header::CACHE_CONTROL, "no-store")];
            (no_store, axum::Json(Tokens::from(issued))).into_response()
        }
        None => error("invalid_grant"),
    }
}

/// `POST /identity/connect/revocation`: drops every connection of the user. Unknown tokens are
/// answered like known ones, as RFC 7009 asks.
pub async fn revoke(
    State(xero): State<Xero>,
    headers: HeaderMap,
    Form(request): Form<Request>,
) -> Response {
    if !is_the_application(&xero, &headers, &request) {
        return error("invalid_client");
    }
    xero.auth().revoke(&request.token);
    StatusCode::OK.into_response()
}

/// By HTTP Basic, or by the form as the Python SDK does.
fn is_the_application(xero: &Xero, headers: &HeaderMap, request: &Request) -> bool {
    let in_form = || Some((request.client_id.clone()?, request.client_secret.clone()?));
    let Some((id, secret)) = basic(headers).or_else(in_form) else {
        return false;
    };
    let settings = xero.settings();
    let id = id.as_bytes().ct_eq(settings.client_id.as_bytes());
    let secret = secret.as_bytes().ct_eq(settings.client_secret.as_bytes());
    bool::from(id & secret)
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

/// RFC 6749 has both halves form-encoded before they are joined.
fn form_decoded(text: &str) -> String {
    let pair = url::form_urlencoded::parse(text.as_bytes()).next();
    match pair {
        Some((name, value)) if value.is_empty() => name.into_owned(),
        _ => text.to_owned(),
    }
}

fn error(code: &'static str) -> Response {
    let body = axum::Json(serde_json::json!({ "error": code }));
    (StatusCode::BAD_REQUEST, body).into_response()
}
