//! Every statement of the product is executed on both engines in some test, and whoever asks for
//! rows has read one: a column that is not there or has another type fails here and not at a
//! customer's.
//!
//! Debug builds of the product note what they run (`crates/server/src/db/witness.rs`): the engine,
//! what was seen, and the place in the source, or for bulk writes the table. The tables of a sync
//! are filled by one macro; that none stays empty is a test of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::count::Count;
use crate::checkout::Checkout;
use crate::tidy::{At, Facts, Tree};

const SOURCE: &str = "crates/server/src/";
const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// Bulk writes are made here from shapes, which are known by their tables.
const BULK: &str = "crates/server/src/db/bulk.rs";

/// SQLite has no row-level security that would have to be told anything.
const OF_POSTGRES: &str = "crates/server/src/db/tx.rs";

/// The functions that make a statement; `#[track_caller]` functions that call them do too.
const MAKERS: [&str; 2] = ["sql", "sql_owned"];

/// The folder in which a run's processes leave their notes.
pub struct Witnessed {
    folder: PathBuf,
}

impl Witnessed {
    pub fn prepare(checkout: &Checkout) -> Result<Self> {
        let folder = checkout.target().join("statements");
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Names every statement that no test executed, or of which no row was ever read.
    pub fn compare(&self, checkout: &Checkout) -> Result<Count> {
        let notes = self.notes()?;
        let places = places(&Tree::read(checkout)?);
        let missing: Vec<String> = places
            .iter()
            .flat_map(|place| ENGINES.map(|engine| (place, engine)))
            .filter(|(place, engine)| *engine != "sqlite" || !place.starts_with(OF_POSTGRES))
            .filter_map(|(place, engine)| missing(&notes, place, engine))
            .collect();
        for line in &missing {
            println!("{line}");
        }
        println!(
            "{} statements, {} missing in tests",
            places.len(),
            missing.len()
        );
        Ok(Count::of(missing.is_empty()))
    }

    fn notes(&self) -> Result<BTreeSet<String>> {
        let mut notes = BTreeSet::new();
        for file in std::fs::read_dir(&self.folder)? {
            let text = std::fs::read_to_string(file?.path())?;
            notes.extend(text.lines().map(str::to_owned));
        }
        Ok(notes)
    }
}

/// `path:line` of each statement, and the table of each bulk write.
fn places(tree: &Tree) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for file in tree.under(SOURCE).filter(|file| file.path != BULK) {
        let Some(facts) = &file.facts else { continue };
        let path = &file.path;
        places.extend(statements(facts).map(|line| format!("{path}:{line}")));
        let upserts = facts.upserts.iter().filter(|upsert| !upsert.in_test);
        places.extend(upserts.map(|upsert| upsert.what.table.clone()));
    }
    places
}

/// The lines on which a file makes a statement.
fn statements(facts: &Facts) -> impl Iterator<Item = usize> {
    let makes = |call: &&At<_>| !call.in_test && makes_statement(facts, &call.what);
    facts.calls.iter().filter(makes).map(|call| call.line)
}

fn makes_statement(facts: &Facts, call: &crate::tidy::Call) -> bool {
    let is_maker = MAKERS.contains(&call.name.as_str()) || facts.tracked.contains(&call.name);
    is_maker && !call.in_tracked
}

/// What to say of a statement on an engine, unless all was seen of it.
fn missing(notes: &BTreeSet<String>, place: &str, engine: &str) -> Option<String> {
    let seen = |what: &str| notes.contains(&format!("{engine} {what} {place}"));
    if seen("decoded") || (seen("run") && !seen("asked")) {
        return None;
    }
    let what = if seen("asked") {
        "no row was ever read"
    } else {
        "never executed"
    };
    Some(format!("{place}: {what} on {engine}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places_of(rust: &str) -> Vec<String> {
        let files = [(format!("{SOURCE}db/dialect.rs"), rust.to_owned())];
        places(&Tree::of(files)).into_iter().collect()
    }

    #[test]
    fn a_statement_stands_where_it_is_made() {
        let rust = "fn f() {\n sql(\"select 1\");\n crate::db::sql_owned(text)\n  .bind(1);\n say();\n}\n\
            #[cfg(test)]\nmod tests { fn g() { sql(\"select 2\"); } }";
        let path = format!("{SOURCE}db/dialect.rs");
        assert_eq!(places_of(rust), [2, 3].map(|line| format!("{path}:{line}")));
    }

    #[test]
    fn a_function_that_tracks_its_caller_is_not_the_place() {
        let rust = "#[track_caller]\nfn pair() {\n sql(\"select 1\");\n}\nfn f() {\n pair();\n}";
        assert_eq!(places_of(rust), [format!("{SOURCE}db/dialect.rs:6")]);
    }

    #[test]
    fn a_bulk_write_is_known_by_its_table() {
        let rust = "const A: Upsert = Upsert { table: \"client\", key: &[\"org_id\"] };";
        assert_eq!(places_of(rust), ["client"]);
    }

    #[test]
    fn rows_that_were_asked_for_must_have_been_read() {
        let notes = [
            "sqlite asked a.rs:1",
            "sqlite run b.rs:1",
            "postgres asked c.rs:1",
            "postgres decoded c.rs:1",
        ];
        let notes = notes.map(str::to_owned).into();
        let of = |place, engine| missing(&notes, place, engine);
        assert_eq!(
            of("a.rs:1", "sqlite").unwrap(),
            "a.rs:1: no row was ever read on sqlite"
        );
        assert_eq!(of("b.rs:1", "sqlite"), None);
        assert_eq!(
            of("b.rs:1", "postgres").unwrap(),
            "b.rs:1: never executed on postgres"
        );
        assert_eq!(of("c.rs:1", "postgres"), None);
    }
}
