//! What the vendors' clients need from this process: HTTP, time to wait by, chance, and the
//! budget of calls that all processes share. Holds no tenant's data.

mod budget;
mod time;

use std::sync::{Arc, Mutex, PoisonError};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use vendors::{Outside, http::Patience};

use self::{budget::SharedBudget, time::VendorTime};
use crate::{clock::Clock, db::Db};

/// The way out to the vendors; one per process.
pub struct Reach {
    outside: Outside,
    is_simulated: bool,
}

impl Reach {
    /// `seed` is drawn once from the process's randomness.
    pub fn new(db: Db, clock: Clock, http: reqwest::Client, seed: [u8; 32]) -> Self {
        let is_simulated = clock.is_simulated();
        let started_at = clock.wall_now().timestamp_millis();
        let chance = Mutex::new(ChaCha20Rng::from_seed(seed));
        let below = move |n: u64| {
            let drawn = chance
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next_u64();
            drawn.checked_rem(n).unwrap_or(0)
        };
        let outside = Outside {
            http,
            time: Arc::new(VendorTime::new(clock)),
            chance: Arc::new(below),
            budget: Arc::new(SharedBudget::new(db, is_simulated, started_at, seed)),
            patience: Patience::default(),
        };
        Self {
            outside,
            is_simulated,
        }
    }

    /// For jobs, which may wait a little and are put back for longer waits.
    pub fn patient(&self) -> Outside {
        let mut outside = self.outside.clone();
        if self.is_simulated {
            // Simulated time may stand still: whoever must wait for it is put back instead.
            outside.patience.longest_wait = std::time::Duration::from_secs(2);
            outside.patience.first_pause = std::time::Duration::from_millis(10);
        }
        outside
    }

    /// For a person who waits for the answer.
    pub fn brief(&self) -> Outside {
        let mut outside = self.outside.clone();
        outside.patience = Patience::short();
        outside
    }
}
