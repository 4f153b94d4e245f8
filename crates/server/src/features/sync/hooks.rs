//! Webhooks in: verified on the raw body, stored once, answered at once and without a word;
//! what they are about is read anew by a sync, as a job.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use vendors::{Secret, Vendor, pax8, xero};

use super::{Wish, request, store::hooks};
use crate::{
    app::App,
    db::{ConnectionId, OrgId, WebhookId, replay},
    fault::Fault,
    features::connections,
    http::token_hash,
    queue::{self, Attempt, Job, JobError},
};

/// Larger bodies are none that a vendor sends.
const LARGEST: usize = 1024 * 1024;

/// Xero signs; some of its deliveries are wrongly signed on purpose and want a 401.
pub async fn xero(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let key = Secret::new(app.config.vendors.xero.webhook_key.as_str());
    let signature = headers.get("x-xero-signature").map(HeaderValue::as_bytes);
    let is_right = body.len() <= LARGEST && xero::is_signed(&body, signature, &key);
    if !is_right {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(Some(_)) = address(&app, Vendor::Xero, &token).await else {
        return StatusCode::UNAUTHORIZED;
    };
    let Ok(notification) = xero::Notification::parse(&body) else {
        // Signed by Xero and yet not readable: sending it again would not help.
        return StatusCode::OK;
    };
    let mut tenants: Vec<&str> = notification
        .events
        .iter()
        .map(|event| event.tenant_id.as_str())
        .collect();
    tenants.sort_unstable();
    tenants.dedup();
    for tenant in tenants {
        let kept = replay(|| keep_for_tenant(&app, tenant, &body)).await;
        if kept.is_err() {
            return StatusCode::SERVICE_UNAVAILABLE;
        }
    }
    StatusCode::OK
}

/// Pax8 repeats the `Authorization` that was agreed.
pub async fn pax8(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Ok(Some(to)) = address(&app, Vendor::Pax8, &token).await else {
        return StatusCode::UNAUTHORIZED;
    };
    let expected = match authorization(&app, &to).await {
        Ok(Some(expected)) => expected,
        Ok(None) => return StatusCode::UNAUTHORIZED,
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE,
    };
    let sent = headers
        .get(header::AUTHORIZATION)
        .map(HeaderValue::as_bytes);
    if body.len() > LARGEST || !pax8::is_authorized(sent, &expected) {
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(delivery) = pax8::Delivery::parse(&body) else {
        return StatusCode::OK;
    };
    // Pax8 names no event: the same entity, topic and moment is the same delivery.
    let entity = delivery.payload_text("id").unwrap_or_default();
    let sent_at = delivery.sent_at.map(|at| at.to_rfc3339());
    let topic = delivery.webhook_topic.topic.as_str();
    let parts = [
        to.connection_id.to_string(),
        delivery.webhook_id.clone(),
        topic.to_owned(),
        entity.to_owned(),
        sent_at.unwrap_or_else(|| hex::encode(Sha256::digest(&body))),
    ];
    let dedup = format!("pax8 {}", parts.join(" "));
    match replay(|| keep(&app, &to, Vendor::Pax8, &dedup, &body)).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn address(app: &App, vendor: Vendor, token: &str) -> Result<Option<hooks::Address>, Fault> {
    let mut tx = app.db.read_global().await?;
    Ok(hooks::address(&mut tx, token_hash(token), vendor.code()).await?)
}

async fn authorization(app: &App, to: &hooks::Address) -> Result<Option<Secret>, Fault> {
    let mut tx = app.db.read(to.org_id).await?;
    connections::hook_authorization(app, &mut tx, to.org_id, to.connection_id).await
}

/// One app at Xero has one address; its deliveries are for every connection to the tenant.
async fn keep_for_tenant(app: &App, tenant: &str, body: &Bytes) -> Result<(), Fault> {
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
    body: &Bytes,
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
    Ok(tx.commit().await?)
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
        Ok(tx.commit().await?)
    }
}
