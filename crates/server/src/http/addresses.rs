//! Addresses that lead nowhere, or ask for what cannot be.

use axum::{extract::Request, middleware::Next, response::Response};

use crate::fault::Fault;

/// Nothing is called by a NUL, and PostgreSQL refuses even to look for it.
pub async fn refuse_nul(request: Request, next: Next) -> Result<Response, Fault> {
    if request.uri().path().contains("%00") {
        return Err(Fault::NotFound("this address"));
    }
    if request.uri().query().unwrap_or_default().contains("%00") {
        return Err(Fault::not_text());
    }
    Ok(next.run(request).await)
}

/// What answers a program under an address that no route has: JSON, as everywhere in the API.
pub async fn unknown_to_the_api() -> Fault {
    Fault::NotFound("this address")
}
