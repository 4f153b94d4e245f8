//! What is stored serialised keeps its shape. `stored.txt` holds the shape of all JSON in the
//! database after every write of the API was made once: a line that changes there changes what
//! older databases hold, and needs a migration or a reader of both.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::world::World;
use crate::db::sql_owned;

const KNOWN: &str = include_str!("stored.txt");

/// Set by `cargo xtask generate`, which writes the file instead of comparing it.
const GENERATE: &str = "BILLINGONE_GENERATE";

/// Table, the column that tells kinds apart, and the column that holds JSON.
const STORED: [(&str, &str, &str); 17] = [
    ("organization", "''", "policy"),
    ("organization", "''", "settings"),
    ("job", "kind", "payload"),
    ("audit", "action", "detail"),
    ("connection", "vendor", "settings"),
    ("sync_run", "''", "broken"),
    ("sync_cursor", "''", "coalesce(cursor, 'null')"),
    ("credit_note", "''", "lines"),
    ("credit_note", "''", "allocations"),
    ("contract_line", "''", "quantity_rule"),
    ("contract_template", "''", "lines"),
    ("finding", "kind", "evidence"),
    ("finding_event", "kind", "detail"),
    ("generated_invoice", "''", "stops"),
    ("generated_invoice", "''", "holds"),
    ("generated_line", "charge_kind", "explanation"),
    ("one_off", "''", "explanation"),
];

pub async fn keeps_its_shape(world: &World) {
    let text = shapes(world).await;
    if std::env::var_os(GENERATE).is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/routes/tests/stored.txt");
        std::fs::write(file, &text).unwrap();
        return;
    }
    let (known, now): (BTreeSet<&str>, BTreeSet<&str>) =
        (KNOWN.lines().collect(), text.lines().collect());
    let lost: Vec<_> = known.difference(&now).collect();
    let new: Vec<_> = now.difference(&known).collect();
    assert!(
        lost.is_empty() && new.is_empty(),
        "what is stored has another shape; if older rows can still be read, \
         run `cargo xtask generate`\nwas {lost:#?}\nis {new:#?}"
    );
}

async fn shapes(world: &World) -> String {
    let mut tx = world.app.app.db.read(world.app.org).await.unwrap();
    let mut shapes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, kind, column) in STORED {
        let key = if table == "organization" {
            "id"
        } else {
            "org_id"
        };
        let text = format!("select {kind}, {column} from {table} where {key} = $1");
        let rows: Vec<(String, String)> = sql_owned(text)
            .bind(world.app.org)
            .all(&mut tx)
            .await
            .unwrap();
        for (kind, json) in rows {
            let value: Value = serde_json::from_str(&json).unwrap();
            let column = column
                .trim_start_matches("coalesce(")
                .split(',')
                .next()
                .unwrap();
            let name = format!("{table}.{column} {kind}");
            trace(
                &value,
                "",
                shapes.entry(name.trim_end().to_owned()).or_default(),
            );
        }
    }
    let line = |(name, parts): (String, BTreeSet<String>)| {
        parts
            .into_iter()
            .map(move |part| format!("{name}: {part}\n"))
    };
    shapes.into_iter().flat_map(line).collect()
}

/// Every leaf with its path and type.
fn trace(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    let leaf = |kind: &str| format!("{path} {kind}").trim_start().to_owned();
    match value {
        Value::Null => found.insert(leaf("null")),
        Value::Bool(_) => found.insert(leaf("bool")),
        Value::Number(_) => found.insert(leaf("number")),
        Value::String(_) => found.insert(leaf("string")),
        Value::Array(parts) => {
            if parts.is_empty() {
                found.insert(leaf("[]"));
            }
            for part in parts {
                trace(part, &format!("{path}[]"), found);
            }
            true
        }
        Value::Object(fields) => {
            if fields.is_empty() {
                found.insert(leaf("{}"));
            }
            for (name, part) in fields {
                trace(part, &format!("{path}.{name}"), found);
            }
            true
        }
    };
}
