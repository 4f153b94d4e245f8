//! Organizations, through the door.

mod leaving;
mod places;
mod rules;
mod settings;

use reqwest::Method;
use serde_json::{Value, json};

use crate::testing::{
    TestApp,
    wire::{call, code, session_of},
};

/// A session of somebody that has shown their authenticator app, a new one; its token.
async fn enrolled(app: &TestApp, email: &str) -> String {
    let session = session_of(app, email).await;
    let token = session["access_token"].as_str().unwrap();
    let new = json!({ "factor_type": "totp", "friendly_name": "phone" });
    let (_, factor) = call(app, Method::POST, "/factors", token, &new).await;
    let place = format!("/factors/{}", factor["id"].as_str().unwrap());
    let asked = format!("{place}/challenge");
    let (_, challenge) = call(app, Method::POST, &asked, token, &json!({})).await;
    let secret = factor["totp"]["secret"].as_str().unwrap();
    let answer = json!({ "challenge_id": challenge["id"], "code": code(app, secret, -1) });
    let shown = format!("{place}/verify");
    let (status, raised) = call(app, Method::POST, &shown, token, &answer).await;
    assert_eq!(status, 200, "{raised}");
    raised["access_token"].as_str().unwrap().to_owned()
}

async fn organization(app: &TestApp) -> Value {
    let (status, found) = app.get("/api/v1/organization").await;
    assert_eq!(status, 200, "{found}");
    found
}

/// Changes the organization as `token`, as it is now; the status and the answer.
async fn change_as(app: &TestApp, token: &str, change: Value) -> (u16, Value) {
    let request = app
        .anonymous(Method::PATCH, "/api/v1/organization")
        .bearer_auth(token)
        .json(&change);
    let answer = request.send().await.unwrap();
    (
        answer.status().as_u16(),
        answer.json().await.unwrap_or_default(),
    )
}

async fn change(app: &TestApp, mut change: Value) -> (u16, Value) {
    let now = organization(app).await;
    change["version"] = now["version"].clone();
    change_as(app, &app.token, change).await
}
