//! The ids of the outcome, and where each comes from.

use std::collections::HashMap;

use billing::{Id, Micro};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::db::{ConnectionId, Exact};

/// Where an [`Id`] of the outcome comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A client, item or contract line, by the MSP's own reference.
    Own(String),
    Company {
        name: String,
        external_id: String,
    },
    Product {
        name: String,
        external_id: String,
    },
    Subscription {
        external_id: String,
    },
    Snapshot {
        company: String,
    },
    Invoice {
        invoice: Uuid,
        line_no: i64,
    },
    Bill {
        bill: Uuid,
        line_no: i64,
    },
}

#[derive(Default)]
pub struct Names(HashMap<Id, Origin>);

impl Names {
    pub fn origin(&self, id: Id) -> Option<&Origin> {
        self.0.get(&id)
    }

    pub fn put(&mut self, id: Id, origin: Origin) {
        self.0.insert(id, origin);
    }
}

/// A vendor's record has no row id of its own; its connection and its vendor's id make one.
pub fn vendor_id(kind: &str, connection: ConnectionId, external_id: &str) -> Id {
    let mut hash = Sha256::new();
    hash.update(kind.as_bytes());
    hash.update(connection.0.as_bytes());
    hash.update(external_id.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let (half, _) = digest.split_first_chunk::<16>().unwrap_or((&[0; 16], &[]));
    Id(u128::from_be_bytes(*half))
}

pub fn row_id(parent: Uuid, line_no: i64) -> Id {
    Id(parent
        .as_u128()
        .wrapping_add(u128::from(line_no.unsigned_abs()) + 1))
}

pub fn id_of(uuid: Uuid) -> Id {
    Id(uuid.as_u128())
}

pub fn uuid_of(id: Id) -> Uuid {
    Uuid::from_u128(id.0)
}

pub fn micro(exact: Exact) -> Micro {
    Micro(exact.to_micros().unwrap_or(i64::MAX))
}
