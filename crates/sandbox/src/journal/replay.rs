//! Does again what a journal holds, through the same handlers and at the same instants.

use anyhow::{Context as _, bail};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tower::ServiceExt as _;

use super::{Asked, Deed, Entry};
use crate::clock;
use crate::control::Control;
use crate::faults::Vendor;

/// `door` gives a vendor's routes without what watches and spoils them.
///
/// # Errors
/// When something that once went well does not go well again.
pub(crate) async fn replay(
    control: &Control,
    door: impl Fn(Vendor) -> Router,
    entries: Vec<Entry>,
) -> anyhow::Result<()> {
    let mut xero_webhook = None;
    for Entry { at, deed } in entries {
        control.clock.catch_up(at);
        match deed {
            // Whoever was to be told of it has been told.
            Deed::Passed => drop(control.live(at)?),
            Deed::Asked(asked) => {
                let request = request(&asked)?;
                let response = clock::at(at, door(asked.vendor).oneshot(request)).await?;
                let status = response.status();
                if status.is_client_error() || status.is_server_error() {
                    let Asked { method, target, .. } = asked;
                    bail!("{method} {target} of {at} went well once and is now answered {status}");
                }
            }
            Deed::Pax8Webhook { url, authorization } => {
                clock::at(at, async {
                    control.pax8.subscribe_to_all(url, authorization)
                })
                .await;
            }
            // Not before the end, or it would be told everything again.
            Deed::XeroWebhook { url } => xero_webhook = Some(url),
            Deed::XeroRepeats(repeat) => drop(control.add_repeat(&repeat, at)?),
            Deed::XeroRepeatEnded { id } => control.drop_repeat(id)?,
            Deed::XeroDisconnected => drop(control.xero_user_disconnects()),
        }
    }
    if let Some(url) = xero_webhook {
        control.xero.follow_webhook(crate::client()?, &url);
    }
    Ok(())
}

fn request(asked: &Asked) -> anyhow::Result<Request> {
    let body = BASE64_STANDARD
        .decode(&asked.body)
        .context("a request's body in the journal")?;
    let mut request = Request::builder()
        .method(asked.method.as_str())
        .uri(&asked.target);
    for (name, value) in &asked.headers {
        request = request.header(name, value);
    }
    Ok(request.body(Body::from(body))?)
}
