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

/// The condition, behind `org_id = $1 and`, that a row of a vendor's table is one of those asked
/// for. Parameters: `$1` the organization, `$2` the connection, `$3` the vendor's ids as a JSON
/// array.
///
/// PostgreSQL is led through the unique index, id by id: to find the first row at or after an id
/// needs the order that no other index has. Asked the plain way it goes by its statistics, and
/// while they know nothing of a new table or connection, every page of a first sync reads all the
/// rows that came before it.
pub fn is_asked_for(tx: &Tx, table: &str) -> String {
    match tx.engine() {
        Engine::Sqlite => {
            "connection_id = $2 and external_id in (select value from json_each($3))".to_owned()
        }
        Engine::Postgres => format!(
            "ctid = any(array(select next.place \
               from json_array_elements_text($3::json) as asked(id) \
               cross join lateral (select ctid as place, external_id as id from {table} \
                 where org_id = $1 and connection_id = $2 and external_id >= asked.id \
                 order by external_id limit 1) as next \
               where next.id = asked.id))"
        ),
    }
}

/// The columns of a table in their order, and whether each holds bytes. Parameter: the table.
pub fn columns(tx: &Tx) -> Sql {
    pair(
        tx,
        "select name, lower(type) = 'blob' as is_bytes from pragma_table_info($1) order by cid",
        "select column_name::text as name, data_type in ('uuid', 'bytea') as is_bytes \
         from information_schema.columns \
         where table_schema = 'public' and table_name::text = $1 order by ordinal_position",
    )
}

/// An expression: a row's columns as one JSON object, ids as the hexadecimal digits they have
/// outside.
pub fn json_object(tx: &Tx, columns: &[(String, bool)]) -> String {
    let (object, end) = match tx.engine() {
        Engine::Sqlite => ("json_object", ""),
        Engine::Postgres => ("json_build_object", "::text"),
    };
    let parts: Vec<String> = columns
        .iter()
        .map(|(name, is_bytes)| match (is_bytes, tx.engine()) {
            (false, _) => format!("'{name}', \"{name}\""),
            // An id that is not there is null, not empty.
            (true, Engine::Sqlite) => format!("'{name}', lower(nullif(hex(\"{name}\"), ''))"),
            (true, Engine::Postgres) => {
                format!("'{name}', replace(\"{name}\"::text, '-', '')")
            }
        })
        .collect();
    format!("{object}({}){end}", parts.join(", "))
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
