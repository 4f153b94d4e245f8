//! The wire of Supabase Auth: what its own clients ask under `/auth/v1`, answered with their
//! shapes, statuses and error codes, so that the product's session is a Supabase session to every
//! client that expects one.

mod about;
mod bearer;
mod error;
mod factors;
mod letters;
mod logout;
mod passkeys;
mod shapes;
mod token;
mod user;

use axum::{
    body::Bytes,
    routing::{delete, get, patch, post},
};
use serde::de::DeserializeOwned;

#[cfg(test)]
mod tests;

pub use about::kept_elsewhere;
pub use error::{WireError, wire_faults};
pub use shapes::access_token;

use crate::{http::Routes, input::or_nothing};

pub fn routes() -> Routes {
    Routes::new()
        .route("/auth/v1/token", post(token::token))
        .route("/auth/v1/signup", post(token::sign_up))
        .route("/auth/v1/user", get(user::show).put(user::change))
        .route("/auth/v1/logout", post(logout::logout))
        .route("/auth/v1/recover", post(letters::recover))
        .route("/auth/v1/invite", post(letters::invite))
        .route("/auth/v1/verify", get(letters::open).post(letters::verify))
        .route("/auth/v1/factors", post(factors::enroll))
        .route("/auth/v1/factors/{id}", delete(factors::unenroll))
        .route("/auth/v1/factors/{id}/challenge", post(factors::challenge))
        .route("/auth/v1/factors/{id}/verify", post(factors::verify))
        .route("/auth/v1/passkeys", get(passkeys::list))
        .route(
            "/auth/v1/passkeys/registration/options",
            post(passkeys::begin_registering),
        )
        .route(
            "/auth/v1/passkeys/registration/verify",
            post(passkeys::register),
        )
        .route(
            "/auth/v1/passkeys/authentication/options",
            post(passkeys::begin_entering),
        )
        .route(
            "/auth/v1/passkeys/authentication/verify",
            post(passkeys::enter),
        )
        .route(
            "/auth/v1/passkeys/{id}",
            patch(passkeys::rename).delete(passkeys::remove),
        )
        .route("/auth/v1/.well-known/jwks.json", get(about::keys))
        .route("/auth/v1/settings", get(about::settings))
        .route("/auth/v1/health", get(about::health))
}

/// A body; clients send more fields than are read.
fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, WireError> {
    serde_json::from_slice(bytes).map_err(|error| {
        WireError::bad_request(
            "bad_json",
            format!("Could not parse request body as JSON: {error}"),
        )
    })
}
