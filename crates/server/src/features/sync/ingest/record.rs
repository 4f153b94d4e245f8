//! One vendor record, ready to be compared and written.

use sha2::{Digest as _, Sha256};

use super::table::{Table, own_columns};
use crate::db::{Bind, Value};

/// A record in the order of its table's columns.
#[derive(Debug, Clone)]
pub struct Record {
    /// The vendor's id.
    pub key: String,
    /// What a person knows it by.
    pub name: String,
    pub values: Vec<Value>,
    /// Its parts, without organization and record id.
    pub parts: Vec<Vec<Value>>,
    hash: [u8; 32],
}

impl Record {
    /// `unhashed` values at the end are kept but do not make the record a changed one.
    pub fn new(
        table: &Table,
        key: String,
        name: String,
        values: Values,
        unhashed: usize,
        parts: Vec<Vec<Value>>,
    ) -> Self {
        let values = values.0;
        debug_assert_eq!(values.len(), own_columns(table).count(), "{}", table.name());
        debug_assert!(
            values
                .iter()
                .zip(own_columns(table))
                .all(|(v, c)| v.kind() == c.1)
        );
        let mut hasher = Sha256::new();
        let hashed = values.len().saturating_sub(unhashed);
        values
            .iter()
            .take(hashed)
            .for_each(|v| feed(&mut hasher, v));
        for part in &parts {
            hasher.update([0xff]);
            for value in part {
                feed(&mut hasher, value);
            }
        }
        Self {
            key,
            name,
            values,
            parts,
            hash: hasher.finalize().into(),
        }
    }

    pub fn hash(&self) -> &[u8] {
        &self.hash
    }

    /// Makes the record differ from what it will be next time, so that it is read again then.
    pub fn mark_incomplete(&mut self) {
        self.hash = Sha256::digest([self.hash.as_slice(), b"incomplete"].concat()).into();
    }
}

/// Values in column order: `Values::of(4).and(name).and(quantity)…`.
pub struct Values(Vec<Value>);

impl Values {
    pub fn of(columns: usize) -> Self {
        Self(Vec::with_capacity(columns))
    }

    #[must_use]
    pub fn and(mut self, value: impl Bind) -> Self {
        self.0.push(value.into_value());
        self
    }

    pub fn row(self) -> Vec<Value> {
        self.0
    }
}

/// Length and kind go before the content, so that no two rows feed the same bytes.
fn feed(hasher: &mut Sha256, value: &Value) {
    let mut with = |kind: u8, bytes: &[u8]| {
        hasher.update([kind]);
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    match value {
        Value::Int(Some(v)) => with(1, &v.to_le_bytes()),
        Value::Text(Some(v)) => with(2, v.as_bytes()),
        Value::Bool(Some(v)) => with(3, &[u8::from(*v)]),
        Value::Uuid(Some(v)) => with(4, v.as_bytes()),
        Value::Bytes(Some(v)) => with(5, v),
        Value::Int(None)
        | Value::Text(None)
        | Value::Bool(None)
        | Value::Uuid(None)
        | Value::Bytes(None) => {
            with(0, &[]);
        }
    }
}
