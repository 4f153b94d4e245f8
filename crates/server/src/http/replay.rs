//! Runs a request again when another transaction got in between (PostgreSQL 40001, SQLite BUSY).

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::faults::fault_of;
use crate::{app::App, db::replay_waits, fault::Fault};

/// A handler's only effects are in its transaction, so a contended one can simply run again. Stands
/// inside the door that renders faults: it must see them.
pub async fn replay_contended(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, app.config.server.max_body_bytes).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the request is too large").into_response();
    };
    for wait in replay_waits() {
        let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
        let response = next.clone().run(request).await;
        if !matches!(fault_of(&response).as_deref(), Some(Fault::Contended)) {
            return response;
        }
        tokio::time::sleep(wait).await;
    }
    next.run(Request::from_parts(parts, Body::from(body))).await
}
