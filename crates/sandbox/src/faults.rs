//! Bad days on demand. Faults are queued with a count and taken by the next requests that match.
//!
//! Faults of the transport (limits, 5xx, slow, cut) are played by the middleware [`play`]. Faults
//! in the data (a page twice, an unknown enum value, an expired token) can only be played by the
//! vendor itself: its handlers extract [`Asked`] and do as it says.

use std::convert::Infallible;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};

use crate::net::Peer;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    Pax8,
    Xero,
    Ninjaone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 with a `Retry-After` of some seconds.
    LimitMinute,
    /// 429 with a `Retry-After` of hours.
    LimitDay,
    /// 500 with the vendor's own error body.
    ServerError,
    /// 503 with a page of HTML, as a gateway would answer.
    HtmlUnavailable,
    /// The right answer, `ms` late.
    Slow,
    /// The right status and length, half the body, then the line is cut.
    TruncatedBody,
    /// The line is cut before the request is acted upon.
    DroppedConnection,
    /// The request is acted upon, then the line is cut: a refresh token rotates unseen, an invoice
    /// is made that nobody was told of.
    #[serde(alias = "lost_refresh_answer")]
    LostAnswer,
    /// The vendor says the access token has expired, though it has not.
    ExpiredToken,
    /// The page holds the rows of the page before it, then its own.
    DuplicatedPage,
    /// The page begins one row late, as if a row before it had vanished between two calls; totals
    /// stay true, so that the miss can be noticed.
    ShiftedPage,
    /// An enum field of the first row holds a value no document names.
    UnknownEnum,
}

impl FaultKind {
    const fn is_of_the_vendor(self) -> bool {
        matches!(
            self,
            Self::ExpiredToken | Self::DuplicatedPage | Self::ShiftedPage | Self::UnknownEnum
        )
    }
}

/// One queued fault.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub vendor: Vendor,
    pub kind: FaultKind,
    /// Part of the request's path and query; empty matches every request of the vendor.
    #[serde(default)]
    pub path: String,
    /// Matching requests let through before the first fault.
    #[serde(default)]
    pub after: u32,
    /// How many requests it spoils.
    #[serde(default = "one")]
    pub times: u32,
    /// Delay of [`FaultKind::Slow`], seconds of `Retry-After` × 1000 for the limits.
    #[serde(default)]
    pub ms: u64,
}

const fn one() -> u32 {
    1
}

impl Fault {
    /// Spoils the next matching request, once.
    pub fn once(vendor: Vendor, path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            vendor,
            kind,
            path: path.into(),
            after: 0,
            times: 1,
            ms: 0,
        }
    }
}

/// The queue of faults, shared by all vendors.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    pub fn push(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Forgets every fault not yet played.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Faults still waiting.
    pub fn waiting(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// Takes the faults for one request; `path` is the path and query as the vendor sees it.
    pub fn take(&self, vendor: Vendor, path: &str) -> Vec<Fault> {
        let mut queue = self.lock();
        let mut taken = Vec::new();
        for fault in queue.iter_mut() {
            if fault.vendor != vendor || !path.contains(fault.path.as_str()) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
            } else if taken.is_empty() && fault.times > 0 {
                // One fault a request: a queue of two spoils two requests, not one twice.
                fault.times -= 1;
                taken.push(fault.clone());
            }
        }
        queue.retain(|fault| fault.times > 0);
        taken
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the middleware asks of the vendor's handler for this request; nothing when no fault matched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    pub expired_token: bool,
    pub duplicated_page: bool,
    pub shifted_page: bool,
    pub unknown_enum: bool,
}

impl Asked {
    fn note(&mut self, kind: FaultKind) {
        match kind {
            FaultKind::ExpiredToken => self.expired_token = true,
            FaultKind::DuplicatedPage => self.duplicated_page = true,
            FaultKind::ShiftedPage => self.shifted_page = true,
            FaultKind::UnknownEnum => self.unknown_enum = true,
            _ => {}
        }
    }

    /// Which rows to answer for the page that should hold `[start, start + size)` of `total` rows.
    pub fn rows(self, start: usize, size: usize, total: usize) -> Vec<Range<usize>> {
        let own = start.min(total)..start.saturating_add(size).min(total);
        if self.duplicated_page {
            let before = start.saturating_sub(size).min(total)..start.min(total);
            let again = if start == 0 { own.clone() } else { before };
            return vec![again, own];
        }
        if self.shifted_page {
            let late = (own.start + 1).min(own.end)..own.end;
            return std::iter::once(late).collect();
        }
        std::iter::once(own).collect()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_default())
    }
}

/// State of the middleware: `axum::middleware::from_fn_with_state(Play { .. }, faults::play)`.
#[derive(Clone, Debug)]
pub struct Play {
    pub vendor: Vendor,
    pub faults: Faults,
}

/// Middleware that plays the faults queued for a vendor.
pub async fn play(State(state): State<Play>, mut request: Request, next: Next) -> Response {
    let target = request
        .uri()
        .path_and_query()
        .map_or("", |target| target.as_str())
        .to_owned();
    let mut asked = Asked::default();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_counts_and_matches() {
        let faults = Faults::default();
        faults.push(Fault {
            after: 1,
            times: 2,
            ..Fault::once(Vendor::Xero, "/Invoices", FaultKind::ServerError)
        });
        assert!(faults.take(Vendor::Pax8, "/Invoices").is_empty());
        assert!(faults.take(Vendor::Xero, "/Contacts").is_empty());
        let spoiled: Vec<usize> = (0..4)
            .map(|_| {
                faults
                    .take(Vendor::Xero, "/api.xro/2.0/Invoices?page=1")
                    .len()
            })
            .collect();
        assert_eq!(spoiled, [0, 1, 1, 0]);
        assert!(faults.waiting().is_empty());
    }

    #[test]
    fn spoiled_pages_keep_to_the_rows() {
        let twice = Asked {
            duplicated_page: true,
            ..Asked::default()
        };
        assert_eq!(twice.rows(10, 10, 15), [0..10, 10..15]);
        let shifted = Asked {
            shifted_page: true,
            ..Asked::default()
        };
        let once = |range| std::iter::once(range).collect::<Vec<Range<usize>>>();
        assert_eq!(shifted.rows(10, 10, 30), once(11..20));
        assert_eq!(Asked::default().rows(40, 10, 30), once(30..30));
    }
}
