//! One transaction on whichever engine runs. Dropped without `commit`, it rolls back.

use sqlx::{Postgres, Sqlite, Transaction};

use super::{DbError, Engine, OrgId, sql};

pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    pub fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    /// From here on one organization's rows can be read, and written where the transaction writes.
    pub async fn enter(&mut self, org: OrgId) -> Result<(), DbError> {
        // SQLite has no row-level security; there the tenant in every statement has to do.
        if self.engine() == Engine::Postgres {
            let id = org.0.to_string();
            sql("select set_config('billingone.org', $1, true)")
                .bind(id)
                .value::<String>(self)
                .await?;
        }
        Ok(())
    }

    /// Makes everything written in this transaction lasting, all or nothing.
    ///
    /// # Errors
    /// [`DbError::Contended`] when PostgreSQL finds only now that another transaction got in
    /// between; nothing was written then.
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub async fn rollback(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Postgres(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}
