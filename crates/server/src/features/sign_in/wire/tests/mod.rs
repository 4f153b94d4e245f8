//! The wire, asked by Supabase's own client and by those who mean harm.

mod attacks;
mod auth_js;
mod auth_py;
mod contract;
mod family;
mod forged;
mod second_factor;
mod sign_up;
mod visitors;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::testing::{
    OWNER, TestApp,
    wire::{call, session_of},
};

/// A new session of the owner.
async fn session(app: &TestApp) -> Value {
    session_of(app, OWNER).await
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
