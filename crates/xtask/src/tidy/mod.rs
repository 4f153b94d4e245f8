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

use std::fmt;

use anyhow::Result;

use crate::checkout::Checkout;
use exceptions::Exceptions;

pub use migrations::{CHECKSUMS, checksums, listing};
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

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}:{}: {} [{}]",
            self.path, self.line, self.what, self.rule.name
        )?;
        writeln!(f, "  why: {}", self.rule.why)?;
        write!(f, "  fix: {}", self.rule.fix)
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
    for violation in &violations {
        println!("{violation}\n");
    }
    match violations.len() {
        0 => println!("tidy: every rule holds"),
        1 => println!("tidy: 1 violation"),
        many => println!("tidy: {many} violations"),
    }
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
        let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
        assert!(
            list.is_empty(),
            "\n{}\n\nThe same list: cargo xtask tidy",
            list.join("\n\n")
        );
    }
}
