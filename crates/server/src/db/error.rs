//! What can go wrong in storage, as far as callers can act on it.

use std::{future::Future, time::Duration};

#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("the row is not there")]
    NotFound,
    /// Somebody else changed the row since it was read.
    #[error("the row was changed in the meantime")]
    Stale,
    /// Serialisation failure or a busy writer: the whole use case may be run again.
    #[error("another transaction got in between")]
    Contended(#[source] sqlx::Error),
    #[error("a row with the same key is already there ({constraint})")]
    Duplicate { constraint: String },
    #[error("the disk is full or the database cannot be written")]
    Full(#[source] sqlx::Error),
    /// PostgreSQL keeps no text with a NUL in it.
    #[error("a text holds a character that cannot be stored")]
    NotText(#[source] sqlx::Error),
    #[error("the database is at version {found}, this program knows {known}: {advice}")]
    Version {
        found: i64,
        known: i64,
        advice: &'static str,
    },
    #[error("the database refused a statement")]
    Sqlx(#[source] sqlx::Error),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::RowNotFound) {
            return Self::NotFound;
        }
        let Some(database) = error.as_database_error() else {
            return Self::Sqlx(error);
        };
        if database.is_unique_violation() {
            let constraint = database.constraint().unwrap_or_else(|| database.message());
            return Self::Duplicate {
                constraint: constraint.to_owned(),
            };
        }
        match database.code().as_deref() {
            // PostgreSQL: serialization_failure, deadlock_detected. SQLite: BUSY and its kin.
            Some("40001" | "40P01" | "5" | "261" | "517") => Self::Contended(error),
            // PostgreSQL: disk_full. SQLite: FULL, READONLY, IOERR.
            Some("53100" | "13" | "8" | "10" | "778") => Self::Full(error),
            // PostgreSQL: character_not_in_repertoire.
            Some("22021") => Self::NotText(error),
            _ => Self::Sqlx(error),
        }
    }
}

/// An error of a use case that may wrap a storage error.
pub trait Contention {
    /// True when running the whole use case again may succeed.
    fn is_contention(&self) -> bool;
}

impl Contention for DbError {
    fn is_contention(&self) -> bool {
        matches!(self, Self::Contended(_))
    }
}

impl Contention for anyhow::Error {
    fn is_contention(&self) -> bool {
        self.chain().any(|cause| {
            cause
                .downcast_ref::<DbError>()
                .is_some_and(DbError::is_contention)
        })
    }
}

const REPLAYS: u32 = 8;

/// The waits before a contended use case runs again: 5 ms, doubling, 0.6 s together.
///
/// Without them all replays can end before the transaction that got in between has.
pub fn replay_waits() -> impl Iterator<Item = Duration> {
    (0..REPLAYS - 1).map(|replay| Duration::from_millis(5 << replay))
}

/// Runs a use case, and runs it again when another transaction got in between.
///
/// The use case must begin and commit its own transaction, so that a replay starts afresh.
pub async fn replay<T, E, F>(mut use_case: impl FnMut() -> F) -> Result<T, E>
where
    E: Contention,
    F: Future<Output = Result<T, E>>,
{
    for wait in replay_waits() {
        match use_case().await {
            Err(error) if error.is_contention() => tokio::time::sleep(wait).await,
            settled => return settled,
        }
    }
    use_case().await
}
