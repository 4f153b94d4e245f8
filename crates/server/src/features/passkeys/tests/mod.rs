//! Passkeys through the door, with a device in software.

mod attacks;
mod authenticator;
mod pages;

use reqwest::Method;
use serde_json::{Value, json};

use super::store::{self, NewPasskey};
use crate::{
    db::{PasskeyId, PersonId, sql},
    testing::{TestApp, wire},
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

/// Gives somebody a passkey that has been used and named.
pub async fn used_passkey_of(app: &TestApp, email: &str, name: &str) {
    let token = token_of(app, email).await;
    let (mut device, passkey) = registered(app, &token).await;
    let (status, _) = enter(app, &mut device).await;
    assert_eq!(status, 200);
    let path = format!("/passkeys/{}", passkey["id"].as_str().unwrap());
    let named = json!({ "friendly_name": name });
    let (status, renamed) = call(app, Method::PATCH, &path, &token, &named).await;
    assert_eq!(status, 200, "{renamed}");
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

async fn call(
    app: &TestApp,
    method: Method,
    path: &str,
    token: &str,
    body: &Value,
) -> (u16, Value) {
    let (status, body) = wire::call(app, method, path, token, body).await;
    (status.as_u16(), body)
}

async fn post(app: &TestApp, path: &str, token: &str, body: &Value) -> (u16, Value) {
    call(app, Method::POST, path, token, body).await
}

/// An access token by password.
async fn token_of(app: &TestApp, email: &str) -> String {
    let session = wire::session_of(app, email).await;
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

/// Shows the device's passkey for what was asked.
async fn show(app: &TestApp, device: &Authenticator, asked: &Value) -> (u16, Value) {
    let shown = device.get(&asked["options"]);
    answer(app, AUTHENTICATION, "", asked, &shown).await
}

/// Signs in with the device, whose counter goes on.
async fn enter(app: &TestApp, device: &mut Authenticator) -> (u16, Value) {
    device.count += 1;
    let asked = offer(app, AUTHENTICATION, "").await;
    show(app, device, &asked).await
}
