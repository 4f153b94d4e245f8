//! Where vendors' webhooks are to be sent, and what they must carry.

use serde::Serialize;
use vendors::{Secret, Vendor};

use super::{Connection, stored_credentials};
use crate::{
    app::App,
    db::{ConnectionId, OrgId, Tx},
    fault::Fault,
};

/// Where the vendor's webhooks for this connection are to be sent.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct WebhookAddress {
    pub url: String,
    /// What Pax8 must send as `Authorization`; Xero signs instead.
    pub authorization: Option<String>,
}

pub async fn webhook_address(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    connection: &Connection,
) -> Result<Option<WebhookAddress>, Fault> {
    let vendor = connection.vendor().map_err(Fault::Internal)?;
    if vendor == Vendor::NinjaOne {
        return Ok(None);
    }
    let credentials = stored_credentials(app, tx, org, connection.id).await?;
    Ok(credentials.map(|credentials| WebhookAddress {
        url: format!(
            "{}/hooks/{}/{}",
            app.config.server.public_url.trim_end_matches('/'),
            vendor.code(),
            credentials.hook_token.as_str()
        ),
        authorization: (vendor == Vendor::Pax8)
            .then(|| credentials.hook_authorization.as_str().to_owned()),
    }))
}

/// Opens the secrets of a connection for checking a webhook.
pub async fn hook_authorization(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
) -> Result<Option<Secret>, Fault> {
    let credentials = stored_credentials(app, tx, org, id).await?;
    Ok(credentials.map(|kept| Secret::new(kept.hook_authorization.as_str())))
}
