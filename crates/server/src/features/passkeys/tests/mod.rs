//! Passkeys through the door, with a device in software.

mod attacks;
mod authenticator;
mod pages;

use reqwest::Method;
use serde_json::{Value, json};

use super::store::{self, NewPasskey};
use crate::{
    db::{PasskeyId, PersonId, sql},
    testing::{PASSWORD, TestApp},
};
use authenticator::Authenticator;

/// Gives somebody a passkey without any device.
pub async fn passkey_of(app: &TestApp, email: &str) -> PasskeyId {
    let mut tx = app.app.db.write_global().await.unwrap();
    let new = NewPasskey {
        id: app.app.new_id(),
        person: person(app, email).await,
        credential: app.app.random_bytes::<16>().to_vec(),
        public_key: Vec::new(),
        count: 0,
        name: "Phone".to_owned(),
        is_synced: true,
        now: app.app.now(),
    };
    assert!(store::insert(&mut tx, &new).await.unwrap());
    tx.commit().await.unwrap();
    new.id
}

async fn person(app: &TestApp, email: &str) -> PersonId {
    let mut tx = app.app.db.read_global().await.unwrap();
    sql("select id from person where email = $1")
        .bind(email)
        .value(&mut tx)
        .await
        .unwrap()
}

fn device(app: &TestApp) -> Authenticator {
    Authenticator::new(&app.app.config.server.public_url)
}

/// Status and body of a call of the wire; `token` as bearer where there is one.
async fn call(
    app: &TestApp,
    method: Method,
    path: &str,
    token: &str,
    body: &Value,
) -> (u16, Value) {
    let mut request = app
        .anonymous(method, &format!("/auth/v1{path}"))
        .header("x-supabase-api-version", "2024-01-01")
        .json(body);
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

async fn post(app: &TestApp, path: &str, token: &str, body: &Value) -> (u16, Value) {
    call(app, Method::POST, path, token, body).await
}

/// An access token by password.
async fn token_of(app: &TestApp, email: &str) -> String {
    let body = json!({ "email": email, "password": PASSWORD });
    let (status, session) = post(app, "/token?grant_type=password", "", &body).await;
    assert_eq!(status, 200, "{session}");
    session["access_token"].as_str().unwrap().to_owned()
}

async fn offer(app: &TestApp, act: &str, token: &str) -> Value {
    let (status, offer) = post(app, &format!("/passkeys/{act}/options"), token, &json!({})).await;
    assert_eq!(status, 200, "{offer}");
    offer
}

async fn answer(
    app: &TestApp,
    act: &str,
    token: &str,
    offer: &Value,
    credential: &Value,
) -> (u16, Value) {
    let body = json!({ "challenge_id": offer["challenge_id"], "credential": credential });
    post(app, &format!("/passkeys/{act}/verify"), token, &body).await
}

const REGISTRATION: &str = "registration";
const AUTHENTICATION: &str = "authentication";

/// A device whose passkey signs this person in; what the server says of it.
async fn registered(app: &TestApp, token: &str) -> (Authenticator, Value) {
    let mut device = device(app);
    let offer = offer(app, REGISTRATION, token).await;
    let made = device.create(&offer["options"]);
    let (status, passkey) = answer(app, REGISTRATION, token, &offer, &made).await;
    assert_eq!(status, 200, "{passkey}");
    (device, passkey)
}

/// Signs in with the device, whose counter goes on.
async fn enter(app: &TestApp, device: &mut Authenticator) -> (u16, Value) {
    device.count += 1;
    let offer = offer(app, AUTHENTICATION, "").await;
    answer(
        app,
        AUTHENTICATION,
        "",
        &offer,
        &device.get(&offer["options"]),
    )
    .await
}
