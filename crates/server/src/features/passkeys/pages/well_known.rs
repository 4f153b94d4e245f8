//! What other programs may know of our passkeys: which sites use them (browsers), and which apps
//! (Apple's devices).

use axum::{Json, extract::State, routing::get};
use serde_json::{Value, json};

use crate::{app::App, fault::Fault, http::Routes};

pub fn routes() -> Routes {
    Routes::new()
        .route("/.well-known/webauthn", get(origins))
        .route("/.well-known/apple-app-site-association", get(apps))
}

/// Related origins (WebAuthn Level 3, section 5.11): read by browsers at the address that the
/// relying party's id names.
async fn origins(State(app): State<App>) -> Json<Value> {
    let all = app.config.passkey_origins();
    let sites: Vec<&String> = all
        .iter()
        .filter(|origin| origin.starts_with("http"))
        .collect();
    Json(json!({ "origins": sites }))
}

async fn apps(State(app): State<App>) -> Result<Json<Value>, Fault> {
    let apps: Vec<&str> = app.config.apple_apps().collect();
    if apps.is_empty() {
        return Err(Fault::NotFound("this page"));
    }
    Ok(Json(json!({ "webcredentials": { "apps": apps } })))
}
