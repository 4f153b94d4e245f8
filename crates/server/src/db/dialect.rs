//! The few statements whose text must differ between the engines, each with a name.

use super::{Db, DbError, Engine, Sql, Tx, sql};

/// Picks one of two texts with the same parameters and the same columns.
#[track_caller]
fn pair(tx: &Tx, sqlite: &'static str, postgres: &'static str) -> Sql {
    match tx.engine() {
        Engine::Sqlite => sql(sqlite),
        Engine::Postgres => sql(postgres),
    }
}

/// Leases the next due job. Parameters: now, lease end, lease owner.
///
/// PostgreSQL steps over rows that another worker is claiming; SQLite has one writer.
pub fn claim_job(tx: &Tx) -> Sql {
    pair(
        tx,
        "update job set state = 'running', lease_until = $2, lease_owner = $3, \
         attempts = attempts + 1, started_at = $1 \
         where id = (select id from job where state = 'queued' and run_at <= $1 \
           and (lane is null or lane not in \
             (select lane from job where state = 'running' and lane is not null)) \
           order by run_at, id limit 1) \
         returning id, kind, payload, attempts",
        "update job set state = 'running', lease_until = $2, lease_owner = $3, \
         attempts = attempts + 1, started_at = $1 \
         where id = (select id from job where state = 'queued' and run_at <= $1 \
           and (lane is null or lane not in \
             (select lane from job where state = 'running' and lane is not null)) \
           order by run_at, id limit 1 for update skip locked) \
         returning id, kind, payload, attempts",
    )
}

/// Expands a JSON array of text bound as `$n` into rows, for `… in (…)`.
///
/// Usage: `sql_owned(format!("… where id in ({})", text_list(tx, "$2")))`.
pub fn text_list(tx: &Tx, parameter: &str) -> String {
    match tx.engine() {
        Engine::Sqlite => format!("select value from json_each({parameter})"),
        Engine::Postgres => format!("select json_array_elements_text({parameter}::json)"),
    }
}

/// Writes a consistent copy of the database to a new file while others go on working.
///
/// # Errors
/// On PostgreSQL, where `pg_dump` is the tool for it.
pub async fn copy_to(db: &Db, path: &std::path::Path) -> Result<(), DbError> {
    let quoted = path.display().to_string().replace('\'', "''");
    db.run_outside(format!("vacuum into '{quoted}'")).await
}

/// Whether PostgreSQL's row security does not hold for the connected role; false on SQLite, which
/// has none.
pub async fn bypasses_row_security(db: &Db) -> Result<bool, DbError> {
    let mut tx = db.read_global().await?;
    pair(
        &tx,
        "select false",
        "select rolsuper or rolbypassrls from pg_roles where rolname = current_user",
    )
    .value(&mut tx)
    .await
}
