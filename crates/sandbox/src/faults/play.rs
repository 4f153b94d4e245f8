//! Faults of the transport: limits, server errors, late, cut and lost answers.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt as _;

use super::{Asked, Fault, FaultKind, Faults, Vendor};
use crate::net::Peer;

/// State of the middleware: `axum::middleware::from_fn_with_state(Play { .. }, faults::play)`.
#[derive(Clone, Debug)]
pub struct Play {
    pub vendor: Vendor,
    pub faults: Faults,
    pub largest_page: Option<usize>,
}

/// Middleware that plays the faults queued for a vendor.
pub async fn play(State(state): State<Play>, mut request: Request, next: Next) -> Response {
    let target = request
        .uri()
        .path_and_query()
        .map_or("", |target| target.as_str())
        .to_owned();
    let mut asked = Asked {
        largest_page: state.largest_page,
        ..Asked::default()
    };
    let mut of_transport = None;
    for fault in state.faults.take(state.vendor, &target) {
        if fault.kind.is_of_the_vendor() {
            asked.note(fault.kind);
        } else {
            of_transport = Some(fault);
        }
    }
    request.extensions_mut().insert(asked);
    match of_transport {
        Some(fault) => spoil(&fault, request, next).await,
        None => next.run(request).await,
    }
}

async fn spoil(fault: &Fault, request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<Peer>>()
        .map(|info| info.0.clone());
    match fault.kind {
        FaultKind::LimitMinute => limited(fault, "minute", 2),
        FaultKind::LimitDay => limited(fault, "day", 6 * 3600),
        FaultKind::ServerError => server_error(fault.vendor),
        FaultKind::HtmlUnavailable => unavailable(),
        FaultKind::Slow => {
            tokio::time::sleep(Duration::from_millis(fault.ms)).await;
            next.run(request).await
        }
        FaultKind::TruncatedBody => truncate(next.run(request).await).await,
        FaultKind::DroppedConnection => cut(peer),
        FaultKind::LostAnswer => {
            drop(next.run(request).await);
            cut(peer)
        }
        _ => next.run(request).await,
    }
}

fn limited(fault: &Fault, problem: &'static str, default_seconds: u64) -> Response {
    let seconds = if fault.ms == 0 {
        default_seconds
    } else {
        fault.ms.div_ceil(1000)
    };
    let mut response = match fault.vendor {
        Vendor::Xero => StatusCode::TOO_MANY_REQUESTS.into_response(),
        Vendor::Pax8 => crate::pax8::error_response(429, "TOO_MANY_REQUESTS", "Too many requests"),
        Vendor::Ninjaone => (
            StatusCode::TOO_MANY_REQUESTS,
            axum::Json(serde_json::json!({ "resultCode": "TOO_MANY_REQUESTS" })),
        )
            .into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    if fault.vendor == Vendor::Xero {
        headers.insert("x-rate-limit-problem", HeaderValue::from_static(problem));
    }
    response
}

fn server_error(vendor: Vendor) -> Response {
    match vendor {
        Vendor::Pax8 => crate::pax8::error_response(
            500,
            "INTERNAL_SERVER_ERROR",
            "An unexpected error occurred",
        ),
        Vendor::Xero => (
            StatusCode::INTERNAL_SERVER_ERROR,
            axum::Json(serde_json::json!({
                "Type": null, "Title": "An error occurred", "Status": 500,
                "Detail": "An error occurred in Xero. Check the API Status page",
                "Instance": "00000000-0000-0000-0000-000000000500", "Extensions": {}
            })),
        )
            .into_response(),
        Vendor::Ninjaone => (
            StatusCode::INTERNAL_SERVER_ERROR,
            axum::Json(serde_json::json!({ "resultCode": "FAILURE" })),
        )
            .into_response(),
    }
}

fn unavailable() -> Response {
    let page = "<!DOCTYPE html><html><head><title>503 Service Unavailable</title></head>\
                <body><h1>Service Unavailable</h1><p>No server is available.</p></body></html>";
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        page,
    )
        .into_response()
}

/// Cuts the line. Without a real connection (a router called in a test) it answers an empty 502.
fn cut(peer: Option<Peer>) -> Response {
    if let Some(peer) = peer {
        peer.cut();
    }
    StatusCode::BAD_GATEWAY.into_response()
}

async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = axum::body::to_bytes(body, usize::MAX).await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let half: Bytes = whole.slice(..whole.len() / 2);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    // The pause lets the first half reach the wire before the line breaks.
    let end = futures::stream::once(async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Err::<Bytes, _>(broken)
    });
    let body = futures::stream::once(async move { Ok(half) }).chain(end);
    Response::from_parts(parts, Body::from_stream(body))
}
