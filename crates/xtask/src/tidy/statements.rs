//! Every statement that touches a tenant's table names the tenant.
//!
//! PostgreSQL's row-level security is the second wall; SQLite has only this one.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::migrations::{tables, tenantless};
use super::tree::Tree;
use super::{Rule, Violation, text::pattern};

static UNNAMED_TENANT: Rule = Rule {
    name: "unnamed-tenant",
    why: "a statement that forgets org_id shows or changes another organization's rows",
    fix: "name org_id once for each tenant's table: in `where`, in the join's `using` or `on`, or \
          among the columns inserted; a table without a tenant goes into migrations/tenantless.txt",
};

static UPSERT_KEY: Rule = Rule {
    name: "upsert-key",
    why: "a bulk write whose key does not begin with org_id could overwrite another \
          organization's row",
    fix: "begin the key with \"org_id\", as the table's primary key does",
};

pub fn check(tree: &Tree) -> Vec<Violation> {
    let tenantless: BTreeSet<String> = tenantless(tree).into_iter().map(|(_, name)| name).collect();
    let tenants: BTreeSet<String> = tables(tree)
        .into_iter()
        .filter(|table| !tenantless.contains(table))
        .collect();
    let mut found = Vec::new();
    for file in tree.under("crates/server/src/") {
        let Some(facts) = &file.facts else { continue };
        for literal in facts
            .literals
            .iter()
            .filter(|at| !at.in_test && is_sql(&at.what))
        {
            let touched = touched(&literal.what, &tenants);
            let named = literal.what.matches("org_id").count();
            if named < touched.len() {
                let what = format!(
                    "touches {} and names org_id {named} of {} times",
                    touched.join(", "),
                    touched.len()
                );
                found.push(UNNAMED_TENANT.broken(&file.path, literal.line, what));
            }
        }
        for upsert in &facts.upserts {
            if tenants.contains(&upsert.what.table) && upsert.what.key_begins_with != "org_id" {
                let what = format!("the key for {}", upsert.what.table);
                found.push(UPSERT_KEY.broken(&file.path, upsert.line, what));
            }
        }
    }
    found
}

/// Whether a text is a statement or a part of one, and not a sentence for people.
pub fn is_sql(text: &str) -> bool {
    static WHOLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"^\s*(select\s[\s\S]*\sfrom\s|select\s+\w+\(|insert\s+into\s|update\s+\w+(\s+as\s+\w+|\s+\w+)?\s+set\s|delete\s+from\s|with\s+(recursive\s+)?\w+\s*(\([^)]*\))?\s+as\s*\()",
        )
    });
    // A sentence has "from" and "on" too; SQL goes on with a condition.
    static PART: LazyLock<Option<Regex>> = LazyLock::new(|| {
        pattern(
            r"\b(from|join)\s+\w+[\s\S]*(\s(where|on)\s+\(?[\w.]+\s*(=|<|>|in\b|is\b|like\b|not\b)|\susing\s*\(|\$\d)",
        )
    });
    let matches =
        |regex: &LazyLock<Option<Regex>>| regex.as_ref().is_some_and(|regex| regex.is_match(text));
    matches(&WHOLE) || matches(&PART)
}

/// The tenants' tables a statement reads or writes, once for each time.
fn touched(statement: &str, tenants: &BTreeSet<String>) -> Vec<String> {
    static TABLE: LazyLock<Option<Regex>> =
        LazyLock::new(|| pattern(r"\b(?:from|join|into|update|using)\s+([a-z_][a-z0-9_]*)"));
    let Some(regex) = TABLE.as_ref() else {
        return Vec::new();
    };
    regex
        .captures_iter(statement)
        .filter_map(|captures| captures.get(1))
        .map(|name| name.as_str().to_owned())
        .filter(|name| tenants.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    const SCHEMA: &str = "create table client (\n  org_id blob not null,\n  primary key (org_id)\n);\n\
        create table finding (\n  org_id blob not null,\n  primary key (org_id)\n);\n\
        create table session (\n  id blob primary key\n);\n";

    fn judged(rust: &str) -> Vec<String> {
        brief(&check(&sample([
            ("migrations/sqlite/0001_a.sql", SCHEMA),
            ("migrations/tenantless.txt", "# none\nsession\n"),
            ("crates/server/src/features/clients/store.rs", rust),
        ])))
    }

    #[test]
    fn statements_that_name_the_tenant_pass() {
        assert_eq!(
            judged(
                r#"fn f() {
                    sql("select name from client where org_id = $1");
                    sql("select 1 from client c join finding f using (org_id, client_id)
                         where c.org_id = $1");
                    sql("insert into client (org_id, id) values ($1, $2) \
                         on conflict (org_id, id) do update set id = excluded.id");
                    sql("select id from session where id = $1 for update");
                    sql_owned(format!("select {COLUMNS} from finding where org_id = $1"));
                    say("Choose one from client or finding");
                    say("Change its lines from client on instead, from finding where needed");
                }"#
            ),
            [""; 0]
        );
    }

    #[test]
    fn statements_that_forget_it_are_found_wherever_they_hide() {
        let path = "crates/server/src/features/clients/store.rs";
        assert_eq!(
            judged(
                r#"fn f() {
                    sql("select name from client where id = $1");
                    sql("select 1 from client c join finding f on f.client_id = c.id
                         where c.org_id = $1");
                    sql_owned(format!("delete from finding where id = {}", mark));
                    sql("with late as (select 1) update client set name = $1");
                    let filter = " join finding f on f.id = $2";
                }"#
            ),
            [2, 3, 5, 6, 7].map(|line| format!("{path}:{line} unnamed-tenant"))
        );
    }

    #[test]
    fn a_bulk_write_is_keyed_by_tenant() {
        assert_eq!(
            judged(
                "const GOOD: Upsert = Upsert { table: \"client\", key: &[\"org_id\", \"id\"] };\n\
                 const BAD: Upsert = Upsert { table: \"client\", key: &[\"id\"] };"
            ),
            ["crates/server/src/features/clients/store.rs:2 upsert-key"]
        );
    }
}
