//! A full sync against the sandbox, which counts calls as Xero does, on a clock that leaps over
//! every wait for a limit and runs along while we work.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use billingone::features::{connections::Client, sync::plan};
use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use reqwest::header::LOCATION;
use sandbox::{Options, Running, Sandbox, control::Control};
use serde_json::{Value, json};
use vendors::{
    Secret, Time,
    http::{BaseUrl, MemoryTokens, Patience},
    xero::{self, Xero, XeroApp},
};

use crate::{
    ingest::{begin, connect},
    place::{self, Place},
    said,
};

/// What a world of the default size brings by itself.
const OWN_INVOICES: u32 = 1_000;
const CALLS_A_MINUTE: u64 = 60;
const CALLS_FILE: &str = "calls.json";

pub async fn sync(folder: &Path, invoices: u32) -> Result<Value> {
    let url = format!("sqlite:{}", folder.join("sync.db").display());
    let place = place::make(&url).await?;
    let mut options = Options::new("control");
    options.ticking = true;
    options.size.extra_invoices = invoices.saturating_sub(OWN_INVOICES);
    let running = Sandbox::start(options).await?;
    let client = Client::Xero(consent(&place, &running).await?);
    let run = begin(&place, connect(&place).await?).await?;
    let clock = running.control.clock();
    let started = clock.now();
    plan::read(&run, &client)
        .await
        .map_err(|trouble| anyhow::anyhow!("the sync stopped: {trouble:?}"))?;
    let took = (clock.now() - started).to_std()?;
    let refused = place
        .number("select count(*) from vendor_budget where $1 is not null")
        .await?;
    ensure!(refused == 0, "the vendor refused calls");
    let needed = calls_needed(&place).await?;
    std::fs::write(folder.join(CALLS_FILE), serde_json::to_vec(&needed)?)?;
    let stored = place
        .number("select count(*) from invoice where org_id = $1")
        .await?;
    place.app.db.close().await;
    running.shutdown().await?;
    Ok(said(
        took,
        json!({ "invoices": stored, "calls_needed": needed }),
    ))
}

/// The sync of those pages at sixty a minute.
pub fn wall(folder: &Path) -> Result<Value> {
    let needed: u64 = serde_json::from_slice(&std::fs::read(folder.join(CALLS_FILE))?)?;
    let seconds = needed * 60 / CALLS_A_MINUTE;
    Ok(said(Duration::from_secs(seconds), json!({})))
}

/// One for the organisation and each short list, and one for every thousand of a long one.
async fn calls_needed(place: &Place) -> Result<u64> {
    let mut calls = 4;
    for statement in [
        "select count(*) from vendor_company where org_id = $1",
        "select count(*) from invoice where org_id = $1",
        "select count(*) from credit_note where org_id = $1",
        "select count(*) from payment where org_id = $1",
    ] {
        calls += u64::try_from(place.number(statement).await?)?.div_ceil(1000);
    }
    Ok(calls)
}

/// The sandbox's clock: a wait moves it.
struct SandboxTime(Control);

impl Time for SandboxTime {
    fn now(&self) -> DateTime<Utc> {
        self.0.clock().now()
    }

    fn sleep_until(&self, at: DateTime<Utc>) -> BoxFuture<'_, ()> {
        Box::pin(async move { self.0.clock().advance(at - self.now()) })
    }
}

/// A client with the product's own budget of calls, after a consent as a person gives it.
async fn consent(place: &Place, running: &Running) -> Result<Xero> {
    let (urls, known) = (&running.urls, running.control.credentials());
    let settings = xero::Settings {
        authorize_url: BaseUrl::parse(&urls.xero_authorize)?,
        token_url: BaseUrl::parse(&urls.xero_token)?,
        revoke_url: BaseUrl::parse(&urls.xero_revoke)?,
        connections_url: BaseUrl::parse(&urls.xero_connections)?,
        api_url: BaseUrl::parse(&urls.xero_api)?,
        client_id: known.xero_client_id.clone(),
        client_secret: Secret::new(known.xero_client_secret.as_str()),
        redirect_uri: billingone::features::connections::redirect_uri(&place.app),
        scopes: place.app.config.vendors.xero.scopes.clone(),
    };
    let mut outside = place.app.reach.patient();
    outside.time = Arc::new(SandboxTime(running.control.clone()));
    outside.patience = Patience::default();
    let app = XeroApp::new(settings, outside);
    let page = format!("{}&sandbox_allow=first", app.authorize_url("state"));
    let allowed = place.app.http.get(page).send().await?;
    let back = allowed.headers().get(LOCATION).context("no way back")?;
    let back: url::Url = back.to_str()?.parse()?;
    let code = back
        .query_pairs()
        .find_map(|(name, value)| (name == "code").then(|| value.into_owned()))
        .context("no code")?;
    let given = app.exchange_code(&code).await?;
    let tokens = app.tokens(Arc::new(MemoryTokens::new(Some(given.tokens))));
    let tenants = app.connections(&tokens, None).await?;
    let tenant = tenants.first().context("no tenant")?;
    Ok(Xero::new(&app, &tenant.tenant_id, &tokens))
}
