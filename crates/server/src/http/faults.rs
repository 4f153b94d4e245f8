//! How faults look: a page for people, `{error: {code, message, request_id}}` for programs.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;

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

pub fn fault_of(response: &Response) -> Option<Arc<Fault>> {
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

/// How every error of the API looks.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ErrorBody {
    error: ErrorDetail,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ErrorDetail {
    /// Stable, for programs.
    code: String,
    /// A sentence for people.
    message: String,
    /// Names this request in the server's log.
    request_id: String,
    /// What is wrong with which field of the body or query.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, String>,
}

/// Renders faults as JSON.
pub async fn api_faults(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    let response = next.run(request).await;
    let request_id = id.map(|id| id.0).unwrap_or_default();
    let Some(fault) = fault_of(&response) else {
        // Answers of axum itself: unreadable queries, wrong methods, unknown paths.
        if response.status().is_client_error() && is_plain(&response) {
            return wrap_plain(response, request_id).await;
        }
        return response;
    };
    let error = ErrorDetail {
        code: fault.code().to_owned(),
        message: fault.to_string(),
        request_id,
        fields: fault.fields(),
    };
    let mut rendered = (response.status(), Json(ErrorBody { error })).into_response();
    keep(&response, &mut rendered);
    rendered
}

/// Whether the answer is a text for programmers, or none at all.
fn is_plain(response: &Response) -> bool {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    content_type.is_none_or(|value| value.as_bytes().starts_with(b"text/plain"))
}

async fn plain(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 4096)
        .await
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.is_empty() {
        let reason = status.canonical_reason().unwrap_or("error");
        return (status, reason.to_owned());
    }
    (status, text)
}

async fn wrap_plain(response: Response, request_id: String) -> Response {
    let (status, message) = plain(response).await;
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        StatusCode::PAYLOAD_TOO_LARGE => "body_too_large",
        _ => "bad_request",
    };
    let error = ErrorDetail {
        code: code.to_owned(),
        message,
        request_id,
        fields: BTreeMap::new(),
    };
    (status, Json(ErrorBody { error })).into_response()
}

/// Renders faults as pages. Who is not signed in is sent to sign in and comes back.
pub async fn page_faults(request: Request, next: Next) -> Response {
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
        // Answers of axum itself: unreadable forms and queries, wrong methods.
        if response.status().is_client_error() && is_plain(&response) {
            let (status, text) = plain(response).await;
            return (status, ui::error_page(status, &text, &id)).into_response();
        }
        return response;
    };
    let came_for = if is_get { &came_for } else { "/" };
    match *fault {
        Fault::SignedOut => return to_enter("/sign-in", came_for, is_fragment),
        Fault::SecondFactor => return to_enter("/second-factor", came_for, is_fragment),
        Fault::MustEnroll => return to_enter("/enroll", came_for, is_fragment),
        _ => {}
    }
    let page = ui::error_page(fault.status(), &fault.to_string(), &id);
    let mut rendered = (fault.status(), page).into_response();
    keep(&response, &mut rendered);
    rendered
}

fn to_enter(door: &str, came_for: &str, is_fragment: bool) -> Response {
    let query: String = url::form_urlencoded::byte_serialize(came_for.as_bytes()).collect();
    let location = format!("{door}?next={query}");
    if is_fragment {
        return (StatusCode::UNAUTHORIZED, [("hx-redirect", location)]).into_response();
    }
    axum::response::Redirect::to(&location).into_response()
}

/// What must outlive the rendering: when to come back, and the fault for the log.
fn keep(from: &Response, to: &mut Response) {
    if let Some(fault) = fault_of(from) {
        to.extensions_mut().insert(fault);
    }
    if let Some(value) = from.headers().get(header::RETRY_AFTER) {
        to.headers_mut().insert(header::RETRY_AFTER, value.clone());
    }
}
