//! What every call on the accounting API passes first: token, organisation, scope, limits, and the
//! memory of idempotency keys.

mod idempotency;
mod limits;
mod scopes;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use uuid::Uuid;

pub use idempotency::Replies;
pub use limits::Meters;

use super::auth::Denied;
use super::state::Xero;
use crate::faults::Asked;

/// Larger bodies are refused, as Xero does.
const LARGEST_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The organisation a call is about; proof that the gate was passed.
#[derive(Clone, Copy, Debug)]
pub struct Tenant(pub Uuid);

/// The middleware.
pub async fn gate(State(xero): State<Xero>, mut request: Request, next: Next) -> Response {
    let now = xero.clock().now();
    let tenant = match admit(&xero, &request, now) {
        Ok(tenant) => tenant,
        Err(denied) => return self::denied(&xero, denied),
    };
    let pass = match xero.meters().enter(tenant, now) {
        Ok(pass) => pass,
        Err(refused) => return refused.into_response(),
    };
    let _leave = Leave {
        xero: xero.clone(),
        tenant,
    };
    let wants_json = accepts_json(request.headers());
    request.extensions_mut().insert(Tenant(tenant));
    let response = answer(&xero, request, next, now).await;
    let mut response = if wants_json {
        response
    } else {
        as_xml(response)
    };
    pass.write(response.headers_mut());
    response
}

/// Counts a call out, even one whose client hung up.
struct Leave {
    xero: Xero,
    tenant: Uuid,
}

impl Drop for Leave {
    fn drop(&mut self) {
        self.xero.meters().leave(self.tenant);
    }
}

fn admit(xero: &Xero, request: &Request, now: DateTime<Utc>) -> Result<Uuid, Denied> {
    let headers = request.headers();
    let bearer = bearer(headers).unwrap_or_default();
    let tenant = headers
        .get("xero-tenant-id")
        .and_then(|value| value.to_str().ok());
    let tenant = tenant.and_then(|value| Uuid::try_parse(value).ok());
    let scopes = scopes::needed(request.method(), request.uri().path());
    let checked = xero.auth().check_call(bearer, tenant, &scopes, now);
    let asked = request
        .extensions()
        .get::<Asked>()
        .copied()
        .unwrap_or_default();
    with_fault(checked, asked, now)
}

/// A fault may claim that a good token has expired.
pub fn with_fault<T>(
    checked: Result<T, Denied>,
    asked: Asked,
    now: DateTime<Utc>,
) -> Result<T, Denied> {
    if asked.expired_token {
        Err(Denied::Expired(now))
    } else {
        checked
    }
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// 401 or 403, in Xero's words.
pub fn denied(xero: &Xero, denied: Denied) -> Response {
    let (status, title, detail) = match denied {
        Denied::Unknown => (
            StatusCode::UNAUTHORIZED,
            "Unauthorized",
            "AuthenticationUnsuccessful".to_owned(),
        ),
        Denied::Expired(at) => {
            let at = at.format("%m/%d/%Y %H:%M:%S");
            let detail = format!("TokenExpired: token expired at {at}");
            (StatusCode::UNAUTHORIZED, "Unauthorized", detail)
        }
        Denied::NotConnected => (
            StatusCode::FORBIDDEN,
            "Forbidden",
            "AuthenticationUnsuccessful".to_owned(),
        ),
        Denied::MissingScope => (
            StatusCode::FORBIDDEN,
            "Forbidden",
            "AuthorizationUnsuccessful".to_owned(),
        ),
    };
    let body = serde_json::json!({
        "Type": null, "Title": title, "Status": status.as_u16(), "Detail": detail,
        "Instance": xero.next_reply_id(), "Extensions": {},
    });
    (status, axum::Json(body)).into_response()
}

/// Runs the handler, through the memory of idempotency keys where a key was sent.
async fn answer(xero: &Xero, request: Request, next: Next, now: DateTime<Utc>) -> Response {
    let is_write = matches!(*request.method(), Method::PUT | Method::POST);
    let key = request
        .headers()
        .get("idempotency-key")
        .filter(|_| is_write);
    let Some(key) = key.map(|key| String::from_utf8_lossy(key.as_bytes()).into_owned()) else {
        return next.run(request).await;
    };
    if key.is_empty() || key.len() > idempotency::LONGEST_KEY {
        return idempotency::bad_key();
    }
    // One keyed write at a time, so that two with one key cannot both find it unused.
    let _turn = xero.write_turn().await;
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let hash = idempotency::fingerprint(&parts.method, &parts.uri, &parts.headers, &body);
    if let Some(known) = xero.replies().recall(&key, hash, now) {
        return known;
    }
    let request = Request::from_parts(parts, Body::from(body));
    let (parts, body) = next.run(request).await.into_parts();
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    xero.replies().keep(key, hash, now, &parts, body.clone());
    Response::from_parts(parts, Body::from(body))
}

/// A client that does not ask for JSON gets XML.
fn accepts_json(headers: &HeaderMap) -> bool {
    let accepts = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    accepts.flat_map(|value| value.split(',')).any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    })
}

fn as_xml(response: Response) -> Response {
    let is_json = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| {
            kind.to_str()
                .is_ok_and(|kind| kind.starts_with("application/json"))
        });
    if !is_json {
        return response;
    }
    let body = "<Response xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
                <Status>OK</Status><ProviderName>BillingOne</ProviderName></Response>";
    let body = if response.status().is_success() {
        body
    } else {
        "<ApiException><Message>Ask for application/json to read why</Message></ApiException>"
    };
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let kind = HeaderValue::from_static("text/xml; charset=utf-8");
    parts.headers.insert(header::CONTENT_TYPE, kind);
    Response::from_parts(parts, Body::from(body))
}
