//! Vendors' clients, ready to call: address from the configuration, secrets from the connection.

use std::sync::Arc;

use vendors::{
    Outside, Secret, Vendor,
    http::{BaseUrl, MemoryTokens, TokenStore, Tokens},
    ninjaone::{self, NinjaOne},
    pax8::{self, Pax8},
    xero::{self, Xero, XeroApp},
};

use super::{Connection, credentials::Credentials, store, tokens::ConnectionTokens};
use crate::{app::App, db::OrgId};

/// A connection that can be called.
pub enum Client {
    Pax8(Pax8),
    Xero(Xero),
    NinjaOne(NinjaOne),
}

/// Why a connection cannot be called at all.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("This connection was disconnected. Connect it again under Settings, Integrations.")]
    Disconnected,
    #[error("Choose the organisation whose books these are under Settings, Integrations.")]
    NoAccount,
    #[error("{0:#}")]
    Internal(#[from] anyhow::Error),
}

impl From<crate::db::DbError> for Unusable {
    fn from(error: crate::db::DbError) -> Self {
        Self::Internal(error.into())
    }
}

/// The client of a connection, for jobs.
pub async fn open(app: &App, org: OrgId, connection: &Connection) -> Result<Client, Unusable> {
    open_with(app, org, connection, app.reach.patient()).await
}

/// The client of a connection, for a person who waits.
pub async fn open_briefly(
    app: &App,
    org: OrgId,
    connection: &Connection,
) -> Result<Client, Unusable> {
    open_with(app, org, connection, app.reach.brief()).await
}

pub(super) async fn open_with(
    app: &App,
    org: OrgId,
    connection: &Connection,
    outside: Outside,
) -> Result<Client, Unusable> {
    let mut tx = app.db.read(org).await?;
    let sealed = store::sealed_credentials(&mut tx, org, connection.id).await?;
    drop(tx);
    let sealed = sealed.ok_or(Unusable::Disconnected)?;
    let credentials = Credentials::open(app, org, connection.id, &sealed)?;
    let kept = ConnectionTokens::of(app, org, connection.id);
    match connection.vendor()? {
        Vendor::Pax8 => Ok(Client::Pax8(pax8(app, &credentials, outside, kept)?)),
        Vendor::NinjaOne => Ok(Client::NinjaOne(ninjaone(
            app,
            &credentials,
            outside,
            kept,
        )?)),
        Vendor::Xero => {
            let tenant = connection.account_ref.as_deref();
            let tenant = tenant.ok_or(Unusable::NoAccount)?;
            let xero_app = xero_app(app, outside)?;
            let tokens = xero_app.tokens(kept);
            Ok(Client::Xero(Xero::new(&xero_app, tenant, &tokens)))
        }
    }
}

/// Our app at Xero and the tokens of a connection to it.
pub(super) fn xero_tokens(
    app: &App,
    org: OrgId,
    connection: &Connection,
    outside: Outside,
) -> anyhow::Result<(XeroApp, Tokens)> {
    let xero_app = xero_app(app, outside)?;
    let tokens = xero_app.tokens(ConnectionTokens::of(app, org, connection.id));
    Ok((xero_app, tokens))
}

/// Credentials that are not stored yet, tried with one small read.
pub(super) async fn try_credentials(
    app: &App,
    vendor: Vendor,
    credentials: &Credentials,
) -> anyhow::Result<Result<(), vendors::Error>> {
    let (outside, kept) = (app.reach.brief(), Arc::new(MemoryTokens::default()));
    Ok(match vendor {
        Vendor::Pax8 => pax8(app, credentials, outside, kept)?.test().await,
        Vendor::NinjaOne => ninjaone(app, credentials, outside, kept)?.test().await,
        Vendor::Xero => anyhow::bail!("Xero has a consent page instead of credentials"),
    })
}

fn pax8(
    app: &App,
    credentials: &Credentials,
    outside: Outside,
    kept: Arc<dyn TokenStore>,
) -> anyhow::Result<Pax8> {
    let config = &app.config.vendors.pax8;
    let settings = pax8::Settings {
        api_url: BaseUrl::parse(&config.api_url)?,
        token_url: BaseUrl::parse(&format!("{}/token", config.api_url.trim_end_matches('/')))?,
        webhooks_url: BaseUrl::parse(&config.webhooks_url)?,
        audience: AUDIENCE.to_owned(),
        client_id: credentials.client_id.clone(),
        client_secret: credentials.secret(),
    };
    Ok(Pax8::new(settings, outside, kept))
}

/// The audience of Pax8's partner API: a name, not an address to call.
const AUDIENCE: &str = "https://api.pax8.com";

fn ninjaone(
    app: &App,
    credentials: &Credentials,
    outside: Outside,
    kept: Arc<dyn TokenStore>,
) -> anyhow::Result<NinjaOne> {
    let settings = ninjaone::Settings {
        api_url: BaseUrl::parse(&app.config.vendors.ninjaone.api_url)?,
        client_id: credentials.client_id.clone(),
        client_secret: credentials.secret(),
        scopes: "monitoring".to_owned(),
    };
    Ok(NinjaOne::new(settings, outside, kept))
}

pub(super) fn xero_app(app: &App, outside: Outside) -> anyhow::Result<XeroApp> {
    let config = &app.config.vendors.xero;
    let settings = xero::Settings {
        authorize_url: BaseUrl::parse(&config.authorize_url)?,
        token_url: BaseUrl::parse(&config.token_url)?,
        revoke_url: BaseUrl::parse(&config.revoke_url)?,
        connections_url: BaseUrl::parse(&config.connections_url)?,
        api_url: BaseUrl::parse(&config.api_url)?,
        client_id: config.client_id.clone(),
        client_secret: Secret::new(config.client_secret.as_str()),
        redirect_uri: redirect_uri(app),
        scopes: config.scopes.clone(),
    };
    Ok(XeroApp::new(settings, outside))
}

/// Where Xero sends people back to; it must be registered there.
pub fn redirect_uri(app: &App) -> String {
    let base = app.config.server.public_url.trim_end_matches('/');
    format!("{base}/connections/xero/callback")
}
