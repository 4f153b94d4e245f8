//! Opening the database and beginning transactions.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{DbError, OrgId, Tx};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

#[derive(Debug, Clone)]
pub struct DbOptions {
    /// `sqlite:PATH` or `postgres://…`; on PostgreSQL the role that owns no table.
    pub url: String,
    /// PostgreSQL only: the role that owns the tables and migrates them; else `url`'s.
    pub owner_url: Option<String>,
    /// Upper bound of connections (SQLite: of readers; there is one writer).
    pub connections: u32,
}

#[derive(Clone)]
enum Pools {
    /// One writer, many readers: SQLite allows no more, and says BUSY to who tries.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

#[derive(Clone)]
pub struct Db {
    pools: Pools,
    options: DbOptions,
}

const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

impl Db {
    pub async fn connect(options: DbOptions) -> Result<Self, DbError> {
        let pools = match engine_of(&options.url) {
            Engine::Sqlite => open_sqlite(&options).await?,
            Engine::Postgres => Pools::Postgres(open_postgres(&options).await?),
        };
        Ok(Self { pools, options })
    }

    pub fn engine(&self) -> Engine {
        match self.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres(_) => Engine::Postgres,
        }
    }

    pub fn options(&self) -> &DbOptions {
        &self.options
    }

    /// The SQLite file, where there is one.
    pub fn sqlite_file(&self) -> Option<&Path> {
        self.options.url.strip_prefix("sqlite:").map(Path::new)
    }

    /// A snapshot in which one organization's rows can be read.
    pub async fn read(&self, org: OrgId) -> Result<Tx, DbError> {
        let mut tx = self.read_global().await?;
        tx.enter(org).await?;
        Ok(tx)
    }

    /// A transaction in which one organization's rows can be read and written.
    pub async fn write(&self, org: OrgId) -> Result<Tx, DbError> {
        let mut tx = self.write_global().await?;
        tx.enter(org).await?;
        Ok(tx)
    }

    /// A snapshot of the tables that belong to no tenant (people, sessions, jobs).
    pub async fn read_global(&self) -> Result<Tx, DbError> {
        Ok(match &self.pools {
            Pools::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Pools::Postgres(pool) => Tx::Postgres(
                pool.begin_with("begin isolation level repeatable read read only")
                    .await?,
            ),
        })
    }

    /// A write of the tables that belong to no tenant (people, sessions, jobs).
    pub async fn write_global(&self) -> Result<Tx, DbError> {
        Ok(match &self.pools {
            Pools::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("begin immediate").await?),
            Pools::Postgres(pool) => Tx::Postgres(
                pool.begin_with("begin isolation level serializable")
                    .await?,
            ),
        })
    }

    /// Closes every connection after the work on it has ended.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// Runs a statement that cannot stand inside a transaction (`vacuum into`).
    pub(super) async fn run_outside(&self, text: String) -> Result<(), DbError> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(readers).await?;
            }
            Pools::Postgres(pool) => {
                sqlx::raw_sql(AssertSqlSafe(text)).execute(pool).await?;
            }
        }
        Ok(())
    }
}

pub(super) fn engine_of(url: &str) -> Engine {
    if url.starts_with("sqlite:") {
        Engine::Sqlite
    } else {
        Engine::Postgres
    }
}

async fn open_sqlite(options: &DbOptions) -> Result<Pools, DbError> {
    let base = SqliteConnectOptions::from_str(&options.url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .statement_cache_capacity(400)
        // A list's rows pass from SQLite's thread to ours without one waiting for the other.
        .row_buffer_size(1024)
        .disable_statement_logging();
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        // On a full disk SQLite ends the transaction by itself, which the driver does not learn:
        // every later one would be refused. Such a connection makes way for a new one.
        .before_acquire(|connection, _| {
            let is_free = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_free) })
        })
        .connect_with(base.clone())
        .await?;
    let readers = SqlitePoolOptions::new()
        .max_connections(options.connections.max(1))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A file does not hang up between two uses.
        .test_before_acquire(false)
        .connect_with(base.read_only(true))
        .await?;
    Ok(Pools::Sqlite { writer, readers })
}

async fn open_postgres(options: &DbOptions) -> Result<PgPool, DbError> {
    let connect = PgConnectOptions::from_str(&options.url)?
        .application_name("billingone")
        .statement_cache_capacity(400)
        .disable_statement_logging();
    Ok(PgPoolOptions::new()
        .max_connections(options.connections.max(2))
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(connect)
        .await?)
}
