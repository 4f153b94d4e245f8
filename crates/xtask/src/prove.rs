//! `cargo xtask prove`: the long form of the tests, for a release and for a closing note.
//!
//! Tests read `BILLINGONE_PROVE` and do every seed, moment and case instead of a few. What they
//! count they write, one figure a line, into a file of their own in `BILLINGONE_TEST_REPORTS`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use clap::Args;
use regex_lite::Regex;

use crate::checkout::Checkout;
use crate::{bench, test};

#[derive(Args)]
#[group(skip)]
pub struct Options {
    #[command(flatten)]
    test: test::Options,

    /// Leave out the measurements.
    #[arg(long)]
    no_bench: bool,
}

const PROFILE: &str = "prove";
const CASES: &str = "10000";

pub fn run(checkout: &Checkout, options: &Options) -> Result<bool> {
    let reports = checkout.target().join("prove");
    let screenshots = checkout.target().join("screenshots");
    for folder in [&reports, &screenshots] {
        let _ = std::fs::remove_dir_all(folder);
        std::fs::create_dir_all(folder)
            .with_context(|| format!("could not make {}", folder.display()))?;
    }
    let depth = test::Depth {
        profile: Some(PROFILE),
        environment: vec![
            ("BILLINGONE_PROVE", "1".into()),
            ("PROPTEST_CASES", CASES.into()),
            ("BILLINGONE_TEST_REPORTS", reports.clone().into()),
            ("BILLINGONE_TEST_SCREENSHOTS", screenshots.clone().into()),
        ],
    };
    let tested = test::run_deep(checkout, &options.test, depth)?;
    let measured = options.no_bench || bench::run(checkout, &bench::Options::default())?;
    println!("\nwhat was proved");
    print_suites(
        &checkout
            .target()
            .join("nextest")
            .join(PROFILE)
            .join("junit.xml"),
    );
    print_reports(&reports)?;
    println!("screenshots: {}", screenshots.display());
    Ok(tested && measured)
}

/// One row for each test binary, with the test that took longest.
struct Suite {
    tests: usize,
    seconds: u64,
    slowest: (u64, String),
}

fn print_suites(report: &Path) {
    let text = std::fs::read_to_string(report).unwrap_or_default();
    for (name, suite) in suites(&text) {
        let Suite {
            tests,
            seconds,
            slowest: (longest, test),
        } = suite;
        println!("{name:<32} {tests:>5} tests {seconds:>6} s, longest {longest} s: {test}");
    }
}

fn suites(text: &str) -> BTreeMap<String, Suite> {
    static CASE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"<testcase name="([^"]*)" classname="([^"]*)"[^>]* time="(\d+)"#).ok()
    });
    let mut suites: BTreeMap<String, Suite> = BTreeMap::new();
    let Some(regex) = CASE.as_ref() else {
        return suites;
    };
    for captures in regex.captures_iter(text) {
        let part = |index: usize| captures.get(index).map_or("", |part| part.as_str());
        let seconds = part(3).parse().unwrap_or(0);
        let suite = suites.entry(part(2).to_owned()).or_insert(Suite {
            tests: 0,
            seconds: 0,
            slowest: (0, part(1).to_owned()),
        });
        suite.tests += 1;
        suite.seconds += seconds;
        if seconds > suite.slowest.0 {
            suite.slowest = (seconds, part(1).to_owned());
        }
    }
    suites
}

fn print_reports(folder: &Path) -> Result<()> {
    let mut files: Vec<_> = std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("could not read {}", file.display()))?;
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        for line in text.lines() {
            println!("{name:<32} {line}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_for_each_binary_names_its_slowest_test() {
        let text = r#"
            <testcase name="a::fast" classname="billing" timestamp="t" time="0.004">
            <testcase name="a::slow" classname="billing" timestamp="t" time="12.900">
            <testcase name="b" classname="billingone::crash" timestamp="t" time="61.0">"#;
        let suites = suites(text);
        let billing = suites.get("billing").unwrap();
        assert_eq!((billing.tests, billing.seconds), (2, 12));
        assert_eq!(billing.slowest, (12, "a::slow".to_owned()));
        assert_eq!(suites.get("billingone::crash").unwrap().seconds, 61);
    }
}
