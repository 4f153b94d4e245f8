//! The running vendor: its organisations and the application registered with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use uuid::Uuid;

use super::ledger::Ledger;
use super::records::NumberUse;
use crate::clock::SimClock;

/// The application as registered with the vendor, and how strict the vendor is.
#[derive(Clone, Debug)]
pub struct Settings {
    pub client_id: String,
    pub client_secret: String,
    /// Key of the webhook signatures.
    pub webhook_key: String,
    /// Seed of tokens and connection ids.
    pub seed: u64,
    /// None: no call is ever refused for its number.
    pub limits: Option<Limits>,
}

/// Calls allowed per organisation.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub at_once: u32,
    pub per_minute: u32,
    pub per_day: u32,
    /// Per application, over all organisations.
    pub app_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: 5,
            per_minute: 60,
            per_day: 5_000,
            app_per_minute: 10_000,
        }
    }
}

/// A shared handle on the vendor; cheap to clone.
#[derive(Clone, Debug)]
pub struct Xero(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: Settings,
    clock: SimClock,
    ledgers: Vec<(Uuid, Mutex<Ledger>)>,
}

impl Xero {
    pub fn new(settings: Settings, clock: SimClock, ledgers: Vec<Ledger>) -> Self {
        let ledgers = ledgers
            .into_iter()
            .map(|ledger| (ledger.tenant_id(), Mutex::new(ledger)));
        let ledgers = ledgers.collect();
        Self(Arc::new(Shared {
            settings,
            clock,
            ledgers,
        }))
    }

    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub fn clock(&self) -> &SimClock {
        &self.0.clock
    }

    /// The tenants in the order given to [`Xero::new`].
    pub fn tenants(&self) -> Vec<Uuid> {
        self.0.ledgers.iter().map(|(tenant, _)| *tenant).collect()
    }

    /// Opens one organisation's books; hold the guard briefly and across no await.
    pub fn ledger(&self, tenant: Uuid) -> Option<MutexGuard<'_, Ledger>> {
        let (_, ledger) = self.0.ledgers.iter().find(|(known, _)| *known == tenant)?;
        Some(ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The audit: every sales invoice number of every organisation and how often it was created.
    pub fn number_uses(&self) -> Vec<NumberUse> {
        let ledgers = self
            .tenants()
            .into_iter()
            .filter_map(|tenant| self.ledger(tenant));
        ledgers.flat_map(|ledger| ledger.number_uses()).collect()
    }
}

/// Everything the vendor serves, to be mounted at `/xero`.
pub fn router(xero: Xero) -> Router {
    Router::new().with_state(xero)
}
