//! The catalog from a CSV file: first what each row will do, then all of it or nothing.
//!
//! A row is an item by its code. What a row leaves empty stays as it is. The same file twice
//! changes nothing the second time.

mod amount;
mod columns;
mod plan;

use std::{collections::HashMap, fmt::Write as _};

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use columns::Columns;
use plan::Planner;

use super::{CatalogItem, record, store};
use crate::{
    app::App,
    db::{OrgId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    http::{Who, Window},
    sheet,
};

/// Larger files are for several sittings.
pub const MOST_ROWS: usize = 5_000;

/// A file and what its new items get where it says nothing.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = CatalogImportInput)]
pub struct ImportInput {
    /// The file: columns by name, or code, name, description, price, cost, tax in this order.
    pub text: String,
    /// Only say what each row would do.
    pub preview: bool,
    /// The tax code of new items without one.
    pub tax_type: String,
    /// The revenue account of new items without one.
    pub account_code: String,
    /// Of the preview: refuse if the rows would do something else by now.
    pub seen: Option<String>,
}

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CatalogImportAction)]
pub enum Action {
    Create,
    Update,
    /// The item is so already.
    Skip,
    /// Some cell is wrong.
    Wrong,
}

/// What a row changes of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CatalogImportChange)]
pub struct Changed {
    pub field: String,
    pub before: String,
    pub after: String,
}

/// A cell that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CatalogImportProblem)]
pub struct WrongCell {
    pub column: String,
    pub message: String,
}

/// A row of the file and what it does.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CatalogImportRow)]
pub struct Row {
    /// As an editor counts the lines of the file.
    pub line: u64,
    pub code: String,
    pub name: String,
    pub action: Action,
    pub changes: Vec<Changed>,
    pub wrong: Vec<WrongCell>,
    /// The item as it was, and as it will be.
    #[serde(skip)]
    before: Option<CatalogItem>,
    #[serde(skip)]
    after: Option<CatalogItem>,
}

/// What a file does to the catalog.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CatalogImport)]
pub struct Import {
    /// Whether the first line was read as names of columns.
    pub has_header: bool,
    /// Columns whose name means nothing here.
    pub ignored_columns: Vec<String>,
    pub rows: Vec<Row>,
    pub created: u64,
    pub updated: u64,
    pub skipped: u64,
    pub wrong: u64,
    /// What the rows do, in a word to come back with.
    pub seen: String,
    /// False for a preview.
    pub is_written: bool,
}

impl Import {
    fn count(&self, action: Action) -> u64 {
        let rows = self.rows.iter().filter(|row| row.action == action);
        u64::try_from(rows.count()).unwrap_or(u64::MAX)
    }
}

/// Reads a file and says what each of its rows does. Nothing is written.
///
/// # Errors
/// 422 for what is no CSV, has no rows or too many.
pub async fn preview(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &ImportInput,
) -> Result<Import, Fault> {
    let records = sheet::read(&input.text, MOST_ROWS)?;
    let Some(first) = records.first() else {
        return Err(no_rows());
    };
    let columns = Columns::of(first)?;
    let rows = records.get(usize::from(columns.has_header)..);
    let rows = rows.unwrap_or_default();
    match rows.len() {
        0 => return Err(no_rows()),
        1..=MOST_ROWS => {}
        _ => {
            let message = format!("at most {MOST_ROWS} rows at once, please");
            return Err(Fault::field("text", message));
        }
    }
    let mut planner = Planner {
        app,
        who,
        input,
        columns: &columns,
        known: known(tx, who.org).await?,
        seen: HashMap::new(),
    };
    let rows: Vec<Row> = rows.iter().map(|record| planner.row(record)).collect();
    let mut import = Import {
        has_header: columns.has_header,
        ignored_columns: columns.ignored.clone(),
        seen: digest(&rows),
        rows,
        created: 0,
        updated: 0,
        skipped: 0,
        wrong: 0,
        is_written: false,
    };
    import.created = import.count(Action::Create);
    import.updated = import.count(Action::Update);
    import.skipped = import.count(Action::Skip);
    import.wrong = import.count(Action::Wrong);
    Ok(import)
}

fn no_rows() -> Fault {
    Fault::field(
        "text",
        "there are no rows; each has a code, and a new item a name and a price besides",
    )
}

/// Codes are told apart without regard to case.
async fn known(tx: &mut Tx, org: OrgId) -> Result<HashMap<String, CatalogItem>, Fault> {
    let all = store::ItemFilter {
        pattern: None,
        status: None,
        meter: None,
    };
    let rows = store::items(tx, org, &all, &Window::everything("name")).await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| (row.item.code.to_lowercase(), row.item))
        .collect())
}

/// What the rows do, so that a confirmation is about what was looked at.
fn digest(rows: &[Row]) -> String {
    let mut hash = Sha256::new();
    for row in rows {
        hash.update(format!("{} {:?} {:?}", row.code, row.action, row.changes));
    }
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Writes what a file says, all of it or nothing.
///
/// # Errors
/// 422 that names every wrong cell by line and column; 409 when the rows would do something else
/// than what was looked at.
pub async fn import(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &ImportInput,
) -> Result<Import, Fault> {
    let mut import = preview(app, who, tx, input).await?;
    if import.wrong > 0 {
        return Err(wrong_cells(&import));
    }
    if input.seen.as_ref().is_some_and(|seen| *seen != import.seen) {
        return Err(Fault::conflict(
            "stale",
            "the catalog changed since you looked at the rows; look at them again",
        ));
    }
    for row in &import.rows {
        match (row.action, &row.before, &row.after) {
            (Action::Create, _, Some(after)) => {
                store::insert_item(tx, who.org, after, app.now()).await?;
                record(app, who, tx, "catalog_item.created", after.id, after).await?;
            }
            (Action::Update, Some(before), Some(after)) => {
                store::update_item(tx, who.org, before.version, after).await?;
                let detail = json!({ "before": before, "after": after });
                record(app, who, tx, "catalog_item.changed", after.id, &detail).await?;
            }
            _ => {}
        }
    }
    if import.created + import.updated > 0 {
        let act = Act {
            org: who.org,
            person: Some(who.person),
            action: "catalog.imported",
            subject_kind: "catalog",
            subject: None,
        };
        let detail = json!({ "created": import.created, "updated": import.updated });
        audit::record(app, tx, act, &detail).await?;
    }
    import.is_written = true;
    Ok(import)
}

fn wrong_cells(import: &Import) -> Fault {
    let cells = import.rows.iter().flat_map(|row| {
        let cells = row.wrong.iter();
        cells.map(|cell| {
            let place = format!("line {}, {}", row.line, cell.column);
            (place, cell.message.clone())
        })
    });
    Fault::Invalid {
        code: "wrong_rows",
        message: "nothing was written: correct the rows that are wrong first".to_owned(),
        fields: cells.collect(),
    }
}
