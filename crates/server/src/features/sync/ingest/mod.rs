//! Writing one page of vendor records: compared with what is stored, only differences written.

mod record;
mod store;
pub mod table;

use std::collections::HashMap;

use uuid::Uuid;

pub use record::{Record, Values};
use store::{Change, Known};
pub use store::{Source, key_list};
pub use table::Table;

use crate::{
    app::App,
    db::{At, DbError, Tx, Value, upsert},
};

/// What a page brought.
#[derive(Debug, Default, Clone, Copy)]
pub struct Tally {
    pub added: i64,
    pub changed: i64,
    pub removed: i64,
    /// How many of them were listed by name.
    pub listed: usize,
}

/// What is stored of a page's records.
pub struct Stored(HashMap<String, Known>);

/// How a record relates to what is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    Added,
    Changed,
    None,
}

impl Stored {
    pub async fn of(
        tx: &mut Tx,
        table: &Table,
        from: Source,
        records: &[Record],
    ) -> Result<Self, DbError> {
        let keys = key_list(records.iter().map(|record| record.key.as_str()));
        let known = store::known(tx, table, from, &keys).await?;
        Ok(Self(
            known
                .into_iter()
                .map(|row| (row.external_id.clone(), row))
                .collect(),
        ))
    }

    pub fn difference(&self, record: &Record) -> Difference {
        match self.0.get(&record.key) {
            None => Difference::Added,
            // What was gone and is back counts as added.
            Some(known) if known.removed_at.is_some() => Difference::Added,
            Some(known) if known.content_hash != record.hash() => Difference::Changed,
            Some(_) => Difference::None,
        }
    }

    fn id(&self, record: &Record) -> Option<Uuid> {
        self.0.get(&record.key).and_then(|known| known.id)
    }
}

/// How a page is written.
pub struct Page<'p> {
    pub table: &'static Table,
    pub stream: &'static str,
    pub records: &'p [Record],
    /// Vendor ids of elements that came but could not be read: they are not gone.
    pub broken: &'p [String],
    /// Whether rows are marked as seen, for a sweep at the end.
    pub marks: bool,
    /// How many more changes may be listed by name.
    pub room: usize,
}

/// Writes the differences of a page in the caller's transaction.
pub async fn write(
    app: &App,
    tx: &mut Tx,
    from: Source,
    page: &Page<'_>,
) -> Result<Tally, DbError> {
    let table = page.table;
    let stored = Stored::of(tx, table, from, page.records).await?;
    let mut tally = Tally::default();
    let (mut rows, mut parts, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    let (mut rewritten, mut unchanged) = (Vec::new(), Vec::new());
    for record in page.records {
        let difference = stored.difference(record);
        let change = match difference {
            Difference::Added => Some("added"),
            Difference::Changed => Some("changed"),
            Difference::None => None,
        };
        tally.added += i64::from(difference == Difference::Added);
        tally.changed += i64::from(difference == Difference::Changed);
        if let Some(change) = change
            && changes.len() < page.room
        {
            let (key, name) = (record.key.as_str(), record.name.as_str());
            changes.push(Change {
                key,
                what: change,
                name,
            });
        }
        if difference == Difference::None && !table.rewrites {
            unchanged.push(record.key.as_str());
            continue;
        }
        let known = stored.id(record);
        let id = known.unwrap_or_else(|| app.new_id());
        if known.is_some() {
            rewritten.push(record.key.as_str());
        }
        rows.push(row(table, from, id, record));
        if table.parts.is_some() {
            parts.extend(record.parts.iter().map(|part| part_row(from, id, part)));
        }
    }
    tally.listed = changes.len();
    if let Some(kind) = table.parts
        && !rewritten.is_empty()
    {
        let keys = key_list(rewritten.into_iter());
        store::delete_parts(tx, table, kind, from, &keys).await?;
    }
    upsert(tx, &table.upsert, rows).await?;
    if let Some(kind) = table.parts {
        upsert(tx, &kind.upsert, parts).await?;
    }
    let spared = unchanged
        .into_iter()
        .chain(page.broken.iter().map(String::as_str));
    let spared: Vec<&str> = spared.collect();
    if page.marks && !spared.is_empty() {
        store::touch(tx, table, from, &key_list(spared.into_iter())).await?;
    }
    store::note_changes(tx, from, page.stream, &changes).await?;
    Ok(tally)
}

fn row(table: &Table, from: Source, id: Uuid, record: &Record) -> Vec<Value> {
    let mut row: Vec<Value> = Vec::with_capacity(table.upsert.columns.len());
    row.push(from.org.into());
    if table.has_id {
        row.push(id.into());
    }
    row.push(from.connection.into());
    row.push(record.key.as_str().into());
    row.extend(record.values.iter().cloned());
    row.push(record.hash().into());
    row.push(from.run.into());
    row.push(Value::Int(None));
    row
}

fn part_row(from: Source, id: Uuid, part: &[Value]) -> Vec<Value> {
    let mut row: Vec<Value> = Vec::with_capacity(part.len() + 2);
    row.push(from.org.into());
    row.push(id.into());
    row.extend(part.iter().cloned());
    row
}

/// What the end of a full pass concludes.
pub enum Swept {
    Removed(Tally),
    /// So much is missing that the list itself is in doubt; nothing was taken for gone.
    Doubtful {
        standing: i64,
        missing: i64,
    },
}

/// Fewer rows than this may all vanish at once.
const FEW: i64 = 10;

/// Takes for gone what a complete pass did not see, unless that is most of it: a vendor's list
/// that suddenly is nearly empty is a fault far more often than the truth.
pub async fn sweep(
    tx: &mut Tx,
    table: &'static Table,
    stream: &'static str,
    from: Source,
    now: At,
    room: usize,
) -> Result<Swept, DbError> {
    let (standing, missing) = store::unseen(tx, table, from).await?;
    if missing > FEW && missing * 2 > standing {
        return Ok(Swept::Doubtful { standing, missing });
    }
    let mut tally = Tally::default();
    if missing > 0 {
        let gone = store::sweep(tx, table, from, now).await?;
        tally.removed = i64::try_from(gone.len()).unwrap_or(i64::MAX);
        let changes: Vec<Change<'_>> = gone
            .iter()
            .take(room)
            .map(|(key, name)| Change {
                key,
                what: "removed",
                name,
            })
            .collect();
        tally.listed = changes.len();
        store::note_changes(tx, from, stream, &changes).await?;
    }
    Ok(Swept::Removed(tally))
}
