//! The only code that knows which database engine runs below.
//!
//! Everything else writes one SQL text with `$1` parameters and calls
//! [`sql`]`(…).bind(…).all::<Row>(&mut tx)`. Every statement runs inside a transaction: a read
//! sees one snapshot, a write is `begin immediate` on SQLite and `serializable` on PostgreSQL.
//! A tenant's tables are reached only through [`Db::read`] and [`Db::write`], which tell
//! PostgreSQL's row-level security whose rows may be seen.

mod bulk;
mod connect;
pub mod dialect;
mod error;
mod ids;
mod migrate;
mod sql;
#[cfg(test)]
mod tests;
mod tx;
mod types;
mod value;
mod witness;

pub use bulk::{Column, Upsert, upsert};
pub use connect::{Db, DbOptions, Engine};
pub use error::{Contention, DbError, replay, replay_waits};
pub use ids::*;
pub use migrate::{Migration, migrate, migrations, pending};
pub use sql::{Row, Sql, sql, sql_owned};
pub use tx::Tx;
pub use types::{At, Day, Exact};
pub use value::{Bind, Kind, Value};
