//! A request that takes too long is ended, and says so.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::{app::App, fault::Fault};

/// Ends what takes longer than the configured time; its transaction is rolled back. A stream that
/// has begun may go on.
pub async fn end_after_patience(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Fault> {
    let patience = Duration::from_secs(app.config.server.request_timeout_seconds);
    let answer = tokio::time::timeout(patience, next.run(request)).await;
    answer.map_err(|_| Fault::Unavailable {
        message: "this took too long and was ended; look whether it was done before you try again"
            .to_owned(),
    })
}
