//! `cargo xtask tidy`: the invariants of ARCHITECTURE.md that a program can check.
//!
//! Each rule says why it is there and how to satisfy it. The few places that may break a rule
//! stand in `exceptions.txt` with a reason; an entry that is no longer needed is itself a
//! violation, so that the list only shrinks.

mod crates;
mod documents;
mod exceptions;
mod layers;
mod licences;
mod migrations;
mod names;
mod rust;
mod size;
mod statements;
mod templates;
mod text;
mod tree;

use std::collections::BTreeMap;
use std::fmt;

use anyhow::Result;

use crate::checkout::Checkout;
use exceptions::Exceptions;

pub use migrations::{CHECKSUMS, checksums, listing};
pub use rust::{At, Call, Facts};
pub use tree::Tree;

/// What is asked of the code.
pub struct Rule {
    /// How `exceptions.txt` calls it.
    pub name: &'static str,
    pub why: &'static str,
    pub fix: &'static str,
}

/// A place where it is not so.
pub struct Violation {
    rule: &'static Rule,
    path: String,
    line: usize,
    what: String,
    /// For rules about size: how much it is, where an exception may allow more than others.
    size: Option<usize>,
}

impl Rule {
    fn broken(&'static self, path: &str, line: usize, what: impl Into<String>) -> Violation {
        Violation {
            rule: self,
            path: path.to_owned(),
            line,
            what: what.into(),
            size: None,
        }
    }
}

/// For a person: each broken rule once, with its reason, the way out and the places.
struct Report<'a>(&'a [Violation]);

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rules: BTreeMap<&str, Vec<&Violation>> = BTreeMap::new();
        for violation in self.0 {
            rules
                .entry(violation.rule.name)
                .or_default()
                .push(violation);
        }
        for places in rules.values() {
            for Violation {
                path, line, what, ..
            } in places
            {
                writeln!(f, "{path}:{line}: {what}")?;
            }
            if let Some(Violation { rule, .. }) = places.first() {
                writeln!(f, "  {}: {}", rule.name, rule.why)?;
                writeln!(f, "  fix: {}\n", rule.fix)?;
            }
        }
        match self.0.len() {
            0 => write!(f, "tidy: every rule holds"),
            1 => write!(f, "tidy: 1 violation"),
            many => write!(f, "tidy: {many} violations"),
        }
    }
}

/// Every rule that needs nothing but the files.
const CHECKS: [fn(&Tree) -> Vec<Violation>; 9] = [
    layers::check,
    statements::check,
    migrations::check,
    size::check,
    text::check,
    names::check,
    templates::check,
    documents::check,
    crates::check_sources,
];

/// Prints what breaks a rule. Whether nothing does.
pub fn run(checkout: &Checkout) -> Result<bool> {
    let violations = violations(checkout)?;
    println!("{}", Report(&violations));
    Ok(violations.is_empty())
}

fn violations(checkout: &Checkout) -> Result<Vec<Violation>> {
    let tree = Tree::read(checkout)?;
    let mut found: Vec<Violation> = CHECKS.iter().flat_map(|check| check(&tree)).collect();
    found.extend(crates::check(checkout, &tree)?);
    let mut left = Exceptions::of(&tree)?.judge(found);
    left.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    Ok(left)
}

/// The short form that the tests of the rules compare with: `path:line rule`.
#[cfg(test)]
fn brief(violations: &[Violation]) -> Vec<String> {
    violations
        .iter()
        .map(|v| format!("{}:{} {}", v.path, v.line, v.rule.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_keeps_its_rules() {
        let checkout = Checkout::find().unwrap();
        let violations = violations(&checkout).unwrap();
        assert!(
            violations.is_empty(),
            "\n{}\nThe same list: cargo xtask tidy",
            Report(&violations)
        );
    }
}
