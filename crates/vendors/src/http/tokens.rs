//! Access tokens: kept, renewed once however many callers need it, and stored before use.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::BoxFuture;
use tokio::sync::Mutex;

use crate::{BoxError, Error, Secret, Time, Vendor};

/// The tokens of one consent or one set of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSet {
    pub access: Secret,
    /// Present where the vendor rotates: good for one renewal.
    pub refresh: Option<Secret>,
    pub expires_at: DateTime<Utc>,
}

/// Where tokens are kept between calls, processes and restarts.
///
/// Rules for an implementation: `lock` excludes every other process that shares the store until the
/// lock is given back or, after a crash, its lease has run out (the network is called in between, so
/// it must not be an open transaction). `save` returns only when the tokens
/// would survive a crash.
pub trait TokenStore: Send + Sync {
    fn lock(&self) -> BoxFuture<'_, Result<TokenLock, BoxError>>;

    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, BoxError>>;

    fn save<'a>(&'a self, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), BoxError>>;

    /// Gives the lock back; dropping it must have the same effect sooner or later.
    fn unlock(&self, lock: TokenLock) -> BoxFuture<'_, ()> {
        drop(lock);
        Box::pin(std::future::ready(()))
    }
}

/// Proof of holding a [`TokenStore`]'s lock; put a guard into it.
pub struct TokenLock(pub Box<dyn Any + Send + Sync>);

impl fmt::Debug for TokenLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenLock")
    }
}

/// How new tokens are had: by client credentials, or with the refresh token held.
pub(crate) trait Renewal: Send + Sync {
    fn renew<'a>(&'a self, held: Option<&'a TokenSet>) -> BoxFuture<'a, Result<TokenSet, Error>>;
}

/// The tokens of one connection, shared by all its callers: clone it freely.
#[derive(Clone)]
pub struct Tokens {
    shared: Arc<Shared>,
}

struct Shared {
    vendor: Vendor,
    store: Arc<dyn TokenStore>,
    renewal: Box<dyn Renewal>,
    time: Arc<dyn Time>,
    /// Renewed this long before they expire.
    margin: TimeDelta,
    state: Mutex<State>,
    /// Renewals that have ended, so that those who waited for one share its failure.
    ended: AtomicU64,
}

#[derive(Default)]
struct State {
    held: Option<TokenSet>,
    /// An access token the vendor no longer takes, whatever its date says.
    rejected: Option<Secret>,
    failed: Option<Error>,
    /// A refresh token the vendor called dead: not sent again.
    dead: Option<Secret>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("vendor", &self.shared.vendor)
            .finish_non_exhaustive()
    }
}

impl Tokens {
    pub(crate) fn new(
        vendor: Vendor,
        store: Arc<dyn TokenStore>,
        renewal: impl Renewal + 'static,
        time: Arc<dyn Time>,
        margin: TimeDelta,
    ) -> Self {
        let renewal = Box::new(renewal);
        let state = Mutex::default();
        let ended = AtomicU64::new(0);
        Self {
            shared: Arc::new(Shared {
                vendor,
                store,
                renewal,
                time,
                margin,
                state,
                ended,
            }),
        }
    }

    /// A token that is good now. Renews it if need be; of many callers one does, the others wait
    /// and share the outcome. Runs to its end even when the caller goes away, because a rotated
    /// token that nobody stored would be lost.
    pub(crate) async fn bearer(&self) -> Result<Secret, Error> {
        let shared = &self.shared;
        let seen = shared.ended.load(Ordering::Acquire);
        {
            let state = shared.state.lock().await;
            if let Some(access) = state.good(shared.time.now(), shared.margin) {
                return Ok(access);
            }
            if shared.ended.load(Ordering::Acquire) != seen
                && let Some(error) = &state.failed
            {
                return Err(error.clone());
            }
        }
        let shared = Arc::clone(shared);
        let vendor = shared.vendor;
        let renewed = tokio::spawn(async move { shared.renewed(seen).await }).await;
        renewed.unwrap_or_else(|gone| Err(Error::kept(vendor, gone.into())))
    }

    /// The vendor said no to this token although its time is not over.
    pub(crate) async fn reject(&self, access: &Secret) {
        let mut state = self.shared.state.lock().await;
        state.rejected = Some(access.clone());
    }
}

impl State {
    fn good(&self, now: DateTime<Utc>, margin: TimeDelta) -> Option<Secret> {
        self.held
            .as_ref()
            .filter(|held| self.is_good(held, now, margin))
            .map(|h| h.access.clone())
    }

    fn is_good(&self, tokens: &TokenSet, now: DateTime<Utc>, margin: TimeDelta) -> bool {
        tokens.expires_at - margin > now && self.rejected.as_ref() != Some(&tokens.access)
    }
}

impl Shared {
    async fn renewed(&self, seen: u64) -> Result<Secret, Error> {
        let mut state = self.state.lock().await;
        if let Some(access) = state.good(self.time.now(), self.margin) {
            return Ok(access);
        }
        if self.ended.load(Ordering::Acquire) != seen
            && let Some(error) = &state.failed
        {
            return Err(error.clone());
        }
        let kept = |source| Error::kept(self.vendor, source);
        let lock = self.store.lock().await.map_err(kept)?;
        let outcome = self.under_lock(&mut state).await;
        self.store.unlock(lock).await;
        state.failed = outcome.as_ref().err().cloned();
        self.ended.fetch_add(1, Ordering::Release);
        outcome
    }

    async fn under_lock(&self, state: &mut State) -> Result<Secret, Error> {
        let mut stored = self.load().await?;
        // A second round only where another process rotated without our noticing.
        for _ in 0..2 {
            if let Some(tokens) = &stored
                && state.is_good(tokens, self.time.now(), self.margin)
            {
                let access = tokens.access.clone();
                state.held = stored;
                return Ok(access);
            }
            let refresh = stored.as_ref().and_then(|tokens| tokens.refresh.clone());
            if refresh.is_some() && refresh == state.dead {
                return Err(dead(self.vendor));
            }
            match self.renewal.renew(stored.as_ref()).await {
                Ok(tokens) => return self.keep(state, tokens).await,
                Err(error @ Error::ReconnectNeeded { .. }) => {
                    let now_stored = self.load().await?;
                    if now_stored == stored {
                        state.dead = refresh;
                        return Err(error);
                    }
                    stored = now_stored;
                }
                Err(error) => return Err(error),
            }
        }
        Err(dead(self.vendor))
    }

    /// Stores the tokens, and only then lets anybody use them.
    async fn keep(&self, state: &mut State, tokens: TokenSet) -> Result<Secret, Error> {
        const TRIES: u8 = 3;
        let mut saved = self.store.save(&tokens).await;
        for _ in 1..TRIES {
            if saved.is_err() {
                saved = self.store.save(&tokens).await;
            }
        }
        saved.map_err(|source| Error::kept(self.vendor, source))?;
        let access = tokens.access.clone();
        state.held = Some(tokens);
        state.rejected = None;
        state.dead = None;
        Ok(access)
    }

    async fn load(&self) -> Result<Option<TokenSet>, Error> {
        self.store
            .load()
            .await
            .map_err(|source| Error::kept(self.vendor, source))
    }
}

fn dead(vendor: Vendor) -> Error {
    Error::ReconnectNeeded {
        vendor,
        why: "its consent has ended or was withdrawn".to_owned(),
    }
}

/// Tokens in memory: for vendors whose credentials give new ones at any time, and for tests.
#[derive(Debug, Default)]
pub struct MemoryTokens {
    tokens: std::sync::Mutex<Option<TokenSet>>,
    lock: Arc<Mutex<()>>,
}

impl MemoryTokens {
    pub fn new(tokens: Option<TokenSet>) -> Self {
        Self {
            tokens: std::sync::Mutex::new(tokens),
            lock: Arc::default(),
        }
    }

    /// What is stored now.
    pub fn stored(&self) -> Option<TokenSet> {
        self.tokens
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }
}

impl TokenStore for MemoryTokens {
    fn lock(&self) -> BoxFuture<'_, Result<TokenLock, BoxError>> {
        Box::pin(async {
            let guard = Arc::clone(&self.lock).lock_owned().await;
            Ok(TokenLock(Box::new(guard)))
        })
    }

    fn load(&self) -> BoxFuture<'_, Result<Option<TokenSet>, BoxError>> {
        Box::pin(std::future::ready(Ok(self.stored())))
    }

    fn save<'a>(&'a self, tokens: &'a TokenSet) -> BoxFuture<'a, Result<(), BoxError>> {
        *self
            .tokens
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(tokens.clone());
        Box::pin(std::future::ready(Ok(())))
    }
}
