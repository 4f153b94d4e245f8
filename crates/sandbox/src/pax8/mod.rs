//! Pax8's partner API over the world.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Pax8's error envelope.
pub(crate) fn error_response(status: u16, kind: &str, message: &str) -> Response {
    let body = json!({ "type": kind, "message": message, "status": status, "details": [] });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(body)).into_response()
}
