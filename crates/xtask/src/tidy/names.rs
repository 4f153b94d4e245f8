//! Names, lint levels and who may read the clock, in Rust.

use super::tree::{File, Tree};
use super::{Rule, Violation};

static EMPTY_NAME: Rule = Rule {
    name: "empty-name",
    why: "Manager, Helper, Util and get_ say nothing; a reader has to open the file to learn what \
          it is",
    fix: "name what it is or does in the finance desk's words; a getter is the noun alone",
};

static LINT_WITHOUT_REASON: Rule = Rule {
    name: "lint-without-reason",
    why: "an exception from a lint is a decision; `expect` also tells when it is needed no more",
    fix: "write #[expect(lint, reason = \"…\")], or satisfy the lint",
};

static STRAY_CLOCK: Rule = Rule {
    name: "stray-clock",
    why: "time, ids, randomness and HTTP clients are created in one place, so that tests and the \
          demo can move the clock and repeat a run",
    fix: "take the value as an argument; App has it",
};

static FLOAT: Rule = Rule {
    name: "float",
    why: "money and quantities are exact; a float loses cents without a word",
    fix: "use billing's money and quantity types, or rust_decimal::Decimal",
};

static ASYNC_IN_BILLING: Rule = Rule {
    name: "async-in-billing",
    why: "the rules of money are pure functions: no I/O, no clock, nothing to wait for",
    fix: "read what is needed before and pass it in",
};

const EMPTY_WORDS: [&str; 5] = ["Manager", "Helper", "Helpers", "Util", "Utils"];
const EMPTY_FILES: [&str; 8] = [
    "util", "utils", "helper", "helpers", "manager", "misc", "common", "shared",
];

/// Where the outside world is made into arguments. The sandbox and xtask are programs of their
/// own, tests have their own clocks.
const CLOCK_OWNERS: [&str; 5] = [
    "crates/server/src/app.rs",
    "crates/server/src/app/",
    "crates/server/src/clock.rs",
    "crates/sandbox/",
    "crates/xtask/",
];

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree.under("crates/") {
        if file.is("rs") {
            empty_names(file, &mut found);
            lint_levels(file, &mut found);
            exactness(file, &mut found);
        }
    }
    found
}

fn empty_names(file: &File, found: &mut Vec<Violation>) {
    let parts = file.path.trim_end_matches(".rs").split('/');
    // Cargo's own convention for code that several integration tests use.
    let is_for_tests = file.path.contains("/tests/");
    if let Some(part) = parts.into_iter().find(|part| EMPTY_FILES.contains(part))
        && !is_for_tests
    {
        found.push(EMPTY_NAME.broken(&file.path, 1, format!("a file or folder called `{part}`")));
    }
    let Some(facts) = &file.facts else { return };
    for name in &facts.types {
        if EMPTY_WORDS.iter().any(|word| name.what.ends_with(word)) {
            found.push(EMPTY_NAME.broken(&file.path, name.line, format!("type `{}`", name.what)));
        }
    }
    for function in facts.functions.iter().filter(|function| !function.in_test) {
        if function.what.name.starts_with("get_") {
            let what = format!("fn `{}`", function.what.name);
            found.push(EMPTY_NAME.broken(&file.path, function.line, what));
        }
    }
}

fn lint_levels(file: &File, found: &mut Vec<Violation>) {
    let Some(facts) = &file.facts else { return };
    for level in &facts.lint_levels {
        // A module that several integration tests share is used in part by each, so there
        // `expect` would be wrong in some of them.
        let is_stale_safe = !level.what.is_allow || level.in_test;
        if !is_stale_safe || !level.what.has_reason {
            let what = format!("a level for {}", level.what.lints);
            found.push(LINT_WITHOUT_REASON.broken(&file.path, level.line, what));
        }
        let owns_clock = CLOCK_OWNERS
            .iter()
            .any(|owner| file.path.starts_with(owner));
        if level.what.lints.contains("disallowed_methods") && !level.in_test && !owns_clock {
            found.push(STRAY_CLOCK.broken(&file.path, level.line, "clippy's ban is lifted here"));
        }
    }
}

fn exactness(file: &File, found: &mut Vec<Violation>) {
    let Some(facts) = &file.facts else { return };
    let is_billing = file.path.starts_with("crates/billing/src/");
    if is_billing || file.path.starts_with("crates/vendors/src/") {
        for path in facts.paths.iter().filter(|at| !at.in_test) {
            if path.what.iter().any(|part| part == "f64" || part == "f32") {
                found.push(FLOAT.broken(&file.path, path.line, path.what.join("::")));
            }
        }
    }
    if is_billing {
        for at in facts.asynchronous.iter().filter(|at| !at.in_test) {
            found.push(ASYNC_IN_BILLING.broken(&file.path, at.line, "async"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    fn judged(path: &str, text: &str) -> Vec<String> {
        brief(&check(&sample([(path, text)])))
    }

    #[test]
    fn names_that_say_nothing_are_found() {
        assert_eq!(
            judged(
                "crates/server/src/http/utils.rs",
                "struct TokenManager;\nfn get_token() {}\nfn token() {}\nstruct Managed;"
            ),
            [1, 1, 2].map(|line| format!("crates/server/src/http/utils.rs:{line} empty-name"))
        );
    }

    #[test]
    fn a_lint_is_only_expected_and_with_a_reason() {
        assert_eq!(
            judged(
                "crates/server/src/a.rs",
                "#[allow(dead_code)]\nfn a() {}\n#[expect(dead_code)]\nfn b() {}\n\
                 #[expect(dead_code, reason = \"wire type\")]\nfn c() {}\n#[test]\nfn d() {}"
            ),
            [1, 3].map(|line| format!("crates/server/src/a.rs:{line} lint-without-reason"))
        );
    }

    #[test]
    fn a_module_that_tests_share_may_allow_with_a_reason() {
        let path = "crates/sandbox/tests/support/mod.rs";
        let with_reason = "#![allow(dead_code, reason = \"each test uses its part\")]";
        assert_eq!(judged(path, with_reason), [""; 0]);
        let bare = "#![allow(dead_code)]";
        assert_eq!(
            judged(path, bare),
            [format!("{path}:1 lint-without-reason")]
        );
    }

    #[test]
    fn the_clock_has_one_owner() {
        let text = "#[expect(clippy::disallowed_methods, reason = \"x\")]\nfn now() {}";
        assert_eq!(judged("crates/server/src/clock.rs", text), [""; 0]);
        assert_eq!(
            judged("crates/server/src/features/clients/mod.rs", text),
            ["crates/server/src/features/clients/mod.rs:1 stray-clock"]
        );
    }

    #[test]
    fn billing_is_exact_and_waits_for_nothing() {
        assert_eq!(
            judged(
                "crates/billing/src/a.rs",
                "async fn f() {}\nfn g(x: f64) {}"
            ),
            [
                "crates/billing/src/a.rs:2 float",
                "crates/billing/src/a.rs:1 async-in-billing"
            ]
        );
        assert_eq!(
            judged("crates/server/src/a.rs", "async fn f(x: f64) {}"),
            [""; 0]
        );
    }
}
