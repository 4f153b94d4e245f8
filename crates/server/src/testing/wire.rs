//! Calls of Supabase Auth's wire, as its clients make them.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{PASSWORD, TestApp};
use crate::http::tokens::Claims;

/// Status and body of a call; `token` as bearer where there is one.
pub async fn call(
    app: &TestApp,
    method: Method,
    path: &str,
    token: &str,
    body: &Value,
) -> (StatusCode, Value) {
    let mut request = app
        .anonymous(method, &format!("/auth/v1{path}"))
        .header("x-supabase-api-version", "2024-01-01");
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if !body.is_null() {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    (status, answer.json().await.unwrap_or_default())
}

/// A new session by password.
pub async fn session_of(app: &TestApp, email: &str) -> Value {
    let body = json!({ "email": email, "password": PASSWORD });
    let path = "/token?grant_type=password";
    let (status, session) = call(app, Method::POST, path, "", &body).await;
    assert_eq!(status, 200, "{session}");
    session
}

/// What an access token says, whoever signed it.
pub fn claims(token: &str) -> Claims {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}

/// The code that an authenticator app shows, `steps` of thirty seconds from now.
pub fn code(app: &TestApp, secret: &str, steps: i64) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let time = app.app.clock.wall_now().timestamp() + 30 * steps;
    totp.generate(u64::try_from(time).unwrap()).to_string()
}
