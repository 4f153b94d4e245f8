//! Your account: Security, Sessions, History. (Passkeys are a feature of their own.)

mod factor;
mod history;
mod security;
mod sessions;

use axum::routing::{get, post};

use crate::http::Routes;

const SECURITY: &str = "/account/security";
const SESSIONS: &str = "/account/sessions";

pub fn routes() -> Routes {
    Routes::new()
        .route("/account/security", get(security::show))
        .route(
            "/account/security/password",
            post(security::change_password),
        )
        .route("/account/security/factors", post(security::begin_factor))
        .route(
            "/account/security/factors/{id}",
            get(factor::show).post(factor::confirm),
        )
        .route(
            "/account/security/factors/{id}/remove",
            post(security::remove_factor),
        )
        .route(
            "/account/security/recovery-codes",
            post(security::renew_codes),
        )
        .route("/account/sessions", get(sessions::show))
        .route("/account/sessions/end-others", post(sessions::end_others))
        .route("/account/sessions/seen", post(sessions::see))
        .route("/account/sessions/{id}/end", post(sessions::end))
        .route("/account/history", get(history::show))
}
