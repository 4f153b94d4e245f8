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
pub struct Names {
    known: HashMap<Id, Origin>,
    /// Lines of invoices and bills, by far the most ids and hardly ever asked for: one after
    /// another, and in order once all are known.
    lines: Vec<DocumentLine>,
}

/// Its document follows from the id; see [`row_id`].
struct DocumentLine {
    id: Id,
    line_no: i32,
    document: Document,
}

#[derive(Clone, Copy)]
pub enum Document {
    Invoice,
    Bill,
}

impl Names {
    pub fn origin(&self, id: Id) -> Option<Origin> {
        let line = self.lines.binary_search_by_key(&id, |line| line.id);
        match line.ok().and_then(|at| self.lines.get(at)) {
            Some(line) => Some(line.origin()),
            None => self.known.get(&id).cloned(),
        }
    }

    pub fn put(&mut self, id: Id, origin: Origin) {
        self.known.insert(id, origin);
    }

    /// Names a line of a document; its id.
    pub fn put_line(&mut self, document: Document, parent: Uuid, line_no: i64) -> Id {
        let id = row_id(parent, line_no);
        self.lines.push(DocumentLine {
            id,
            line_no: i32::try_from(line_no).unwrap_or(i32::MAX),
            document,
        });
        id
    }

    /// To be called when all are known and before the first is asked for.
    pub fn put_in_order(&mut self) {
        self.lines.sort_unstable_by_key(|line| line.id);
    }
}

impl DocumentLine {
    fn origin(&self) -> Origin {
        let line_no = i64::from(self.line_no);
        let parent = Uuid::from_u128(self.id.0.wrapping_sub(distance(line_no)));
        match self.document {
            Document::Invoice => Origin::Invoice {
                invoice: parent,
                line_no,
            },
            Document::Bill => Origin::Bill {
                bill: parent,
                line_no,
            },
        }
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

/// A line of a document has no row id of its own; its number after its document's makes one.
fn row_id(parent: Uuid, line_no: i64) -> Id {
    Id(parent.as_u128().wrapping_add(distance(line_no)))
}

fn distance(line_no: i64) -> u128 {
    u128::from(line_no.unsigned_abs()) + 1
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
