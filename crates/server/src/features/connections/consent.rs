//! Connecting Xero: the person consents on Xero's page, comes back with a code, and, where the
//! consent covers several organisations, chooses whose books these are.

use std::sync::Arc;

use chrono::TimeDelta;
use url::Url;
use vendors::{
    Secret, Vendor,
    http::{MemoryTokens, TokenSet},
};

use super::{
    CONNECTED, Connection, Credentials, NEEDS_ATTENTION, Settings, Tenant, client, fault_of, keep,
    store, stored_credentials, tokens,
};
use crate::{
    app::App,
    db::{ConnectionId, Tx},
    fault::Fault,
    http::{Who, token_hash},
};

/// A consent page left open for longer must be asked for anew.
const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// Remembers that this person goes to Xero's consent page; its address.
pub async fn begin_consent(app: &App, who: &Who, tx: &mut Tx) -> Result<Url, Fault> {
    if app.config.vendors.xero.client_id.is_empty() {
        return Err(Fault::conflict(
            "xero_not_configured",
            "Xero needs an app of your own: register one at developer.xero.com and set \
             vendors.xero.client_id and client_secret in the configuration",
        ));
    }
    let state = hex::encode(app.random_bytes::<32>());
    let (hash, vendor) = (token_hash(&state), Vendor::Xero.code());
    store::insert_consent(tx, hash, who.org, who.person, vendor, app.now()).await?;
    let xero_app = client::xero_app(app, app.reach.brief()).map_err(Fault::Internal)?;
    Ok(xero_app.authorize_url(&state))
}

/// What a consent brought.
pub struct Consented {
    tokens: TokenSet,
    tenants: Vec<Tenant>,
}

/// Takes the person's consent and asks Xero what it covers. Calls Xero: no transaction may be
/// open. A code serves once, so this is never replayed after the state was taken.
pub async fn exchange_consent(
    app: &App,
    who: &Who,
    state: &str,
    code: &str,
) -> Result<Consented, Fault> {
    let asked = crate::db::replay(|| take_consent(app, state)).await?;
    if asked != Some((who.org, who.person)) {
        return Err(Fault::conflict(
            "consent_unknown",
            "this consent was not asked for by you, or it took too long; begin again under \
             Settings, Integrations",
        ));
    }
    let xero_app = client::xero_app(app, app.reach.brief()).map_err(Fault::Internal)?;
    let consent = xero_app.exchange_code(code).await.map_err(fault_of)?;
    crate::failpoint::reach("consent.exchanged");
    let kept = Arc::new(MemoryTokens::new(Some(consent.tokens.clone())));
    let bearer = xero_app.tokens(kept);
    let event = consent.auth_event_id.as_deref();
    let mut found = xero_app.connections(&bearer, event).await;
    // Organisations that an earlier consent had connected already are listed under that one.
    if matches!(&found, Ok(list) if list.is_empty()) && event.is_some() {
        found = xero_app.connections(&bearer, None).await;
    }
    let tenants = found
        .map_err(fault_of)?
        .into_iter()
        .filter(|one| one.tenant_type.as_deref() != Some("PRACTICE"))
        .map(|one| Tenant {
            name: one.tenant_name.unwrap_or_else(|| one.tenant_id.clone()),
            tenant_id: one.tenant_id,
            xero_connection_id: one.id,
        })
        .collect::<Vec<_>>();
    if tenants.is_empty() {
        return Err(Fault::conflict(
            "no_tenant",
            "no organisation was connected on Xero's page; begin again and choose one there",
        ));
    }
    Ok(Consented {
        tokens: consent.tokens,
        tenants,
    })
}

async fn take_consent(
    app: &App,
    state: &str,
) -> Result<Option<(crate::db::OrgId, crate::db::PersonId)>, Fault> {
    let mut tx = app.db.write_global().await?;
    let taken = store::take_consent(&mut tx, token_hash(state), app.now() - PATIENCE).await?;
    tx.commit().await?;
    Ok(taken)
}

/// Where a consent leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    Connected(ConnectionId),
    /// Several organisations: the person chooses.
    Choose(ConnectionId),
}

fn settings(
    consented: &Consented,
    chosen: Option<&Tenant>,
    continued: Option<&Connection>,
) -> Settings {
    Settings {
        tenants: if chosen.is_some() {
            Vec::new()
        } else {
            consented.tenants.clone()
        },
        xero_connection_id: chosen.map(|tenant| tenant.xero_connection_id.clone()),
        ledger: None,
        // The same books, connected anew, are written as before.
        posted_as: continued
            .map(|row| row.settings().posted_as)
            .unwrap_or_default(),
    }
}

/// Stores a consent. A connection to the same organisation is continued; one to another must be
/// disconnected first, because an organization has one ledger.
pub async fn keep_consent(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    consented: &Consented,
) -> Result<Finished, Fault> {
    let known: Vec<Connection> = store::list(tx, who.org)
        .await?
        .into_iter()
        .filter(|row| row.vendor == Vendor::Xero.code())
        .collect();
    let chosen = match consented.tenants.as_slice() {
        [only] => Some(only.clone()),
        several => several
            .iter()
            .find(|tenant| {
                known
                    .iter()
                    .any(|row| row.account_ref.as_deref() == Some(tenant.tenant_id.as_str()))
            })
            .cloned(),
    };
    let continued = continued(&known, chosen.as_ref())?;
    let id = continued.map_or_else(|| app.new_id(), |row| row.id);
    let credentials = match continued {
        Some(row) => stored_credentials(app, tx, who.org, row.id).await?,
        None => None,
    }
    .unwrap_or_else(|| Credentials::new(app, "", &Secret::new("")));
    let settings = settings(consented, chosen.as_ref(), continued);
    let new = store::Connected {
        name: chosen
            .as_ref()
            .map_or(Vendor::Xero.name(), |tenant| tenant.name.as_str()),
        state: if chosen.is_some() {
            CONNECTED
        } else {
            NEEDS_ATTENTION
        },
        problem: chosen.is_none().then_some(
            "Your consent covers several Xero organisations. Choose the one whose books these are.",
        ),
        account_ref: chosen.as_ref().map(|tenant| tenant.tenant_id.as_str()),
        settings: &serde_json::to_string(&settings)?,
        credentials: credentials.seal(app, who.org, id),
        tokens: Some(tokens::seal(app, who.org, id, &consented.tokens)),
        by: who.person,
        now: app.now(),
    };
    let is_known = continued.is_some();
    keep(app, who, tx, id, Vendor::Xero, is_known, &credentials, new).await?;
    Ok(match chosen {
        Some(_) => Finished::Connected(id),
        None => Finished::Choose(id),
    })
}

fn continued<'k>(
    known: &'k [Connection],
    chosen: Option<&Tenant>,
) -> Result<Option<&'k Connection>, Fault> {
    let theirs = chosen.map(|tenant| tenant.tenant_id.as_str());
    let same = known
        .iter()
        .find(|row| row.account_ref.is_none() || row.account_ref.as_deref() == theirs);
    if same.is_some() {
        return Ok(same);
    }
    match known.iter().find(|row| row.state != super::DISCONNECTED) {
        Some(other) if chosen.is_some() => Err(Fault::conflict(
            "another_ledger",
            format!(
                "the books of {} are connected; disconnect them before connecting others",
                other.name
            ),
        )),
        _ => Ok(None),
    }
}

/// Says whose books these are, where the consent covers several organisations.
pub async fn choose_tenant(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ConnectionId,
    tenant_id: &str,
) -> Result<(), Fault> {
    let row = super::one(tx, who.org, id).await?;
    let offered = row.settings().tenants;
    let chosen = offered
        .into_iter()
        .find(|tenant| tenant.tenant_id == tenant_id)
        .ok_or_else(|| Fault::field("tenant_id", "choose one of the organisations listed"))?;
    let sealed = store::sealed_tokens(tx, who.org, id).await?;
    let kept = sealed
        .map(|sealed| tokens::open(app, who.org, id, &sealed))
        .transpose()
        .map_err(Fault::Internal)?
        .ok_or_else(|| Fault::conflict("not_connected", "connect Xero again and choose then"))?;
    let consented = Consented {
        tokens: kept,
        tenants: vec![chosen],
    };
    keep_consent(app, who, tx, &consented).await?;
    Ok(())
}
