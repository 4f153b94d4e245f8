//! Our app at Xero: asking for consent, and the tenants a consent gives.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::{refusal, token};
use crate::http::{BaseUrl, Call, Caller, TokenSet, TokenStore, Tokens};
use crate::lenient::filled;
use crate::{Error, Outside, Secret, Vendor, dates, list};

/// Addresses and credentials, all of them configuration. The scopes are too: Xero has two
/// generations of them, and which one applies depends on when the app was registered.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `https://login.xero.com/identity/connect/authorize`
    pub authorize_url: BaseUrl,
    /// `https://identity.xero.com/connect/token`
    pub token_url: BaseUrl,
    /// `https://identity.xero.com/connect/revocation`
    pub revoke_url: BaseUrl,
    /// `https://api.xero.com/connections`
    pub connections_url: BaseUrl,
    /// `https://api.xero.com/api.xro/2.0`
    pub api_url: BaseUrl,
    pub client_id: String,
    pub client_secret: Secret,
    /// Where Xero sends the person back to; registered there, https or `http://localhost`.
    pub redirect_uri: String,
    /// Separated by spaces; must hold `offline_access`.
    pub scopes: String,
}

/// Our registration at Xero. Cheap to clone.
#[derive(Clone)]
pub struct XeroApp {
    pub(super) settings: Arc<Settings>,
    pub(super) outside: Outside,
}

/// A tenant that a person's consent connects to our app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    pub id: String,
    pub tenant_id: String,
    /// `ORGANISATION`, or `PRACTICE`, which holds no ledger.
    #[serde(default, deserialize_with = "filled")]
    pub tenant_type: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub tenant_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub auth_event_id: Option<String>,
    #[serde(default, deserialize_with = "dates::instant_option")]
    pub created_date_utc: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "dates::instant_option")]
    pub updated_date_utc: Option<DateTime<Utc>>,
}

impl list::Listed for Connection {
    const ID: &'static str = "id";
}

impl XeroApp {
    pub fn new(settings: Settings, outside: Outside) -> Self {
        Self {
            settings: Arc::new(settings),
            outside,
        }
    }

    /// Where to send the person who is to consent. `state` comes back with the code and must be
    /// random, stored, and compared.
    pub fn authorize_url(&self, state: &str) -> Url {
        let settings = &self.settings;
        settings.authorize_url.at(
            &[],
            &[
                ("response_type", "code".to_owned()),
                ("client_id", settings.client_id.clone()),
                ("redirect_uri", settings.redirect_uri.clone()),
                ("scope", settings.scopes.clone()),
                ("state", state.to_owned()),
            ],
        )
    }

    /// Turns the code of a consent into tokens. The code is good once and for five minutes; after a
    /// lost answer the person must consent again. Store the tokens before anything else.
    pub async fn exchange_code(&self, code: &str) -> Result<token::Consent, Error> {
        token::exchange(self, code).await
    }

    /// The tokens of a stored consent, renewed as needed. Share one per consent.
    pub fn tokens(&self, store: Arc<dyn TokenStore>) -> Tokens {
        token::tokens(self, store)
    }

    /// Ends a consent. All tenants the person connected are disconnected.
    pub async fn revoke(&self, tokens: &TokenSet) -> Result<(), Error> {
        token::revoke(self, tokens).await
    }

    /// The tenants these tokens reach; with an authentication event, only those of that consent.
    pub async fn connections(
        &self,
        tokens: &Tokens,
        auth_event_id: Option<&str>,
    ) -> Result<Vec<Connection>, Error> {
        let query: Vec<_> = auth_event_id
            .map(|id| ("authEventId", id.to_owned()))
            .into_iter()
            .collect();
        let call = Call::get(self.settings.connections_url.at(&[], &query), "connections");
        self.caller(tokens)
            .read(&call, |reply| {
                let list = list::bare(reply.json_bytes()?);
                list.map(|list| list.items)
                    .map_err(|error| reply.unreadable(&error))
            })
            .await
    }

    /// Disconnects one tenant; one that is already gone is as good.
    pub async fn disconnect(&self, tokens: &Tokens, connection_id: &str) -> Result<(), Error> {
        let url = self.settings.connections_url.at(&[connection_id], &[]);
        let call = Call::new(Method::DELETE, url, "the connection").repeatable();
        match self.caller(tokens).read(&call, |_| Ok(())).await {
            Err(Error::NotFound { .. }) => Ok(()),
            other => other,
        }
    }

    /// Calls that belong to no tenant: they count against no tenant's limits.
    fn caller(&self, tokens: &Tokens) -> Caller {
        Caller {
            vendor: Vendor::Xero,
            outside: self.outside.clone(),
            quota: None,
            tokens: Some(tokens.clone()),
            refusal: refusal::read,
        }
    }
}

impl std::fmt::Debug for XeroApp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("XeroApp")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
