//! What anybody may know of this server.

use axum::{
    Json,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::WireError;
use crate::{app::App, http::tokens::keys as signing, supabase};

/// The public keys of access tokens. Clients keep them for ten minutes, as with Supabase.
pub async fn keys(State(app): State<App>) -> Result<Response, WireError> {
    let mut tx = app.db.read_global().await?;
    let keys = signing::published(&app, &mut tx).await?;
    let keep = [(header::CACHE_CONTROL, "public, max-age=600")];
    Ok((keep, Json(json!({ "keys": keys }))).into_response())
}

/// Which ways in there are.
pub async fn settings(State(app): State<App>) -> Json<Value> {
    Json(json!({
        "external": { "email": true, "phone": false, "anonymous_users": false },
        "disable_signup": !app.config.sign_in.sign_up,
        "mailer_autoconfirm": true,
        "phone_autoconfirm": false,
        "sms_provider": "",
        "saml_enabled": false,
    }))
}

pub async fn health() -> Json<Value> {
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "name": "BillingOne",
        "description": "BillingOne's sessions in the words of Supabase Auth",
    }))
}

/// Where a Supabase project keeps the accounts, nobody has one here: clients ask the project itself.
pub async fn kept_elsewhere(State(app): State<App>, request: Request, next: Next) -> Response {
    let is_health = request.uri().path() == "/auth/v1/health";
    if supabase::keeps_accounts(&app) && !is_health {
        let project = app.config.auth.supabase.issuer();
        let said = format!("Accounts are kept by a Supabase project: ask {project}");
        return WireError::new(StatusCode::NOT_FOUND, "not_found", said).into_response();
    }
    next.run(request).await
}
