//! What the process is made of. Everything with an effect (time, randomness, ids, network)
//! begins here and is handed on as an argument.

use std::{ops::Deref, sync::Arc};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    clock::Clock,
    config::Config,
    db::{At, Db},
    seal::Sealer,
};

/// Cheap to clone; one per process.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub db: Db,
    pub clock: Clock,
    pub config: Config,
    pub sealer: Sealer,
    pub http: reqwest::Client,
    /// Woken when a job was queued, so that the worker need not wait for its next look.
    pub jobs_waiting: Notify,
    pub metrics: crate::http::Metrics,
    random: std::sync::Mutex<ChaCha20Rng>,
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    pub fn new(db: Db, clock: Clock, config: Config, sealer: Sealer) -> anyhow::Result<Self> {
        let random = ChaCha20Rng::try_from_rng(&mut rand::rngs::SysRng)?;
        Ok(Self(Arc::new(Parts {
            db,
            clock,
            http: outgoing_client()?,
            config,
            sealer,
            jobs_waiting: Notify::new(),
            metrics: crate::http::Metrics::new(),
            random: std::sync::Mutex::new(random),
        })))
    }

    /// The business instant: what the organization's clock shows.
    pub fn now(&self) -> At {
        At(self.clock.now())
    }

    /// A new id, ordered by the time it was made (UUIDv7).
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        let millis = u64::try_from(self.clock.wall_now().timestamp_millis()).unwrap_or(0);
        T::from(uuid::Builder::from_unix_timestamp_millis(millis, &self.random_bytes()).into_uuid())
    }

    pub fn random_bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        // A poisoned lock only means that some thread panicked while drawing; the stream is fine.
        self.random
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        bytes
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where HTTP clients are made"
)]
pub fn outgoing_client() -> anyhow::Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(reqwest::Client::builder()
        .user_agent(concat!("BillingOne/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(std::time::Duration::from_secs(10))
        .build()?)
}
