//! Webhooks: what changed, told to the application.

use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use super::ledger::Change;

#[derive(Debug)]
pub struct Hooks {
    waiting: Mutex<Vec<(Uuid, Change)>>,
}

impl Hooks {
    pub fn new(_seed: u64) -> Self {
        Self {
            waiting: Mutex::default(),
        }
    }

    pub fn queue(&self, tenant: Uuid, changes: Vec<Change>) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.extend(changes.into_iter().map(|change| (tenant, change)));
    }
}
