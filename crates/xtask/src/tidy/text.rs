//! Words that must not stand anywhere in the repository.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::tree::Tree;
use super::{Rule, Violation};

static UNFINISHED: Rule = Rule {
    name: "unfinished",
    why: "unfinished work that only a comment knows of is forgotten",
    fix: "finish it, or write it into an issue and take the mark away",
};

static MACHINE_PATH: Rule = Rule {
    name: "machine-path",
    why: "a path of one machine breaks on every other and tells about its owner",
    fix: "name the place from the root of the repository, or ask for a temporary folder",
};

static REGISTRY_HOST: Rule = Rule {
    name: "registry-host",
    why: "where packages come from is set up on each machine, often as a mirror",
    fix: "name the package alone; lock files are written without addresses",
};

/// Lock files, which are written by programs.
const LOCKS: [&str; 2] = ["Cargo.lock", "package-lock.json"];

/// A constant pattern, compiled. It is right or a test of its rule fails.
pub fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

struct Ban {
    rule: &'static Rule,
    regex: LazyLock<Option<Regex>>,
}

// Spelled so that the rules do not find themselves.
static BANS: [Ban; 3] = [
    Ban {
        rule: &UNFINISHED,
        regex: LazyLock::new(|| {
            pattern(concat!(
                r"\b(TO",
                r"DO|FIX",
                r"ME|XX",
                r"X)\b|\b(to",
                r"do|unimple",
                r"mented)!"
            ))
        }),
    },
    Ban {
        rule: &MACHINE_PATH,
        regex: LazyLock::new(|| {
            pattern(r#"(^|[\s"'`=(<>:])((/home/|/Users/)\w+/|/(root|work|tmp)/\w|[A-Z]:\\\\?\w)"#)
        }),
    },
    Ban {
        rule: &REGISTRY_HOST,
        regex: LazyLock::new(|| {
            pattern(concat!(
                r"(?i)\bcrates\.",
                r"io\b|\bnpm",
                r"js\.(org|com)\b|\bpypi\.",
                r"org\b|",
                r"\bpython",
                r"hosted\.org\b|\bdeb\.deb",
                r"ian\.org\b|\bproxy\.go",
                r"lang\.org\b"
            ))
        }),
    },
];

pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for file in tree
        .files()
        .filter(|file| !LOCKS.iter().any(|lock| file.path.ends_with(lock)))
    {
        for (number, line) in file.lines() {
            for ban in &BANS {
                let hit = ban.regex.as_ref().and_then(|regex| regex.find(line));
                found.extend(hit.map(|hit| {
                    ban.rule
                        .broken(&file.path, number, format!("`{}`", hit.as_str().trim()))
                }));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::{brief, tree::sample};
    use super::*;

    fn judged(text: &str) -> Vec<String> {
        brief(&check(&sample([("a.md", text)])))
    }

    #[test]
    fn every_pattern_compiles() {
        assert!(BANS.iter().all(|ban| ban.regex.is_some()));
    }

    #[test]
    fn marks_of_unfinished_work_are_found() {
        assert_eq!(judged(concat!("// TO", "DO: later")), ["a.md:1 unfinished"]);
        assert_eq!(
            judged(concat!("fine\n  to", "do!()")),
            ["a.md:2 unfinished"]
        );
        assert_eq!(judged("a mastodon; the todo list of a person"), [""; 0]);
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        assert_eq!(
            judged(concat!("see /ho", "me/ann/billing")),
            ["a.md:1 machine-path"]
        );
        assert_eq!(judged(concat!("(/tm", "p/x)")), ["a.md:1 machine-path"]);
        assert_eq!(
            judged("/usr/lib/postgresql/15/bin and https://a.example/work/x"),
            [""; 0]
        );
        assert_eq!(judged("the page /home/ and /api/v1/home/clients"), [""; 0]);
    }

    #[test]
    fn package_hosts_are_found() {
        assert_eq!(
            judged(concat!("from https://py", "pi.org/simple")),
            ["a.md:1 registry-host"]
        );
        assert_eq!(judged("serde on the Rust registry"), [""; 0]);
    }
}
