//! Replies remembered by `Idempotency-Key`: six minutes, errors too. The same key with another
//! request is refused.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::response::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

pub const LONGEST_KEY: usize = 128;

const LIFE: TimeDelta = TimeDelta::minutes(6);

/// Of method, address, organisation and body.
pub type Fingerprint = [u8; 32];

#[derive(Debug, Default)]
pub struct Replies {
    known: HashMap<String, Reply>,
}

#[derive(Debug)]
struct Reply {
    request: Fingerprint,
    kept: DateTime<Utc>,
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: Bytes,
}

impl Replies {
    /// The reply to the first request with this key, or a refusal if that was another request.
    pub fn recall(
        &mut self,
        key: &str,
        request: Fingerprint,
        now: DateTime<Utc>,
    ) -> Option<Response> {
        self.known.retain(|_, reply| reply.kept + LIFE > now);
        let reply = self.known.get(key)?;
        if reply.request != request {
            let message = format!("Idempotency Key {key} is used with a different request");
            return Some(refused(&message));
        }
        let mut response = Response::new(Body::from(reply.body.clone()));
        *response.status_mut() = reply.status;
        if let Some(content_type) = &reply.content_type {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, content_type.clone());
        }
        Some(response)
    }

    pub fn keep(
        &mut self,
        key: String,
        request: Fingerprint,
        now: DateTime<Utc>,
        parts: &Parts,
        body: Bytes,
    ) {
        let content_type = parts.headers.get(header::CONTENT_TYPE).cloned();
        let status = parts.status;
        self.known.insert(
            key,
            Reply {
                request,
                kept: now,
                status,
                content_type,
                body,
            },
        );
    }
}

pub fn fingerprint(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Fingerprint {
    let tenant = headers.get(HeaderName::from_static("xero-tenant-id"));
    let mut hash = Sha256::new();
    for part in [
        method.as_str().as_bytes(),
        uri.path_and_query()
            .map_or("", |target| target.as_str())
            .as_bytes(),
        tenant.map_or(&[][..], HeaderValue::as_bytes),
        body,
    ] {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

pub fn bad_key() -> Response {
    refused("Idempotency Key must have between 1 and 128 characters")
}

fn refused(message: &str) -> Response {
    let body = serde_json::json!({
        "Type": null, "Title": "Bad Request", "Status": 400, "Detail": message, "Extensions": {},
    });
    (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
}
