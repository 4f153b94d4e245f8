//! Tokens, and how many calls a minute may hold.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq as _;

use super::{Pax8, error_response};
use crate::faults::Asked;
use crate::world::dice::uuid;

const TOKEN_SECONDS: i64 = 86_400;

#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

#[derive(Debug)]
pub(super) struct Session {
    credentials: Credentials,
    seed: u64,
    per_minute: Option<u32>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Token and when it stops.
    tokens: HashMap<String, DateTime<Utc>>,
    issued: u64,
    minute: i64,
    calls: u32,
}

impl Session {
    pub(super) fn new(credentials: Credentials, seed: u64, per_minute: Option<u32>) -> Self {
        Self {
            credentials,
            seed,
            per_minute,
            inner: Mutex::default(),
        }
    }

    fn issue(&self, now: DateTime<Utc>) -> String {
        let mut inner = self.lock();
        inner.issued += 1;
        let token = format!(
            "pax8-{}",
            uuid(self.seed, "pax8 token", inner.issued).simple()
        );
        inner.tokens.retain(|_, until| *until > now);
        inner
            .tokens
            .insert(token.clone(), now + TimeDelta::seconds(TOKEN_SECONDS));
        token
    }

    fn knows(&self, token: &str, now: DateTime<Utc>) -> bool {
        self.lock()
            .tokens
            .get(token)
            .is_some_and(|until| *until > now)
    }

    fn forget(&self, token: &str) {
        self.lock().tokens.remove(token);
    }

    /// Seconds to wait, once the minute is used up.
    fn count(&self, now: DateTime<Utc>) -> Option<i64> {
        let limit = self.per_minute?;
        let mut inner = self.lock();
        let minute = now.timestamp().div_euclid(60);
        if inner.minute != minute {
            inner.minute = minute;
            inner.calls = 0;
        }
        inner.calls = inner.calls.saturating_add(1);
        (inner.calls > limit).then(|| 60 - now.timestamp().rem_euclid(60))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
struct TokenRequest {
    client_id: String,
    client_secret: String,
    audience: String,
    grant_type: String,
}

const AUDIENCES: &[&str] = &[
    "https://api.pax8.com",
    "api://p8p.client",
    "api://provisioning",
    "api://usage",
];

/// `POST /token`, JSON in and out.
pub(super) async fn token(State(pax8): State<Pax8>, body: Bytes) -> Response {
    let Ok(asked) = serde_json::from_slice::<TokenRequest>(&body) else {
        return error_response(400, "BAD_REQUEST", "The token request is not as documented");
    };
    let known = &pax8.0.session.credentials;
    let is_client =
        same(&asked.client_id, &known.client_id) & same(&asked.client_secret, &known.client_secret);
    let is_grant =
        asked.grant_type == "client_credentials" && AUDIENCES.contains(&asked.audience.as_str());
    if !is_client || !is_grant {
        let body = json!({ "error": "access_denied", "error_description": "Unauthorized" });
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    let token = pax8.0.session.issue(pax8.now());
    Json(json!({ "access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Bearer" }))
        .into_response()
}

fn same(given: &str, known: &str) -> bool {
    given.as_bytes().ct_eq(known.as_bytes()).into()
}

pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

/// Lets a call through if its token lives and the minute has room.
pub(super) async fn guard(
    State(pax8): State<Pax8>,
    asked: Asked,
    request: Request,
    next: Next,
) -> Response {
    let token = bearer(request.headers()).unwrap_or_default();
    if asked.expired_token {
        pax8.0.session.forget(token);
    }
    if !pax8.0.session.knows(token, pax8.now()) {
        return error_response(401, "UNAUTHORIZED", "Unauthorized");
    }
    if let Some(seconds) = pax8.0.session.count(pax8.now()) {
        let mut refused = error_response(429, "TOO_MANY_REQUESTS", "Too many requests");
        refused
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return refused;
    }
    next.run(request).await
}
