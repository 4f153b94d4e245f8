//! Documents that tell the truth: commands that exist and places that are there.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::text::pattern;
use super::tree::{File, Tree};
use super::{Rule, Violation};

static FIRST_COMMANDS: Rule = Rule {
    name: "first-commands",
    why: "a newcomer runs the product and its tests before reading anything else",
    fix: "begin README.md with the two commands: how to run it and how to test it",
};

static DEAD_PATH: Rule = Rule {
    name: "dead-path",
    why: "a map that names places which are gone is worse than none",
    fix: "name the place where it is now, or drop the sentence",
};

const README: &str = "README.md";
const COMMANDS: [&str; 2] = ["cargo run --release -- demo", "cargo xtask test"];
/// Two commands first: before the reader scrolls.
const FIRST_LINES: usize = 30;

/// Documents about the repository as it is. Decisions and the change log speak of its past.
const MAPS: [&str; 4] = [
    README,
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "bench/README.md",
];
const ROOTS: [&str; 7] = [
    "crates/",
    "migrations/",
    "docs/",
    "bench/",
    "web/",
    "mobile/",
    ".ci/",
];

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let head: String = tree
        .file(README)
        .map(|file| head(&file.text))
        .unwrap_or_default();
    for command in COMMANDS.iter().filter(|command| !head.contains(*command)) {
        found.push(FIRST_COMMANDS.broken(README, 1, format!("`{command}` is missing")));
    }
    for file in MAPS.iter().filter_map(|path| tree.file(path)) {
        dead_paths(tree, file, &mut found);
    }
    found
}

fn head(text: &str) -> String {
    text.lines()
        .take(FIRST_LINES)
        .collect::<Vec<_>>()
        .join("\n")
}

fn dead_paths(tree: &Tree, file: &File, found: &mut Vec<Violation>) {
    static QUOTED: LazyLock<Option<Regex>> = LazyLock::new(|| pattern(r"`([A-Za-z0-9_./-]+)`"));
    let Some(regex) = QUOTED.as_ref() else { return };
    for (number, line) in file.lines() {
        for path in regex
            .captures_iter(line)
            .filter_map(|captures| captures.get(1))
        {
            let path = path.as_str();
            // `features/NAME/store.rs` speaks of every feature.
            let is_pattern = path.split('/').any(|part| {
                part.contains("NNNN") || (part.len() > 1 && part.chars().all(char::is_uppercase))
            });
            let is_ours = ROOTS.iter().any(|root| path.starts_with(root));
            if is_ours && !is_pattern && !tree.has(path) {
                found.push(DEAD_PATH.broken(&file.path, number, format!("`{path}` is not there")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    #[test]
    fn the_readme_begins_with_both_commands() {
        let good = "# B\n    cargo run --release -- demo\n    cargo xtask test\n";
        assert_eq!(brief(&check(&sample([(README, good)]))), [""; 0]);
        let late = format!("{}{good}", "\n".repeat(40));
        assert_eq!(brief(&check(&sample([(README, &late)]))).len(), 2);
        assert_eq!(brief(&check(&sample([]))).len(), 2);
    }

    #[test]
    fn a_map_names_only_places_that_are_there() {
        let tree = sample([
            (README, "cargo run --release -- demo cargo xtask test"),
            ("crates/billing/src/money.rs", ""),
            (
                "ARCHITECTURE.md",
                "See `crates/billing/` and `crates/billing/src/money.rs`,\n`crates/gone/`, \
                 `crates/server/src/features/NAME/store.rs`, `docs/old.md`, `application/json`.",
            ),
        ]);
        assert_eq!(brief(&check(&tree)), ["ARCHITECTURE.md:2 dead-path"; 2]);
    }
}
