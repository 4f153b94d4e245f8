//! `cargo xtask generate`: writes the checked-in files that are made from others.
//!
//! Tests compare them with what they are made from, so a stale one fails.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use crate::checkout::Checkout;
use crate::process;
use crate::tidy::{CHECKSUMS, Tree, checksums, listing};

pub fn run(checkout: &Checkout) -> Result<bool> {
    let tree = Tree::read(checkout)?;
    let now = checksums(&tree);
    let before = listed(tree.file(CHECKSUMS).map_or("", |file| file.text.as_str()));
    if is_released(&tree)
        && let Some(name) = before
            .keys()
            .find(|name| now.get(*name) != before.get(*name))
    {
        bail!(
            "migrations/{name} is released and must stay as it was; restore it and write a new one"
        );
    }
    std::fs::write(checkout.path(CHECKSUMS), listing(&now))
        .with_context(|| format!("could not write {CHECKSUMS}"))?;
    println!("{CHECKSUMS}: {} migrations", now.len());
    write_by_tests(checkout)
}

/// `docs/openapi.json` and the shapes of what is stored are known to the product alone, which
/// xtask does not link: the tests that compare them write them when asked to.
fn write_by_tests(checkout: &Checkout) -> Result<bool> {
    let mut tests = checkout.cargo();
    // The whole workspace, because one crate alone has other features and is built anew.
    tests.args(["test", "--quiet", "--workspace", "--lib", "--"]);
    process::shown(tests.args(WRITERS).env("BILLINGONE_GENERATE", "1"))
}

const WRITERS: [&str; 2] = [
    "the_api_document_is_the_checked_in_one",
    "on_sqlite::every_write_is_done_once_under_its_key",
];

fn listed(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
        .collect()
}

/// Whether someone may have applied the migrations: the change log has a numbered heading.
fn is_released(tree: &Tree) -> bool {
    tree.file("CHANGELOG.md").is_some_and(|file| {
        file.text.lines().any(|line| {
            line.strip_prefix("## ").is_some_and(|rest| {
                rest.trim_start_matches('[')
                    .starts_with(|first: char| first.is_ascii_digit())
            })
        })
    })
}
