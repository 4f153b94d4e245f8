//! What a file of a feature may know, by its name.

use super::rust::Facts;
use super::statements::is_sql;
use super::tree::{File, Tree};
use super::{Rule, Violation};

const FEATURES: &str = "crates/server/src/features/";

static SQL_OUTSIDE_STORE: Rule = Rule {
    name: "sql-outside-store",
    why: "a reader who looks for a statement must find it in one place, and rules and pages stay \
          testable without a database",
    fix: "move the statement into a function of the feature's store.rs and call that; a store \
          that outgrew one file is a folder store/ of nouns",
};

static HTTP_IN_STORE: Rule = Rule {
    name: "http-in-store",
    why: "store.rs is called by jobs, pages and the API alike and must not know who asks",
    fix: "give store.rs plain values; turn its errors into replies in pages.rs or api.rs",
};

static HTTP_IN_USE_CASE: Rule = Rule {
    name: "http-in-use-case",
    why: "a use case is the same for a page, the API and a job; HTTP belongs to pages.rs and api.rs",
    fix: "return a value or the feature's error type, and shape the reply in pages.rs or api.rs",
};

/// Crates that speak HTTP.
const HTTP_CRATES: [&str; 5] = ["axum", "axum_extra", "http", "hyper", "tower_http"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Store,
    Handlers,
    Tests,
    /// `mod.rs`, `jobs.rs` and nouns such as `approve.rs`.
    UseCase,
}

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.under(FEATURES) {
        let Some(facts) = &file.facts else { continue };
        match layer(&file.path) {
            Layer::Store => no_http(file, facts, &HTTP_IN_STORE, true, &mut found),
            Layer::Handlers => no_sql(file, facts, &mut found),
            Layer::UseCase => {
                no_sql(file, facts, &mut found);
                no_http(file, facts, &HTTP_IN_USE_CASE, false, &mut found);
            }
            Layer::Tests => {}
        }
    }
    found
}

/// A file that outgrew itself became a folder of the same name.
fn layer(path: &str) -> Layer {
    let parts = path
        .strip_prefix(FEATURES)
        .unwrap_or(path)
        .split('/')
        .skip(1);
    let mut layer = Layer::UseCase;
    for part in parts {
        layer = match part.trim_end_matches(".rs") {
            // Whatever a noun of the store is called, it is the store's.
            "store" => return Layer::Store,
            // A wire is an API in somebody else's words.
            "pages" | "api" | "wire" | "fragments" | "events" => Layer::Handlers,
            "tests" => Layer::Tests,
            _ => continue,
        };
    }
    layer
}

fn no_sql(file: &File, facts: &Facts, found: &mut Vec<Violation>) {
    for literal in facts
        .literals
        .iter()
        .filter(|at| !at.in_test && is_sql(&at.what))
    {
        found.push(SQL_OUTSIDE_STORE.broken(&file.path, literal.line, "an SQL statement"));
    }
    for path in facts.paths.iter().filter(|at| !at.in_test) {
        if path.what.first().is_some_and(|name| name == "sqlx") {
            found.push(SQL_OUTSIDE_STORE.broken(&file.path, path.line, path.what.join("::")));
        }
    }
}

fn no_http(
    file: &File,
    facts: &Facts,
    rule: &'static Rule,
    with_ours: bool,
    found: &mut Vec<Violation>,
) {
    for path in facts.paths.iter().filter(|at| !at.in_test) {
        let foreign = path
            .what
            .first()
            .is_some_and(|name| HTTP_CRATES.contains(&name.as_str()));
        let ours = matches!(path.what.as_slice(), [a, b, ..] if a == "crate" && b == "http");
        if path.what.len() > 1 && (foreign || (with_ours && ours)) {
            found.push(rule.broken(&file.path, path.line, path.what.join("::")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    #[test]
    fn sql_stays_in_the_store() {
        let statement = "fn f() { sql(\"select id from client where org_id = $1\"); }";
        let tree = sample([
            ("crates/server/src/features/clients/store.rs", statement),
            (
                "crates/server/src/features/clients/store/events.rs",
                statement,
            ),
            ("crates/server/src/features/clients/tests.rs", statement),
            ("crates/server/src/features/clients/pages.rs", statement),
            ("crates/server/src/features/clients/mod.rs", statement),
            (
                "crates/server/src/features/clients/jobs.rs",
                "fn f() { say(\"Select a client\"); }",
            ),
        ]);
        assert_eq!(
            brief(&check(&tree)),
            [
                "crates/server/src/features/clients/mod.rs:1 sql-outside-store",
                "crates/server/src/features/clients/pages.rs:1 sql-outside-store",
            ]
        );
    }

    #[test]
    fn http_stays_with_the_handlers() {
        let tree = sample([
            (
                "crates/server/src/features/clients/pages.rs",
                "use axum::{Form, response::Html};",
            ),
            (
                "crates/server/src/features/clients/store.rs",
                "use crate::http::Fault;",
            ),
            (
                "crates/server/src/features/clients/archive.rs",
                "fn f() -> axum::http::StatusCode {}",
            ),
            (
                "crates/server/src/features/clients/mod.rs",
                "use crate::http::Who;\nmod pages;",
            ),
        ]);
        assert_eq!(
            brief(&check(&tree)),
            [
                "crates/server/src/features/clients/archive.rs:1 http-in-use-case",
                "crates/server/src/features/clients/store.rs:1 http-in-store",
            ]
        );
    }
}
