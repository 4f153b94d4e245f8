//! Both engines' migrations: the same steps, keyed by tenant, and never changed once released.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex_lite::Regex;
use sha2::{Digest, Sha256};

use super::text::pattern;
use super::tree::{File, Tree};
use super::{Rule, Violation};

static PAIRS: Rule = Rule {
    name: "migration-pair",
    why: "both engines go through the same steps, so that a database can be compared and moved",
    fix: "give both folders a file of the same name, NNNN_name.sql, numbered without a gap",
};

static TENANT_KEY: Rule = Rule {
    name: "tenant-key",
    why: "a key or index that does not begin with org_id can join or find another organization's \
          rows, and spreads one organization over the whole table",
    fix: "begin it with org_id; a table without a tenant goes into migrations/tenantless.txt",
};

static TENANT_WALL: Rule = Rule {
    name: "tenant-wall",
    why: "row-level security is the second wall behind org_id in every statement",
    fix: "add `select protect_tenant('TABLE');` after the table, in the PostgreSQL migration",
};

static CHANGED: Rule = Rule {
    name: "changed-migration",
    why: "a migration that was applied somewhere must stay what it was there",
    fix: "write a new migration; before the first release `cargo xtask generate` accepts the change",
};

const SQLITE: &str = "migrations/sqlite/";
const POSTGRES: &str = "migrations/postgres/";
const TENANTLESS: &str = "migrations/tenantless.txt";
pub const CHECKSUMS: &str = "migrations/CHECKSUMS";

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    pairs(tree, &mut found);
    let without = tenantless(tree);
    let names: BTreeSet<&str> = without.iter().map(|(_, name)| name.as_str()).collect();
    for file in tree.under(SQLITE).chain(tree.under(POSTGRES)) {
        tenant_keys(file, &names, &mut found);
    }
    let known = tables(tree);
    for (line, name) in without.iter().filter(|(_, name)| !known.contains(name)) {
        // The table of applied migrations is made by the program that applies them.
        if name != "schema_migration" {
            found.push(TENANT_KEY.broken(TENANTLESS, *line, format!("no table is called {name}")));
        }
    }
    unchanged(tree, &mut found);
    found
}

/// Every table that a migration creates.
pub fn tables(tree: &Tree) -> BTreeSet<String> {
    tree.under(SQLITE)
        .chain(tree.under(POSTGRES))
        .flat_map(|file| blocks(file).into_iter().map(|table| table.name))
        .collect()
}

/// The checked list of tables without a tenant, with its lines.
pub fn tenantless(tree: &Tree) -> Vec<(usize, String)> {
    let lines = tree.file(TENANTLESS).into_iter().flat_map(File::lines);
    lines
        .map(|(number, line)| (number, line.trim().to_owned()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

fn names(tree: &Tree, folder: &'static str) -> BTreeSet<String> {
    tree.under(folder)
        .filter_map(|file| file.path.strip_prefix(folder))
        .map(str::to_owned)
        .collect()
}

fn pairs(tree: &Tree, found: &mut Vec<Violation>) {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"^(\d{4})_[a-z0-9_]+\.sql$"));
    let (sqlite, postgres) = (names(tree, SQLITE), names(tree, POSTGRES));
    for name in sqlite.symmetric_difference(&postgres) {
        let folder = if sqlite.contains(name) {
            SQLITE
        } else {
            POSTGRES
        };
        let what = "has no counterpart for the other engine";
        found.push(PAIRS.broken(&format!("{folder}{name}"), 1, what));
    }
    for (index, name) in sqlite.iter().enumerate() {
        let number = NAME
            .as_ref()
            .and_then(|regex| regex.captures(name))
            .and_then(|captures| captures.get(1)?.as_str().parse().ok());
        if number != Some(index + 1) {
            let what = format!("is not named {:04}_name.sql", index + 1);
            found.push(PAIRS.broken(&format!("{SQLITE}{name}"), 1, what));
        }
    }
}

/// A `create table` statement: its columns and constraints, one a line.
struct Table<'a> {
    name: String,
    line: usize,
    body: Vec<(usize, &'a str)>,
}

fn blocks(file: &File) -> Vec<Table<'_>> {
    let mut tables: Vec<Table<'_>> = Vec::new();
    let mut inside = false;
    for (number, line) in file.lines() {
        let text = line.trim();
        if let Some(rest) = text.strip_prefix("create table ") {
            let rest = rest.trim_start_matches("if not exists ");
            let name = rest.split([' ', '(']).next().unwrap_or_default().to_owned();
            tables.push(Table {
                name,
                line: number,
                body: Vec::new(),
            });
            inside = true;
        } else if line.starts_with(')') {
            inside = false;
        } else if inside && let Some(table) = tables.last_mut() {
            table.body.push((number, text));
        }
    }
    tables
}

fn tenant_keys(file: &File, tenantless: &BTreeSet<&str>, found: &mut Vec<Violation>) {
    for table in blocks(file)
        .iter()
        .filter(|table| !tenantless.contains(table.name.as_str()))
    {
        let has_column = table
            .body
            .iter()
            .any(|(_, text)| text.starts_with("org_id ") && text.contains("not null"));
        if !has_column {
            let what = format!("table {} has no `org_id … not null`", table.name);
            found.push(TENANT_KEY.broken(&file.path, table.line, what));
        }
        for (line, text) in &table.body {
            if is_foreign_to_tenant(text) {
                found.push(TENANT_KEY.broken(&file.path, *line, format!("`{text}`")));
            }
        }
        if file.path.starts_with(POSTGRES)
            && !file
                .text
                .contains(&format!("protect_tenant('{}')", table.name))
        {
            let what = format!("table {} is not protected", table.name);
            found.push(TENANT_WALL.broken(&file.path, table.line, what));
        }
    }
    indexes(file, tenantless, found);
}

/// Whether a line of a table's body makes a key that does not begin with the tenant.
fn is_foreign_to_tenant(text: &str) -> bool {
    let of_table = ["primary key", "unique", "foreign key"]
        .iter()
        .find_map(|word| text.strip_prefix(word))
        .and_then(|rest| rest.trim_start().strip_prefix('('));
    if let Some(columns) = of_table {
        return !begins_with_tenant(columns);
    }
    let of_column = [" primary key", " unique", " references "]
        .iter()
        .any(|w| text.contains(w));
    of_column && !text.starts_with("--") && !text.starts_with("org_id ")
}

fn begins_with_tenant(columns: &str) -> bool {
    columns
        .split([',', ')'])
        .next()
        .is_some_and(|first| first.trim() == "org_id")
}

fn indexes(file: &File, tenantless: &BTreeSet<&str>, found: &mut Vec<Violation>) {
    static INDEX: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(r"create\s+(?:unique\s+)?index\s+(\w+)\s+on\s+(\w+)\s*(?:using\s+\w+\s*)?\(([^)]*)")
    });
    let Some(regex) = INDEX.as_ref() else { return };
    for (number, line) in file.lines() {
        let Some(captures) = regex.captures(line) else {
            continue;
        };
        let part = |index: usize| captures.get(index).map_or("", |part| part.as_str());
        if !tenantless.contains(part(2)) && !begins_with_tenant(part(3)) {
            let what = format!("index {} on {}", part(1), part(2));
            found.push(TENANT_KEY.broken(&file.path, number, what));
        }
    }
}

/// What `CHECKSUMS` should hold for the migrations as they are.
pub fn checksums(tree: &Tree) -> BTreeMap<String, String> {
    tree.under(SQLITE)
        .chain(tree.under(POSTGRES))
        .filter_map(|file| {
            let name = file.path.strip_prefix("migrations/")?.to_owned();
            Some((name, hex::encode(Sha256::digest(&file.text))))
        })
        .collect()
}

/// The form of `sha256sum`: sum, two spaces, name.
pub fn listing(checksums: &BTreeMap<String, String>) -> String {
    checksums.iter().fold(String::new(), |text, (name, sum)| {
        text + sum + "  " + name + "\n"
    })
}

fn unchanged(tree: &Tree, found: &mut Vec<Violation>) {
    let now = checksums(tree);
    let mut listed = BTreeSet::new();
    for (number, line) in tree.file(CHECKSUMS).into_iter().flat_map(File::lines) {
        let Some((sum, name)) = line.split_once("  ") else {
            continue;
        };
        listed.insert(name);
        match now.get(name) {
            Some(actual) if actual == sum => {}
            Some(_) => found.push(CHANGED.broken(CHECKSUMS, number, format!("{name} changed"))),
            None => found.push(CHANGED.broken(CHECKSUMS, number, format!("{name} is gone"))),
        }
    }
    for name in now.keys().filter(|name| !listed.contains(name.as_str())) {
        let what = format!("{name} is not listed; run `cargo xtask generate`");
        found.push(CHANGED.broken(CHECKSUMS, 1, what));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    const GOOD: &str = "create table client (\n  org_id blob not null references organization (id),\n  \
        id blob not null,\n  primary key (org_id, id),\n  foreign key (org_id, id) references x (org_id, id)\n);\n\
        create index client_by_name on client (org_id, id);\n";

    /// Violations of everything but checksums, which have their own test.
    fn judged<const N: usize>(files: [(&str, &str); N]) -> Vec<String> {
        let mut list = brief(&check(&sample(files)));
        list.retain(|line| !line.ends_with("changed-migration"));
        list
    }

    #[test]
    fn a_good_pair_passes() {
        let protected = format!("{GOOD}select protect_tenant('client');\n");
        assert_eq!(
            judged([
                ("migrations/sqlite/0001_a.sql", GOOD),
                ("migrations/postgres/0001_a.sql", &protected),
            ]),
            [""; 0]
        );
    }

    #[test]
    fn a_missing_twin_and_a_gap_are_found() {
        assert_eq!(
            judged([
                ("migrations/sqlite/0002_a.sql", ""),
                ("migrations/postgres/0001_b.sql", "")
            ]),
            [
                "migrations/postgres/0001_b.sql:1 migration-pair",
                "migrations/sqlite/0002_a.sql:1 migration-pair",
                "migrations/sqlite/0002_a.sql:1 migration-pair",
            ]
        );
    }

    #[test]
    fn keys_without_the_tenant_are_found() {
        let bad = "create table line (\n  id blob primary key,\n  org_id blob not null,\n  \
            unique (name),\n  foreign key (client_id) references client (id)\n) strict;\n\
            create unique index line_name on line (name) where name is not null;\n";
        assert_eq!(
            judged([
                ("migrations/sqlite/0001_a.sql", bad),
                (
                    "migrations/postgres/0001_a.sql",
                    "create table line (\n  org_id uuid not null\n);"
                ),
            ]),
            [
                "migrations/sqlite/0001_a.sql:2 tenant-key",
                "migrations/sqlite/0001_a.sql:4 tenant-key",
                "migrations/sqlite/0001_a.sql:5 tenant-key",
                "migrations/sqlite/0001_a.sql:7 tenant-key",
                "migrations/postgres/0001_a.sql:1 tenant-wall",
            ]
        );
    }

    #[test]
    fn the_list_of_tables_without_a_tenant_names_tables() {
        let table = "create table job (\n  id blob primary key\n);\n";
        assert_eq!(
            judged([
                ("migrations/sqlite/0001_a.sql", table),
                ("migrations/postgres/0001_a.sql", table),
                ("migrations/tenantless.txt", "# none\njob\ngone\n"),
            ]),
            ["migrations/tenantless.txt:3 tenant-key"]
        );
    }

    #[test]
    fn a_changed_migration_is_found() {
        let files = [
            ("migrations/sqlite/0001_a.sql", "a"),
            ("migrations/postgres/0001_a.sql", "b"),
        ];
        let list = listing(&checksums(&sample(files)));
        let with = |sqlite: &str, list: &str| {
            let [_, postgres] = files;
            let first = ("migrations/sqlite/0001_a.sql", sqlite);
            brief(&check(&sample([first, postgres, (CHECKSUMS, list)])))
        };
        assert_eq!(with("a", &list), [""; 0]);
        assert_eq!(
            with("changed", &list),
            ["migrations/CHECKSUMS:2 changed-migration"]
        );
        assert_eq!(with("a", "").len(), 2);
    }
}
