//! The addresses vendors call. They want an answer within seconds, with neither body nor cookie.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
};

use super::{Heard, hear_pax8, hear_xero};
use crate::{app::App, fault::Fault};

pub async fn xero(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let signature = headers.get("x-xero-signature").map(HeaderValue::as_bytes);
    answer(hear_xero(&app, &token, signature, &body).await)
}

pub async fn pax8(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .map(HeaderValue::as_bytes);
    answer(hear_pax8(&app, &token, authorization, &body).await)
}

fn answer(heard: Result<Heard, Fault>) -> StatusCode {
    match heard {
        Ok(Heard::Yes) => StatusCode::OK,
        Ok(Heard::Stranger) => StatusCode::UNAUTHORIZED,
        // The vendor sends it again later.
        Err(fault) => {
            tracing::warn!(error = %fault, "a webhook could not be kept");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
