//! How faults look: a page for people, `{error: {code, message, request_id}}` for programs.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{app::App, fault::Fault, ui};

/// Ties an answer to the log lines about it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// The fault travels in the response's extensions until a door renders it.
impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if let Self::TooMany {
            retry_after_seconds,
        } = self
        {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(retry_after_seconds));
        }
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

pub(super) fn fault_of(response: &Response) -> Option<Arc<Fault>> {
    response.extensions().get::<Arc<Fault>>().cloned()
}

/// Gives every request an id, logs its end, and counts it.
pub async fn request_id(State(app): State<App>, mut request: Request, next: Next) -> Response {
    use tracing::Instrument as _;
    let id = RequestId(hex::encode(app.random_bytes::<8>()));
    request.extensions_mut().insert(id.clone());
    let method = request.method().to_string();
    let route = request
        .extensions()
        .get::<axum::extract::MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", id = %id.0, %method, %route);
    let begun = std::time::Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = begun.elapsed();
    let status = response.status().as_u16();
    span.in_scope(|| {
        if let Some(Fault::Internal(error)) = fault_of(&response).as_deref() {
            tracing::error!(error = %format!("{error:#}"), "request failed");
        }
        tracing::info!(
            status,
            took_ms = u64::try_from(took.as_millis()).unwrap_or(0),
            "served"
        );
    });
    app.metrics.request_served(method, route, status, took);
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// Renders faults as JSON.
pub async fn api_faults(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    let request_id = id.map(|id| id.0).unwrap_or_default();
    let body = match fault_of(&response) {
        Some(fault) => {
            let (code, message) = (fault.code(), fault.to_string());
            let fields = fault.fields();
            if fields.is_empty() {
                json!({ "code": code, "message": message, "request_id": request_id })
            } else {
                json!({
                    "code": code, "message": message, "request_id": request_id, "fields": fields,
                })
            }
        }
        // Answers of axum itself: unreadable bodies, wrong methods, unknown paths.
        None if response.status().is_client_error() && !is_json(&response) => {
            return wrap_plain(response, &request_id).await;
        }
        None => return response,
    };
    let mut rendered = (response.status(), Json(json!({ "error": body }))).into_response();
    keep_headers(&response, &mut rendered);
    rendered
}

fn is_json(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/json"))
}

async fn wrap_plain(response: Response, request_id: &str) -> Response {
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 4096)
        .await
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        _ => "bad_request",
    };
    let message = if text.is_empty() {
        status.canonical_reason().unwrap_or("error").to_owned()
    } else {
        text
    };
    let error = json!({ "code": code, "message": message, "request_id": request_id });
    (status, Json(json!({ "error": error }))).into_response()
}

/// Renders faults as pages. Who is not signed in is sent to sign in and comes back.
pub async fn page_faults(State(_app): State<App>, request: Request, next: Next) -> Response {
    let id = request
        .extensions()
        .get::<RequestId>()
        .map(|id| id.0.clone())
        .unwrap_or_default();
    let came_for = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str())
        .to_owned();
    let is_get = request.method().is_safe();
    let is_fragment = request.headers().contains_key("hx-request");
    let response = next.run(request).await;
    let Some(fault) = fault_of(&response) else {
        return response;
    };
    if matches!(*fault, Fault::SignedOut) {
        return to_sign_in(if is_get { &came_for } else { "/" }, is_fragment);
    }
    let page = ui::error_page(fault.status(), &fault.to_string(), &id);
    let mut rendered = (fault.status(), page).into_response();
    keep_headers(&response, &mut rendered);
    rendered
}

fn to_sign_in(came_for: &str, is_fragment: bool) -> Response {
    let query: String = url::form_urlencoded::byte_serialize(came_for.as_bytes()).collect();
    let location = format!("/sign-in?next={query}");
    if is_fragment {
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", location)]).into_response();
    }
    axum::response::Redirect::to(&location).into_response()
}

fn keep_headers(from: &Response, to: &mut Response) {
    if let Some(value) = from.headers().get(header::RETRY_AFTER) {
        to.headers_mut().insert(header::RETRY_AFTER, value.clone());
    }
}
