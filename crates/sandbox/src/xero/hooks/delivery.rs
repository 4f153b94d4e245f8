//! One POST to the application, and what counts as an answer.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, SET_COOKIE};

use super::Subscription;
use super::message::{self, Event};
use crate::xero::state::Xero;

/// Xero waits no longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why an address is not accepted for webhooks.
#[derive(Debug, thiserror::Error)]
pub enum HookRefused {
    #[error(
        "a correctly signed request must be answered with 200, an empty body and no cookies; {0}"
    )]
    Signed(String),
    #[error("a wrongly signed request must be answered with 401; {0}")]
    Unsigned(String),
}

impl Xero {
    /// Sends several requests without events, some wrongly signed.
    pub(super) async fn intend_to_receive(
        &self,
        client: &reqwest::Client,
        url: &str,
    ) -> Result<(), HookRefused> {
        for is_signed in [true, false, true, false] {
            let entropy = self.hooks().lock().entropy();
            let body = message::body(&[], &entropy);
            let key = &self.settings().webhook_key;
            let forged = format!("not {key}");
            let signature = message::signature(if is_signed { key } else { &forged }, &body);
            let expected = if is_signed { 200 } else { 401 };
            match post(client, url, body, signature).await {
                Ok(status) if status == expected => {}
                Ok(status) if is_signed => {
                    return Err(HookRefused::Signed(format!("it was {status}")));
                }
                Ok(status) => return Err(HookRefused::Unsigned(format!("it was {status}"))),
                Err(reason) if is_signed => return Err(HookRefused::Signed(reason)),
                Err(reason) => return Err(HookRefused::Unsigned(reason)),
            }
        }
        Ok(())
    }

    /// Whether the batch was accepted.
    pub(super) async fn deliver(&self, subscription: &Subscription, batch: &[Event]) -> bool {
        let entropy = self.hooks().lock().entropy();
        let body = message::body(batch, &entropy);
        let signature = message::signature(&self.settings().webhook_key, &body);
        post(&subscription.client, &subscription.url, body, signature).await == Ok(200)
    }
}

/// The status, unless the answer breaks Xero's rules: late, with a body, or with cookies.
async fn post(
    client: &reqwest::Client,
    url: &str,
    body: Vec<u8>,
    signature: String,
) -> Result<u16, String> {
    let request = client
        .post(url)
        .timeout(PATIENCE)
        .header(CONTENT_TYPE, "application/json")
        .header("x-xero-signature", signature)
        .body(body);
    let reply = request.send().await.map_err(|error| error.to_string())?;
    let status = reply.status().as_u16();
    if reply.headers().contains_key(SET_COOKIE) {
        return Err("it set a cookie".to_owned());
    }
    let body = reply.bytes().await.map_err(|error| error.to_string())?;
    if body.is_empty() {
        Ok(status)
    } else {
        Err(format!("it was {status} with a body"))
    }
}
