//! The running vendor: its organisations and the application registered with it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tokio::sync::MutexGuard as TurnGuard;
use uuid::Uuid;

use super::auth::{self, Auth};
use super::gate::{Meters, Replies};
use super::ids::{Ids, Kind};
use super::ledger::Ledger;
use super::records::NumberUse;
use super::{api, hooks};
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

/// See [`Xero::downgrade`].
pub(super) struct WeakXero(Weak<Shared>);

impl WeakXero {
    pub(super) fn upgrade(&self) -> Option<Xero> {
        self.0.upgrade().map(Xero)
    }
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    clock: SimClock,
    ledgers: Vec<(Uuid, Mutex<Ledger>)>,
    auth: Mutex<Auth>,
    meters: Mutex<Meters>,
    replies: Mutex<Replies>,
    hooks: hooks::Hooks,
    /// Taken by each keyed write for as long as it runs.
    write_turn: tokio::sync::Mutex<()>,
    replies_sent: AtomicU32,
}

impl Xero {
    /// Seeding is over: from now on what changes in the books is announced to webhooks.
    pub fn new(settings: Settings, clock: SimClock, ledgers: Vec<Ledger>) -> Self {
        let ledgers = ledgers.into_iter().map(|mut ledger| {
            ledger.begin_announcing();
            (ledger.tenant_id(), Mutex::new(ledger))
        });
        let ledgers = ledgers.collect();
        Self(Arc::new(Shared {
            auth: Mutex::new(Auth::new(settings.seed)),
            meters: Mutex::new(Meters::new(settings.limits)),
            replies: Mutex::default(),
            hooks: hooks::Hooks::new(settings.seed),
            write_turn: tokio::sync::Mutex::new(()),
            replies_sent: AtomicU32::new(0),
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

    /// Opens one organisation's books; hold the guard briefly and across no await. Whoever changes
    /// them follows with [`Xero::announce`].
    pub fn ledger(&self, tenant: Uuid) -> Option<MutexGuard<'_, Ledger>> {
        let (_, ledger) = self.0.ledgers.iter().find(|(known, _)| *known == tenant)?;
        Some(ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Queues what changed in the books for the webhooks.
    pub fn announce(&self, tenant: Uuid, ledger: &mut Ledger) {
        self.0.hooks.queue(tenant, ledger.take_changes());
    }

    /// The audit: every sales invoice number of every organisation and how often it was created.
    pub fn number_uses(&self) -> Vec<NumberUse> {
        let ledgers = self
            .tenants()
            .into_iter()
            .filter_map(|tenant| self.ledger(tenant));
        ledgers.flat_map(|ledger| ledger.number_uses()).collect()
    }

    /// A handle that does not keep the vendor alive.
    pub(super) fn downgrade(&self) -> WeakXero {
        WeakXero(Arc::downgrade(&self.0))
    }

    pub(super) fn hooks(&self) -> &hooks::Hooks {
        &self.0.hooks
    }

    pub(super) fn auth(&self) -> MutexGuard<'_, Auth> {
        self.0.auth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn meters(&self) -> MutexGuard<'_, Meters> {
        self.0.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn replies(&self) -> MutexGuard<'_, Replies> {
        self.0
            .replies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn write_turn(&self) -> TurnGuard<'_, ()> {
        self.0.write_turn.lock().await
    }

    /// The id of the next reply.
    pub(super) fn next_reply_id(&self) -> Uuid {
        let number = self.0.replies_sent.fetch_add(1, Ordering::Relaxed);
        Ids::new(self.0.settings.seed).of(Kind::Reply, number)
    }

    /// Disconnects an organisation as its user would inside Xero, without asking the application.
    pub fn disconnect(&self, tenant: Uuid) -> bool {
        let mut auth = self.auth();
        let found = auth
            .connections()
            .iter()
            .find(|connection| connection.tenant == tenant);
        let Some(id) = found.map(|connection| connection.id) else {
            return false;
        };
        auth.disconnect(id)
    }
}

/// Everything the vendor serves, to be mounted at `/xero`.
pub fn router(xero: Xero) -> Router {
    Router::new()
        .merge(auth::routes())
        .nest("/api.xro/2.0", api::routes(&xero))
        .layer(DefaultBodyLimit::max(10 * 1024 * 1024))
        .with_state(xero)
}
