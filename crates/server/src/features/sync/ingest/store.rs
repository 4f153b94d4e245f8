//! The statements that fill any of the vendor tables. Table and column names are constants of
//! `table.rs`; every value is bound.

use serde_json::json;
use uuid::Uuid;

use super::table::{Parts, Table};
use crate::db::{
    At, ConnectionId, DbError, Kind, OrgId, SyncRunId, Tx, Upsert, Value, dialect, sql_owned,
    upsert,
};

/// Whose records.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    pub org: OrgId,
    pub connection: ConnectionId,
    pub run: SyncRunId,
}

/// A record as it is stored.
#[derive(Debug, sqlx::FromRow)]
pub struct Known {
    pub external_id: String,
    pub id: Option<Uuid>,
    pub content_hash: Vec<u8>,
    pub removed_at: Option<At>,
}

/// Vendor ids as the one parameter that `dialect::is_asked_for` expands.
pub fn key_list<'k>(keys: impl Iterator<Item = &'k str>) -> String {
    json!(keys.collect::<Vec<_>>()).to_string()
}

pub async fn known(
    tx: &mut Tx,
    table: &Table,
    from: Source,
    keys: &str,
) -> Result<Vec<Known>, DbError> {
    let name = table.name();
    let id = if table.has_id {
        "id"
    } else {
        "cast(null as uuid)"
    };
    sql_owned(format!(
        "select external_id, {id} as id, content_hash, removed_at from {name} \
         where org_id = $1 and {}",
        dialect::is_asked_for(tx, name)
    ))
    .bind(from.org)
    .bind(from.connection)
    .bind(keys)
    .all(tx)
    .await
}

/// Marks unchanged rows as seen by this run, so that the sweep spares them.
pub async fn touch(tx: &mut Tx, table: &Table, from: Source, keys: &str) -> Result<u64, DbError> {
    let name = table.name();
    sql_owned(format!(
        "update {name} set seen_run = $4 where org_id = $1 and {}",
        dialect::is_asked_for(tx, name)
    ))
    .bind(from.org)
    .bind(from.connection)
    .bind(keys)
    .bind(from.run)
    .run(tx)
    .await
}

pub async fn delete_parts(
    tx: &mut Tx,
    table: &Table,
    parts: &Parts,
    from: Source,
    keys: &str,
) -> Result<(), DbError> {
    let (name, parent) = (table.name(), parts.parent);
    sql_owned(format!(
        "delete from {} where org_id = $1 and {parent} in \
         (select id from {name} where org_id = $1 and {})",
        parts.upsert.table,
        dialect::is_asked_for(tx, name)
    ))
    .bind(from.org)
    .bind(from.connection)
    .bind(keys)
    .run(tx)
    .await?;
    Ok(())
}

/// How many rows stand, and how many of them the run did not see.
pub async fn unseen(tx: &mut Tx, table: &Table, from: Source) -> Result<(i64, i64), DbError> {
    sql_owned(format!(
        "select count(*), cast(coalesce(sum(case when seen_run <> $3 then 1 else 0 end), 0) \
         as bigint) from {} \
         where org_id = $1 and connection_id = $2 and removed_at is null{}",
        table.name(),
        table.sweeps
    ))
    .bind(from.org)
    .bind(from.connection)
    .bind(from.run)
    .one(tx)
    .await
}

/// Takes for gone what the run did not see; their vendor ids and names.
pub async fn sweep(
    tx: &mut Tx,
    table: &Table,
    from: Source,
    now: At,
) -> Result<Vec<(String, String)>, DbError> {
    sql_owned(format!(
        "update {} set removed_at = $4 where org_id = $1 and connection_id = $2 \
         and seen_run <> $3 and removed_at is null{} returning external_id, {}",
        table.name(),
        table.sweeps,
        table.name_column
    ))
    .bind(from.org)
    .bind(from.connection)
    .bind(from.run)
    .bind(now)
    .all(tx)
    .await
}

static CHANGE: Upsert = Upsert {
    table: "sync_change",
    columns: &[
        ("org_id", Kind::Uuid),
        ("run_id", Kind::Uuid),
        ("stream", Kind::Text),
        ("external_id", Kind::Text),
        ("change", Kind::Text),
        ("name", Kind::Text),
    ],
    key: &["org_id", "run_id", "stream", "external_id"],
    update: &[],
    unless_equal: None,
};

/// One line of what changed in a run.
pub struct Change<'c> {
    pub key: &'c str,
    pub what: &'static str,
    pub name: &'c str,
}

pub async fn note_changes(
    tx: &mut Tx,
    from: Source,
    stream: &str,
    changes: &[Change<'_>],
) -> Result<(), DbError> {
    let row = |change: &Change<'_>| -> Vec<Value> {
        vec![
            from.org.into(),
            from.run.into(),
            stream.into(),
            change.key.into(),
            change.what.into(),
            change.name.into(),
        ]
    };
    upsert(tx, &CHANGE, changes.iter().map(row).collect()).await?;
    Ok(())
}
