//! The wire, asked by Supabase's own client and by those who mean harm.

mod attacks;
mod auth_js;
mod second_factor;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::testing::{OWNER, PASSWORD, TestApp};

/// Status and body of a call; `token` as bearer where there is one.
async fn call(
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

/// A new session of the owner.
async fn session(app: &TestApp) -> Value {
    let body = json!({ "email": OWNER, "password": PASSWORD });
    let path = "/token?grant_type=password";
    let (status, session) = call(app, Method::POST, path, "", &body).await;
    assert_eq!(status, 200, "{session}");
    session
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

async fn user(app: &TestApp, token: &str) -> (StatusCode, Value) {
    call(app, Method::GET, "/user", token, &Value::Null).await
}

async fn refresh(app: &TestApp, token: &str) -> (StatusCode, Value) {
    let body = json!({ "refresh_token": token });
    call(
        app,
        Method::POST,
        "/token?grant_type=refresh_token",
        "",
        &body,
    )
    .await
}
