//! Connections of an organization to its vendors' accounts: connecting with credentials or by
//! consent, testing, disconnecting, and saying what is wrong. Reads no business data; that is
//! what `sync` does. Secrets are sealed and leave this module only inside a vendor's client.

pub mod api;
pub mod client;
mod consent;
mod credentials;
mod leave;
pub mod pages;
pub mod posted_as;
pub mod reach;
pub mod store;
#[cfg(test)]
mod tests;
mod tokens;
mod webhook;
pub mod writing;

pub use client::{Client, Unusable, open, redirect_uri};
pub use consent::{Finished, begin_consent, choose_tenant, exchange_consent, keep_consent};
pub use credentials::Credentials;
pub use leave::{disconnect, take_leave};
pub use webhook::{WebhookAddress, hook_authorization, webhook_address};

use serde::{Deserialize, Serialize};
use vendors::{Secret, Vendor};

use crate::{
    app::App,
    db::{At, ConnectionId, OrgId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        sync,
    },
    http::{Who, token_hash},
};

/// An organization's link to one vendor account.
#[derive(Debug, Clone, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct Connection {
    pub id: ConnectionId,
    /// `pax8`, `xero` or `ninjaone`.
    pub vendor: String,
    pub name: String,
    /// `connected`, `needs_attention` or `disconnected`.
    pub state: String,
    /// What is wrong and what to do.
    pub problem: Option<String>,
    /// The vendor's own id of the account.
    pub account_ref: Option<String>,
    #[serde(skip)]
    pub settings: String,
    pub connected_at: At,
    pub last_synced_at: Option<At>,
    pub version: i64,
}

/// What is known about a connection besides its columns; fields are only ever added.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Xero's tenants to choose from, while none is chosen.
    pub tenants: Vec<Tenant>,
    /// Xero's own id of the connection, by which it is disconnected there.
    pub xero_connection_id: Option<String>,
    /// The ledger's own facts, as last synced.
    pub ledger: Option<Ledger>,
    /// How what is posted looks in the ledger.
    pub posted_as: posted_as::PostedAs,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    pub tenant_id: String,
    pub name: String,
    pub xero_connection_id: String,
}

/// What the ledger says about itself.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    pub name: String,
    pub base_currency: Option<String>,
    pub country: Option<String>,
    /// For links into its pages.
    pub short_code: Option<String>,
    /// Documents dated up to this day are refused.
    pub locked_until: Option<crate::db::Day>,
}

pub const CONNECTED: &str = "connected";
pub const NEEDS_ATTENTION: &str = "needs_attention";
pub const DISCONNECTED: &str = "disconnected";

impl Connection {
    /// # Errors
    /// Where the row names a vendor that this version does not know.
    pub fn vendor(&self) -> anyhow::Result<Vendor> {
        vendor_named(&self.vendor)
            .ok_or_else(|| anyhow::anyhow!("this version knows no vendor `{}`", self.vendor))
    }

    pub fn settings(&self) -> Settings {
        serde_json::from_str(&self.settings).unwrap_or_default()
    }

    /// The day up to which its ledger takes no documents any more, as last synced.
    pub fn locked_through(&self) -> Option<chrono::NaiveDate> {
        let ledger = self.settings().ledger?;
        ledger.locked_until.map(|day| day.0)
    }

    /// The vendor's name as people write it.
    pub fn vendor_name(&self) -> &str {
        vendor_title(&self.vendor)
    }
}

pub fn vendor_named(code: &str) -> Option<Vendor> {
    [Vendor::Pax8, Vendor::Xero, Vendor::NinjaOne]
        .into_iter()
        .find(|vendor| vendor.code() == code)
}

/// A vendor's code as people write its name.
pub fn vendor_title(code: &str) -> &str {
    vendor_named(code).map_or(code, |vendor| vendor.name())
}

pub async fn list(tx: &mut Tx, org: OrgId) -> Result<Vec<Connection>, Fault> {
    Ok(store::list(tx, org).await?)
}

pub async fn one(tx: &mut Tx, org: OrgId, id: ConnectionId) -> Result<Connection, Fault> {
    let found = store::one(tx, org, id).await?;
    found.ok_or(Fault::NotFound("this connection"))
}

/// Credentials as a person gives them.
pub struct Offered {
    pub vendor: Vendor,
    pub client_id: String,
    pub client_secret: Secret,
}

impl Offered {
    /// # Errors
    /// Names the field that is missing, or says that this vendor takes no credentials.
    pub fn checked(self) -> Result<Self, Fault> {
        if self.vendor == Vendor::Xero {
            return Err(Fault::field(
                "vendor",
                "Xero is connected through its consent page, not with credentials",
            ));
        }
        let fits = |text: &str| (1..=500).contains(&text.trim().len());
        if !fits(&self.client_id) {
            return Err(Fault::field("client_id", "give the client id"));
        }
        if !fits(self.client_secret.expose()) {
            return Err(Fault::field("client_secret", "give the client secret"));
        }
        let client_id = self.client_id.trim().to_owned();
        let client_secret = Secret::new(self.client_secret.expose().trim());
        Ok(Self {
            client_id,
            client_secret,
            ..self
        })
    }
}

/// Tries credentials that are not stored yet. Calls the vendor: no transaction may be open.
pub async fn try_out(app: &App, offered: &Offered) -> Result<(), Fault> {
    let credentials = Credentials::new(app, &offered.client_id, &offered.client_secret);
    let tried = client::try_credentials(app, offered.vendor, &credentials).await;
    tried.map_err(Fault::Internal)?.map_err(fault_of)
}

/// Tests a stored connection and records what came of it. Calls the vendor.
pub async fn test(app: &App, org: OrgId, connection: &Connection) -> Result<(), Fault> {
    let client = client::open_with(app, org, connection, app.reach.brief()).await;
    let client = match client {
        Ok(client) => client,
        Err(Unusable::Internal(error)) => return Err(Fault::Internal(error)),
        Err(unusable) => return Err(Fault::conflict("not_connected", unusable.to_string())),
    };
    let outcome = match client {
        Client::Pax8(pax8) => pax8.test().await,
        Client::NinjaOne(ninjaone) => ninjaone.test().await,
        Client::Xero(xero) => xero.organisation().await.map(|_| ()),
    };
    let mut tx = app.db.write(org).await?;
    note_outcome(app, &mut tx, org, connection.id, outcome.as_ref().err()).await?;
    tx.commit().await?;
    outcome.map_err(fault_of)
}

/// Records how a call to the vendor fared: dead credentials need attention, success heals, and
/// passing troubles change nothing.
pub async fn note_outcome(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    error: Option<&vendors::Error>,
) -> Result<(), Fault> {
    match error {
        None => {
            if store::set_state(tx, org, id, CONNECTED, None).await? {
                record(app, tx, org, id, "connection.healed", "").await?;
            }
        }
        Some(error @ vendors::Error::ReconnectNeeded { .. }) => {
            need_attention(app, tx, org, id, &error.to_string()).await?;
        }
        Some(_) => {}
    }
    Ok(())
}

/// Says what is wrong with a connection and what to do, until it works again.
pub async fn need_attention(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    problem: &str,
) -> Result<(), Fault> {
    if store::set_state(tx, org, id, NEEDS_ATTENTION, Some(problem)).await? {
        record(app, tx, org, id, "connection.needs_attention", problem).await?;
    }
    Ok(())
}

/// Records what the product itself did to a connection.
async fn record(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
    action: &str,
    problem: &str,
) -> Result<(), Fault> {
    let act = Act {
        org,
        person: None,
        action,
        subject_kind: "connection",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, &serde_json::json!({ "problem": problem })).await
}

/// Stores credentials that were tried out and begins the first sync. The organization's
/// connection to this vendor is kept, with its links and history, when there was one.
pub async fn connect(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    offered: &Offered,
) -> Result<ConnectionId, Fault> {
    let vendor = offered.vendor;
    let known = store::list(tx, who.org).await?;
    let known = known.into_iter().find(|row| row.vendor == vendor.code());
    let id = known.as_ref().map_or_else(|| app.new_id(), |row| row.id);
    let mut credentials = match &known {
        Some(row) => stored_credentials(app, tx, who.org, row.id).await?,
        None => None,
    }
    .unwrap_or_else(|| Credentials::new(app, "", &Secret::new("")));
    credentials.replace(&offered.client_id, &offered.client_secret);
    let new = store::Connected {
        name: vendor.name(),
        state: CONNECTED,
        problem: None,
        account_ref: Some(&offered.client_id),
        settings: "{}",
        credentials: credentials.seal(app, who.org, id),
        tokens: None,
        by: who.person,
        now: app.now(),
    };
    keep(app, who, tx, id, vendor, known.is_some(), &credentials, new).await?;
    Ok(id)
}

#[expect(
    clippy::too_many_arguments,
    reason = "one row with everything about it"
)]
async fn keep(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ConnectionId,
    vendor: Vendor,
    is_known: bool,
    credentials: &Credentials,
    new: store::Connected<'_>,
) -> Result<(), Fault> {
    let account = new.account_ref.map(str::to_owned);
    if is_known {
        store::reconnect(tx, who.org, id, new).await?;
    } else {
        store::insert(tx, who.org, id, vendor.code(), new).await?;
    }
    let hash = token_hash(&credentials.hook_token);
    let account = account.as_deref();
    store::set_webhook_address(tx, who.org, id, vendor.code(), hash, account).await?;
    let act = act(who, "connection.connected", id);
    audit::record(
        app,
        tx,
        act,
        &serde_json::json!({ "vendor": vendor.code() }),
    )
    .await?;
    if account.is_some() {
        sync::request(app, tx, who.org, id, &sync::Wish::first(who.person)).await?;
    }
    Ok(())
}

fn act<'a>(who: &Who, action: &'a str, id: ConnectionId) -> Act<'a> {
    Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "connection",
        subject: Some(id.0),
    }
}

async fn stored_credentials(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    id: ConnectionId,
) -> Result<Option<Credentials>, Fault> {
    let sealed = store::sealed_credentials(tx, org, id).await?;
    sealed
        .map(|sealed| Credentials::open(app, org, id, &sealed))
        .transpose()
        .map_err(Fault::Internal)
}

/// A vendor's error as the person hears it who waits for the answer.
pub fn fault_of(error: vendors::Error) -> Fault {
    use vendors::Error;
    match error {
        Error::ReconnectNeeded { vendor, why } => Fault::invalid(
            "credentials_refused",
            format!("{vendor} does not let us in: {why}. Check what you entered and try again."),
        ),
        Error::Refused(_) | Error::NotFound { .. } => {
            Fault::invalid("vendor_refused", error.to_string())
        }
        Error::RetryAt { .. } | Error::Unreachable { .. } | Error::Broken { .. } => {
            Fault::Unavailable {
                message: error.to_string(),
            }
        }
        Error::Kept { .. } => Fault::internal(error),
    }
}

/// The tokens of the organization's connection to a vendor, for tests that withdraw them.
#[cfg(test)]
pub(crate) async fn stored_tokens(app: &App, org: OrgId, vendor: &str) -> vendors::http::TokenSet {
    let mut tx = app.db.read(org).await.unwrap();
    let rows = store::list(&mut tx, org).await.unwrap();
    let id = rows.iter().find(|row| row.vendor == vendor).unwrap().id;
    let sealed = store::sealed_tokens(&mut tx, org, id).await.unwrap();
    tokens::open(app, org, id, &sealed.unwrap()).unwrap()
}
