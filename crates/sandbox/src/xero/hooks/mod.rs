//! Webhooks: what changed, told to the application.
//!
//! One address at a time, as an application has. It must first prove that it checks signatures
//! (the intent to receive); then events follow in order, each delivered at least once, with a retry
//! at once, then every quarter of an hour of simulated time, and silence after a day of failure.

mod delivery;
mod message;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use tokio::sync::Notify;
use uuid::Uuid;

use super::ledger::Change;
use super::state::Xero;
use message::Event;

pub use delivery::HookRefused;

const RETRY: TimeDelta = TimeDelta::minutes(15);
const PATIENCE: TimeDelta = TimeDelta::hours(24);
/// Events of one POST.
const BATCH: usize = 50;
/// How often the background task looks whether simulated time has made a retry due.
const TICK: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub struct Hooks {
    inner: Mutex<Inner>,
    wake: Notify,
    /// Taken for as long as a delivery runs, so that events stay in order.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Inner {
    random: ChaCha12Rng,
    subscription: Option<Subscription>,
    waiting: VecDeque<Event>,
    last_sequence: u32,
}

/// Where events go, and how it is doing.
#[derive(Clone, Debug)]
struct Subscription {
    url: String,
    client: reqwest::Client,
    failing: Option<Failing>,
    is_disabled: bool,
}

#[derive(Clone, Copy, Debug)]
struct Failing {
    since: DateTime<Utc>,
    next: DateTime<Utc>,
    attempts: u32,
}

/// How the webhook stands, for tests.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct HookState {
    pub url: Option<String>,
    pub waiting: usize,
    pub last_sequence: u32,
    pub attempts_failed: u32,
    pub is_disabled: bool,
}

impl Hooks {
    pub fn new(seed: u64) -> Self {
        let inner = Inner {
            // Other numbers than the tokens have.
            random: ChaCha12Rng::seed_from_u64(seed ^ 0x0057_EB00),
            subscription: None,
            waiting: VecDeque::new(),
            last_sequence: 0,
        };
        Self {
            inner: Mutex::new(inner),
            wake: Notify::new(),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// Keeps changes for delivery; without a webhook nobody will ask.
    pub fn queue(&self, tenant: Uuid, changes: Vec<Change>) {
        let mut inner = self.lock();
        if inner.subscription.is_none() || changes.is_empty() {
            return;
        }
        for change in changes {
            inner.last_sequence += 1;
            let event = Event {
                sequence: inner.last_sequence,
                tenant,
                change,
            };
            inner.waiting.push_back(event);
        }
        drop(inner);
        self.wake.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Xero's random string, so that no two bodies are alike.
    fn entropy(&mut self) -> String {
        let mut letters = String::with_capacity(20);
        for _ in 0..20 {
            let place = u8::try_from(self.random.next_u32() % 26).unwrap_or_default();
            letters.push(char::from(b'A' + place));
        }
        letters
    }

    /// The next batch, if there is one and it is time.
    fn due(&self, now: DateTime<Utc>) -> Option<(Subscription, Vec<Event>)> {
        let subscription = self
            .subscription
            .as_ref()
            .filter(|known| !known.is_disabled)?;
        if subscription
            .failing
            .is_some_and(|failing| failing.next > now)
        {
            return None;
        }
        let batch: Vec<Event> = self.waiting.iter().take(BATCH).cloned().collect();
        (!batch.is_empty()).then(|| (subscription.clone(), batch))
    }

    fn delivered(&mut self, batch: &[Event]) {
        let last = batch.last().map(|event| event.sequence).unwrap_or_default();
        self.waiting.retain(|event| event.sequence > last);
        if let Some(subscription) = &mut self.subscription {
            subscription.failing = None;
        }
    }

    fn failed(&mut self, now: DateTime<Utc>) {
        let Some(subscription) = &mut self.subscription else {
            return;
        };
        let failing = match subscription.failing {
            // The first retry is at once.
            None => Failing {
                since: now,
                next: now,
                attempts: 1,
            },
            Some(known) => Failing {
                next: now + RETRY,
                attempts: known.attempts + 1,
                ..known
            },
        };
        subscription.is_disabled = now - failing.since >= PATIENCE;
        subscription.failing = Some(failing);
    }
}

impl Xero {
    /// Registers the address of the application's webhook: first the intent to receive, then, if
    /// it is answered rightly, events as they happen. Events that waited for a webhook that was
    /// switched off follow in order.
    ///
    /// Must be called inside a tokio runtime; delivery runs there in the background.
    pub async fn register_webhook(
        &self,
        client: reqwest::Client,
        url: &str,
    ) -> Result<(), HookRefused> {
        self.intend_to_receive(&client, url).await?;
        self.follow_webhook(client, url);
        Ok(())
    }

    /// Takes up a webhook that has proved itself before. Events are told from now on.
    pub fn follow_webhook(&self, client: reqwest::Client, url: &str) {
        let hooks = self.hooks();
        let is_first = {
            let mut inner = hooks.lock();
            let is_first = inner.subscription.is_none();
            inner.subscription = Some(Subscription {
                url: url.to_owned(),
                client,
                failing: None,
                is_disabled: false,
            });
            is_first
        };
        if is_first {
            self.deliver_in_background();
        }
        hooks.wake.notify_one();
    }

    /// Forgets the webhook and what waited for it.
    pub fn remove_webhook(&self) {
        let mut inner = self.hooks().lock();
        inner.subscription = None;
        inner.waiting.clear();
    }

    pub fn webhook_state(&self) -> HookState {
        let inner = self.hooks().lock();
        let subscription = inner.subscription.as_ref();
        let failing = subscription.and_then(|known| known.failing);
        HookState {
            url: subscription.map(|known| known.url.clone()),
            waiting: inner.waiting.len(),
            last_sequence: inner.last_sequence,
            attempts_failed: failing.map_or(0, |failing| failing.attempts),
            is_disabled: subscription.is_some_and(|known| known.is_disabled),
        }
    }

    /// Sends what is due now and returns when it is sent; returns how many events were accepted.
    pub async fn deliver_webhooks(&self) -> usize {
        let hooks = self.hooks();
        let _turn = hooks.turn.lock().await;
        let mut accepted = 0;
        loop {
            let now = self.clock().now();
            let due = hooks.lock().due(now);
            let Some((subscription, batch)) = due else {
                return accepted;
            };
            if self.deliver(&subscription, &batch).await {
                accepted += batch.len();
                hooks.lock().delivered(&batch);
            } else {
                hooks.lock().failed(now);
            }
        }
    }

    /// Ends with the vendor.
    fn deliver_in_background(&self) {
        let weak = self.downgrade();
        tokio::spawn(async move {
            while let Some(xero) = weak.upgrade() {
                xero.deliver_webhooks().await;
                let woken = xero.hooks().wake.notified();
                let _ = tokio::time::timeout(TICK, woken).await;
            }
        });
    }
}
