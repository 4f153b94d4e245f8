//! Your account: Profile, Security, Sessions, History. (Passkeys are a feature of their own.)

mod enroll;
mod factor;
mod history;
pub mod picture;
mod profile;
mod security;
mod sessions;

use axum::routing::{get, post};

use crate::http::Routes;

const PROFILE: &str = "/account/profile";
const SECURITY: &str = "/account/security";
const SESSIONS: &str = "/account/sessions";

pub fn routes() -> Routes {
    Routes::new()
        .route("/enroll", get(enroll::show).post(enroll::begin))
        .route("/enroll/confirm", post(enroll::confirm))
        .route("/account/profile", get(profile::show).post(profile::change))
        .route("/account/profile/picture", post(picture::change))
        .route("/account/profile/picture/remove", post(picture::remove))
        .route("/people/{id}/avatar", get(picture::show))
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
