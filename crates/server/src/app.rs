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
    features::{connections::reach::Reach, sign_in::by_project::Checks},
    places::Places,
    seal::Sealer,
    supabase::Keys,
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
    /// The way out to the vendors.
    pub reach: Reach,
    /// Woken when a job was queued, so that the worker need not wait for its next look.
    pub jobs_waiting: Notify,
    /// Cancelled when the process was asked to stop: whatever would stay open for long ends.
    pub stopping: tokio_util::sync::CancellationToken,
    pub metrics: crate::http::Metrics,
    /// Where addresses are, if the operator has a database that says so.
    pub places: Places,
    /// Of the Supabase project that keeps the accounts, where there is one.
    pub project_keys: Keys,
    pub project_checks: Checks,
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
        crate::http::tokens::install();
        let mut random = ChaCha20Rng::try_from_rng(&mut rand::rngs::SysRng)?;
        let mut seed = [0; 32];
        random.fill_bytes(&mut seed);
        let http = outgoing_client()?;
        Ok(Self(Arc::new(Parts {
            reach: Reach::new(db.clone(), clock.clone(), http.clone(), seed),
            db,
            clock,
            http,
            sealer,
            jobs_waiting: Notify::new(),
            stopping: tokio_util::sync::CancellationToken::new(),
            metrics: crate::http::Metrics::new(),
            places: Places::open(&config.server.location_database)?,
            project_keys: Keys::default(),
            project_checks: Checks::default(),
            config,
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

/// A client that follows no redirect and gives up in time.
pub fn outgoing_client() -> anyhow::Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(vendors::http::client(vendors::http::Timeouts::default())?)
}
