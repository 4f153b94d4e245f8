//! For those who operate the server: is it alive, is it ready, what does it measure.

use std::net::IpAddr;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq as _;

use super::Peer;
use crate::{app::App, db, fault::Fault, queue};

/// The process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// The database answers and is at this program's version.
pub async fn readyz(State(app): State<App>) -> Response {
    match db::pending(&app.db).await {
        Ok(pending) if pending.is_empty() => "ready\n".into_response(),
        Ok(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database waits for `billingone migrate`\n",
        )
            .into_response(),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        )
            .into_response(),
    }
}

/// Prometheus text, for loopback or for whoever shows the configured token.
pub async fn metrics_page(
    State(app): State<App>,
    Peer(peer): Peer,
    headers: HeaderMap,
) -> Result<String, Fault> {
    if !may_measure(&app, peer, &headers) {
        return Err(Fault::NotFound("this page"));
    }
    let mut tx = app.db.read_global().await?;
    for (state, count) in queue::counts(&mut tx, None).await? {
        app.metrics.gauge("billingone_jobs", state, count);
    }
    Ok(app.metrics.render())
}

fn may_measure(app: &App, peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
    let wanted = &app.config.server.metrics_token;
    if wanted.is_empty() {
        return peer.is_some_and(|address| address.is_loopback())
            && !app.config.server.trusted_proxy;
    }
    let wanted = format!("Bearer {wanted}");
    headers
        .get(header::AUTHORIZATION)
        .is_some_and(|given| bool::from(given.as_bytes().ct_eq(wanted.as_bytes())))
}
