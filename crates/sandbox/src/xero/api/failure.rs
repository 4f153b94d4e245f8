//! The ways a call fails, in Xero's envelopes.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::xero::input::BadBody;
use crate::xero::query::BadQuery;

#[derive(Debug)]
pub enum Failure {
    NotFound,
    /// The records that were refused, each with its `ValidationErrors`.
    Invalid(Vec<Value>),
    Query(String),
    Body(String),
    /// The body holds nothing; the word is the resource's.
    NoData(&'static str),
    /// The reply could not be written.
    Broken,
}

impl From<BadQuery> for Failure {
    fn from(bad: BadQuery) -> Self {
        Self::Query(bad.0)
    }
}

impl Failure {
    pub fn from_body(bad: BadBody, noun: &'static str) -> Self {
        match bad {
            BadBody::Invalid(reason) => Self::Body(reason),
            BadBody::Empty => Self::NoData(noun),
        }
    }

    /// A refusal that is about the request and not about one of its records.
    pub fn complaint(message: impl Into<String>) -> Self {
        Self::Invalid(vec![
            json!({ "ValidationErrors": [{ "Message": message.into() }] }),
        ])
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = match self {
            Self::NotFound => return missing(),
            Self::Broken => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
            Self::Invalid(elements) => json!({
                "ErrorNumber": 10, "Type": "ValidationException",
                "Message": "A validation exception occurred", "Elements": elements,
            }),
            Self::NoData(noun) => json!({
                "ErrorNumber": 13, "Type": "NoDataProcessedException",
                "Message": format!(
                    "No data has been processed for this endpoint. This endpoint is expecting \
                     {noun} data to be specified in the request body."
                ),
            }),
            Self::Query(message) => json!({
                "ErrorNumber": 16, "Type": "QueryParseException", "Message": message,
            }),
            Self::Body(message) => json!({
                "ErrorNumber": 17, "Type": "PostDataInvalidException",
                "Message": format!("JSON for post data was invalid, {message}"),
            }),
        };
        (StatusCode::BAD_REQUEST, axum::Json(body)).into_response()
    }
}

fn missing() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (
        StatusCode::NOT_FOUND,
        kind,
        "The resource you're looking for cannot be found",
    )
        .into_response()
}

pub async fn not_found() -> Response {
    missing()
}

pub async fn not_implemented() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (
        StatusCode::NOT_IMPLEMENTED,
        kind,
        "The method is not implemented",
    )
        .into_response()
}
