//! Watches a vendor's door: what changes something is noted before its answer leaves.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::{Asked, Deed, Journal};
use crate::clock::{self, SimClock};
use crate::faults::Vendor;

/// No vendor here takes more.
const LARGEST_BODY: usize = 10 * 1024 * 1024;

/// State of the middleware.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) vendor: Vendor,
    pub(crate) journal: Journal,
    pub(crate) clock: SimClock,
}

/// The middleware; faults are played outside of it, so that they are not played again.
pub(crate) async fn watch(State(watch): State<Watch>, request: Request, next: Next) -> Response {
    if !changes_something(request.method(), request.uri()) {
        let _settled = watch.journal.settled().await;
        return next.run(request).await;
    }
    // Runs to its end even if the caller hangs up: what was done must be noted.
    let done = tokio::spawn(async move { watch.take(request, next).await }).await;
    done.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

impl Watch {
    async fn take(self, request: Request, next: Next) -> Response {
        let (parts, body) = request.into_parts();
        let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        let asked = self.asked(&parts.method, &parts.uri, &parts.headers, &body);
        let request = Request::from_parts(parts, Body::from(body));
        let mut pen = self.journal.pen().await;
        let now = self.clock.now();
        let response = clock::at(now, next.run(request)).await;
        if response.status().is_client_error() || response.status().is_server_error() {
            return response;
        }
        if let Err(error) = pen.note(now, Deed::Asked(asked)) {
            tracing::error!("the sandbox cannot keep its journal: {error:#}");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        response
    }

    fn asked(&self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Asked {
        let headers = headers.iter().filter_map(|(name, value)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        });
        Asked {
            vendor: self.vendor,
            method: method.as_str().to_owned(),
            target: uri.to_string(),
            headers: headers.collect(),
            body: BASE64_STANDARD.encode(body),
        }
    }
}

fn changes_something(method: &Method, uri: &Uri) -> bool {
    if method.is_safe() {
        // The shortcut past the consent page is a GET, as in a browser's address bar.
        return uri
            .query()
            .is_some_and(|query| query.contains("sandbox_allow="));
    }
    // These only deliver something, once.
    !uri.path().ends_with("/test") && !uri.path().ends_with("/retry")
}
