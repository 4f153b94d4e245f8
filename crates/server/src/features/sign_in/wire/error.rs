//! Errors in the words of Supabase Auth, with its statuses and its two shapes.

use std::sync::Arc;

use axum::{
    Json,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{fault::Fault, features::sign_in::password::Weak, http::fault_of};

/// What a client is told.
#[derive(Debug, Clone)]
pub struct Said {
    pub status: StatusCode,
    /// One of Supabase Auth's error codes.
    pub code: &'static str,
    pub message: String,
    /// Why a password is too weak.
    pub weak: Option<&'static str>,
}

/// A refusal of the wire, or a fault of the product that is put into its words at the door.
#[derive(Debug)]
pub enum WireError {
    Said(Box<Said>),
    Fault(Fault),
}

impl WireError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::Said(Box::new(Said {
            status,
            code,
            message: message.into(),
            weak: None,
        }))
    }

    pub fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    pub fn unprocessable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    pub fn weak_password(weak: Weak) -> Self {
        Self::Said(Box::new(Said {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code: "weak_password",
            message: weak.to_string(),
            weak: Some(match weak {
                Weak::Short | Weak::Long => "length",
                Weak::Common => "pwned",
            }),
        }))
    }
}

impl<E: Into<Fault>> From<E> for WireError {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

impl IntoResponse for WireError {
    fn into_response(self) -> Response {
        match self {
            Self::Fault(fault) => fault.into_response(),
            Self::Said(said) => {
                let mut response = said.status.into_response();
                response.extensions_mut().insert(Arc::new(*said));
                response
            }
        }
    }
}

/// A fault in the wire's words.
fn said(fault: &Fault) -> Said {
    let (status, code, message) = match fault {
        Fault::TooMany { .. } => (
            fault.status(),
            "over_request_rate_limit",
            "Request rate limit reached".to_owned(),
        ),
        Fault::Contended => (
            StatusCode::CONFLICT,
            "conflict",
            "Too many concurrent requests, try again".to_owned(),
        ),
        Fault::Invalid { code, .. } if *code == "invalid_credentials" => (
            StatusCode::BAD_REQUEST,
            *code,
            "Invalid login credentials".to_owned(),
        ),
        Fault::Invalid { code, message, .. } if *code == "invalid_field" => {
            (fault.status(), "validation_failed", message.clone())
        }
        Fault::Invalid { code, message, .. } => (fault.status(), *code, message.clone()),
        Fault::NotFound(what) if *what == "this factor" => (
            fault.status(),
            "mfa_factor_not_found",
            "Factor not found".to_owned(),
        ),
        Fault::NotFound(what) if *what == "this passkey" => (
            fault.status(),
            "webauthn_credential_not_found",
            "Passkey not found".to_owned(),
        ),
        Fault::NotFound(what) if *what == "this challenge" => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "mfa_challenge_expired",
            "MFA challenge was not found; create a new challenge".to_owned(),
        ),
        Fault::NotFound(_) => (fault.status(), "not_found", fault.to_string()),
        Fault::SignedOut => (
            fault.status(),
            "no_authorization",
            "This endpoint requires a valid Bearer token".to_owned(),
        ),
        Fault::SecondFactor | Fault::MustEnroll => {
            (fault.status(), "insufficient_aal", fault.to_string())
        }
        Fault::Forbidden(why) => (fault.status(), "not_admin", (*why).to_owned()),
        Fault::Conflict { .. } => (fault.status(), "conflict", fault.to_string()),
        Fault::Unavailable { .. } | Fault::Internal(_) => {
            (fault.status(), "unexpected_failure", fault.to_string())
        }
    };
    Said {
        status,
        code,
        message,
        weak: None,
    }
}

const API_VERSION: &str = "x-supabase-api-version";

/// Renders errors. Clients that name the API's version get the newer shape.
pub async fn wire_faults(request: Request, next: Next) -> Response {
    let is_new = request.headers().contains_key(API_VERSION);
    let response = next.run(request).await;
    let told = response.extensions().get::<Arc<Said>>().cloned();
    let told = told.or_else(|| fault_of(&response).map(|fault| Arc::new(said(&fault))));
    let Some(told) = told else {
        return response;
    };
    let mut body = if is_new {
        json!({ "code": told.code, "message": told.message })
    } else {
        json!({ "code": told.status.as_u16(), "error_code": told.code, "msg": told.message })
    };
    if let (Some(reason), Some(map)) = (told.weak, body.as_object_mut()) {
        map.insert("weak_password".to_owned(), json!({ "reasons": [reason] }));
    }
    let mut rendered = (told.status, Json(body)).into_response();
    let headers = rendered.headers_mut();
    headers.insert("x-sb-error-code", HeaderValue::from_static(told.code));
    if is_new {
        // By this the client knows which of the two shapes it reads.
        headers.insert(API_VERSION, HeaderValue::from_static("2024-01-01"));
    }
    if let Some(wait) = response.headers().get(header::RETRY_AFTER) {
        headers.insert(header::RETRY_AFTER, wait.clone());
    }
    rendered
}
