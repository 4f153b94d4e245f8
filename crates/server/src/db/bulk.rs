//! Many rows at once: multi-row `values` on SQLite, `unnest` on PostgreSQL.

use std::fmt::Write as _;

use sqlx::{AssertSqlSafe, Postgres, Transaction};

use super::{DbError, Kind, Tx, Value, sql_owned, witness::note_bulk};

/// A column of a bulk write and its type.
pub type Column = (&'static str, Kind);

/// Insert, or update what is there already under the same key.
pub struct Upsert {
    pub table: &'static str,
    pub columns: &'static [Column],
    pub key: &'static [&'static str],
    /// Columns to overwrite; empty means that a row already there stays as it is.
    pub update: &'static [&'static str],
    /// Overwrite only where this column differs (a content hash), so that what did not
    /// change is not written.
    pub unless_equal: Option<&'static str>,
}

/// SQLite allows 32,766 parameters a statement; fewer rows keep parsing cheap.
const ROWS_PER_STATEMENT: usize = 64;

/// Writes all rows; the number inserted or changed.
pub async fn upsert(tx: &mut Tx, shape: &Upsert, rows: Vec<Vec<Value>>) -> Result<u64, DbError> {
    if rows.is_empty() {
        return Ok(0);
    }
    note_bulk(tx.engine(), shape.table);
    debug_assert!(rows.iter().all(|row| row.len() == shape.columns.len()));
    if let Tx::Postgres(tx) = tx {
        return upsert_unnest(tx, shape, rows).await;
    }
    let mut written = 0;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let chunk: Vec<Vec<Value>> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
        let text = format!(
            "{} values {}{}",
            insert(shape),
            tuples(shape, chunk.len()),
            tail(shape)
        );
        written += sql_owned(text)
            .bind_all(chunk.into_iter().flatten())
            .run(tx)
            .await?;
    }
    Ok(written)
}

fn insert(shape: &Upsert) -> String {
    let names: Vec<&str> = shape.columns.iter().map(|column| column.0).collect();
    format!("insert into {} ({})", shape.table, names.join(", "))
}

/// Parameters without a number: SQLite looks a numbered one up by its name, through a list of all
/// of them, each time it is bound.
fn tuples(shape: &Upsert, rows: usize) -> String {
    let tuple = format!("({})", vec!["?"; shape.columns.len()].join(", "));
    vec![tuple.as_str(); rows].join(", ")
}

fn tail(shape: &Upsert) -> String {
    let mut text = format!(" on conflict ({}) do ", shape.key.join(", "));
    if shape.update.is_empty() {
        text.push_str("nothing");
        return text;
    }
    let sets: Vec<String> = shape
        .update
        .iter()
        .map(|c| format!("{c} = excluded.{c}"))
        .collect();
    let _ = write!(text, "update set {}", sets.join(", "));
    if let Some(column) = shape.unless_equal {
        let table = shape.table;
        let _ = write!(
            text,
            " where {table}.{column} is distinct from excluded.{column}"
        );
    }
    text
}

async fn upsert_unnest(
    tx: &mut Transaction<'static, Postgres>,
    shape: &Upsert,
    rows: Vec<Vec<Value>>,
) -> Result<u64, DbError> {
    let arrays: Vec<String> = shape
        .columns
        .iter()
        .enumerate()
        .map(|(i, (_, kind))| format!("${}::{}[]", i + 1, postgres_type(*kind)))
        .collect();
    let text = format!(
        "{} select * from unnest({}){}",
        insert(shape),
        arrays.join(", "),
        tail(shape)
    );
    let mut columns: Vec<Vec<Value>> = shape
        .columns
        .iter()
        .map(|_| Vec::with_capacity(rows.len()))
        .collect();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let mut query = sqlx::query(AssertSqlSafe(text));
    for (column, (_, kind)) in columns.into_iter().zip(shape.columns) {
        query = match kind {
            Kind::Int => query.bind(pick(
                column,
                |v| if let Value::Int(v) = v { v } else { None },
            )),
            Kind::Text => query.bind(pick(
                column,
                |v| if let Value::Text(v) = v { v } else { None },
            )),
            Kind::Bool => query.bind(pick(
                column,
                |v| if let Value::Bool(v) = v { v } else { None },
            )),
            Kind::Uuid => query.bind(pick(
                column,
                |v| if let Value::Uuid(v) = v { v } else { None },
            )),
            Kind::Bytes => query.bind(pick(
                column,
                |v| if let Value::Bytes(v) = v { v } else { None },
            )),
        };
    }
    Ok(query.execute(&mut **tx).await?.rows_affected())
}

fn pick<T>(column: Vec<Value>, take: fn(Value) -> Option<T>) -> Vec<Option<T>> {
    column.into_iter().map(take).collect()
}

fn postgres_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint",
        Kind::Text => "text",
        Kind::Bool => "boolean",
        Kind::Uuid => "uuid",
        Kind::Bytes => "bytea",
    }
}
