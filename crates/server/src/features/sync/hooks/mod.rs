//! Webhooks in: verified on the raw body, stored once, answered at once and without a word;
//! what they are about is read anew by a sync, as a job.

pub mod api;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vendors::{Secret, Vendor, pax8, xero};

use super::{Wish, request, store::hooks};
use crate::{
    app::App,
    db::{ConnectionId, OrgId, WebhookId, replay},
    failpoint,
    fault::Fault,
    features::connections,
    http::token_hash,
    queue::{self, Attempt, Job, JobError},
};

/// Larger bodies are none that a vendor sends.
const LARGEST: usize = 1024 * 1024;

/// What is to be said to whoever called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    Yes,
    /// Not the vendor, or not for us.
    Stranger,
}

/// Xero signs; some of its deliveries are wrongly signed on purpose and want to be refused.
pub async fn hear_xero(
    app: &App,
    token: &str,
    signature: Option<&[u8]>,
    body: &[u8],
) -> Result<Heard, Fault> {
    let key = Secret::new(app.config.vendors.xero.webhook_key.as_str());
    let is_right = body.len() <= LARGEST && xero::is_signed(body, signature, &key);
    if !is_right || address(app, Vendor::Xero, token).await?.is_none() {
        return Ok(Heard::Stranger);
    }
    let Ok(notification) = xero::Notification::parse(body) else {
        // Signed by Xero and yet not readable: sending it again would not help.
        return Ok(Heard::Yes);
    };
    let mut tenants: Vec<&str> = notification
        .events
        .iter()
        .map(|event| event.tenant_id.as_str())
        .collect();
    tenants.sort_unstable();
    tenants.dedup();
    for tenant in tenants {
        replay(|| keep_for_tenant(app, tenant, body)).await?;
    }
    Ok(Heard::Yes)
}

/// Pax8 repeats the `Authorization` that was agreed.
pub async fn hear_pax8(
    app: &App,
    token: &str,
    authorization: Option<&[u8]>,
    body: &[u8],
) -> Result<Heard, Fault> {
    let Some(to) = address(app, Vendor::Pax8, token).await? else {
        return Ok(Heard::Stranger);
    };
    let Some(expected) = expected(app, &to).await? else {
        return Ok(Heard::Stranger);
    };
    if body.len() > LARGEST || !pax8::is_authorized(authorization, &expected) {
        return Ok(Heard::Stranger);
    }
    let Ok(delivery) = pax8::Delivery::parse(body) else {
        return Ok(Heard::Yes);
    };
    let dedup = pax8_dedup(&to, &delivery, body);
    replay(|| keep(app, &to, Vendor::Pax8, &dedup, body)).await?;
    Ok(Heard::Yes)
}

/// Pax8 names no event: the same entity, topic and moment is the same delivery.
fn pax8_dedup(to: &hooks::Address, delivery: &pax8::Delivery, body: &[u8]) -> String {
    let sent_at = delivery.sent_at.map(|at| at.to_rfc3339());
    let parts = [
        to.connection_id.to_string(),
        delivery.webhook_id.clone(),
        delivery.webhook_topic.topic.clone(),
        delivery.payload_text("id").unwrap_or_default().to_owned(),
        sent_at.unwrap_or_else(|| hex::encode(Sha256::digest(body))),
    ];
    format!("pax8 {}", parts.join(" "))
}

async fn address(app: &App, vendor: Vendor, token: &str) -> Result<Option<hooks::Address>, Fault> {
    let mut tx = app.db.read_global().await?;
    Ok(hooks::address(&mut tx, token_hash(token), vendor.code()).await?)
}

async fn expected(app: &App, to: &hooks::Address) -> Result<Option<Secret>, Fault> {
    let mut tx = app.db.read(to.org_id).await?;
    connections::hook_authorization(app, &mut tx, to.org_id, to.connection_id).await
}

/// One app at Xero has one address; its deliveries are for every connection to the tenant.
async fn keep_for_tenant(app: &App, tenant: &str, body: &[u8]) -> Result<(), Fault> {
    let mut tx = app.db.read_global().await?;
    let addresses = hooks::of_account(&mut tx, Vendor::Xero.code(), tenant).await?;
    drop(tx);
    let digest = hex::encode(Sha256::digest(body));
    for to in addresses {
        let dedup = format!("xero {} {digest}", to.connection_id);
        keep(app, &to, Vendor::Xero, &dedup, body).await?;
    }
    Ok(())
}

async fn keep(
    app: &App,
    to: &hooks::Address,
    vendor: Vendor,
    dedup: &str,
    body: &[u8],
) -> Result<(), Fault> {
    let mut tx = app.db.write_global().await?;
    let id: WebhookId = app.new_id();
    let new = hooks::insert(&mut tx, id, to, vendor.code(), dedup, body, app.now()).await?;
    if new {
        let job = Webhook {
            org: to.org_id,
            connection: to.connection_id,
            webhook: id,
        };
        queue::enqueue(app, &mut tx, &job).await?;
    }
    failpoint::reach("webhook.before_commit");
    tx.commit().await?;
    failpoint::reach("webhook.stored");
    Ok(())
}

/// Reads what a delivery is about, with whatever else changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Webhook {
    pub org: OrgId,
    pub connection: ConnectionId,
    pub webhook: WebhookId,
}

impl Job for Webhook {
    const KIND: &'static str = "webhook";

    fn org(&self) -> Option<OrgId> {
        Some(self.org)
    }

    fn dedup_key(&self) -> Option<String> {
        Some(self.webhook.to_string())
    }

    async fn run(self, app: &App, _: &Attempt) -> Result<(), JobError> {
        replay(|| self.process(app)).await?;
        Ok(())
    }
}

impl Webhook {
    async fn process(&self, app: &App) -> Result<(), Fault> {
        let mut tx = app.db.write(self.org).await?;
        if !hooks::take(&mut tx, self.org, self.webhook, app.now()).await? {
            return Ok(());
        }
        let row = connections::one(&mut tx, self.org, self.connection).await;
        match row {
            Ok(row) if row.state != connections::DISCONNECTED => {
                request(app, &mut tx, self.org, self.connection, &Wish::news()).await?;
            }
            Ok(_) | Err(Fault::NotFound(_)) => {}
            Err(fault) => return Err(fault),
        }
        failpoint::reach("webhook.before_done");
        Ok(tx.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::Webhook;

    /// Payloads lie in databases: they may gain optional fields, never lose or rename one.
    #[test]
    fn a_stored_payload_stays_readable() {
        let golden = r#"{"org":"org_00000000000000000000000000000001","connection":"con_00000000000000000000000000000002","webhook":"whk_00000000000000000000000000000003"}"#;
        let job: Webhook = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&job).unwrap(), golden);
    }
}
