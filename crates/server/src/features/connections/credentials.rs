//! What a connection signs in with, sealed at rest and bound to its row.

use serde::{Deserialize, Serialize};
use vendors::Secret;
use zeroize::Zeroizing;

use crate::{
    app::App,
    db::{ConnectionId, OrgId},
};

/// Fields may be added, never renamed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Credentials {
    /// Empty where a consent takes their place.
    #[serde(default)]
    pub client_id: String,
    #[serde(default)]
    client_secret: Zeroizing<String>,
    /// The secret part of the address that the vendor's webhooks go to.
    pub hook_token: Zeroizing<String>,
    /// What Pax8 repeats in its `Authorization` header.
    pub hook_authorization: Zeroizing<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Credentials {
    /// With webhook secrets of its own.
    pub fn new(app: &App, client_id: &str, client_secret: &Secret) -> Self {
        let drawn = || Zeroizing::new(hex::encode(app.random_bytes::<24>()));
        Self {
            client_id: client_id.to_owned(),
            client_secret: Zeroizing::new(client_secret.expose().to_owned()),
            hook_token: drawn(),
            hook_authorization: Zeroizing::new(format!("Bearer {}", drawn().as_str())),
        }
    }

    pub fn secret(&self) -> Secret {
        Secret::new(self.client_secret.as_str())
    }

    pub fn replace(&mut self, client_id: &str, client_secret: &Secret) {
        client_id.clone_into(&mut self.client_id);
        self.client_secret = Zeroizing::new(client_secret.expose().to_owned());
    }

    pub(super) fn seal(&self, app: &App, org: OrgId, id: ConnectionId) -> Vec<u8> {
        // Strings always become JSON.
        let text = Zeroizing::new(serde_json::to_vec(self).unwrap_or_default());
        app.sealer.seal(&place(org, id), app.random_bytes(), &text)
    }

    pub(super) fn open(
        app: &App,
        org: OrgId,
        id: ConnectionId,
        sealed: &[u8],
    ) -> anyhow::Result<Self> {
        let text = app.sealer.open(&place(org, id), sealed)?;
        Ok(serde_json::from_slice(&text)?)
    }
}

fn place(org: OrgId, id: ConnectionId) -> String {
    format!("connection/{org}/{id}/credentials")
}

#[cfg(test)]
mod tests {
    use super::Credentials;

    /// Sealed in databases: fields may be added, never lost or renamed.
    #[test]
    fn sealed_credentials_stay_readable() {
        let golden = r#"{"client_id":"id","client_secret":"secret","hook_token":"token","hook_authorization":"Bearer x"}"#;
        let kept: Credentials = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&kept).unwrap(), golden);
    }
}
