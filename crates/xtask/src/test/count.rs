//! How many tests ran: read from what the runners report, never assumed.

use std::fmt;
use std::ops::Add;
use std::path::Path;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub passed: u64,
    pub failed: u64,
}

impl Count {
    /// Of one thing.
    pub fn of(is_well: bool) -> Self {
        Self {
            passed: is_well.into(),
            failed: (!is_well).into(),
        }
    }

    /// A runner that ended with an error without naming a failed test has failed all the same:
    /// it did not compile, found no test, or was stopped.
    fn with_exit(mut self, success: bool) -> Self {
        if !success && self.failed == 0 {
            self.failed = 1;
        }
        self
    }
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

/// A form that CI services read.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// From the report that nextest writes for each run.
pub fn of_junit(report: &Path, success: bool) -> Count {
    let text = std::fs::read_to_string(report).unwrap_or_default();
    junit_totals(&text).with_exit(success)
}

fn junit_totals(text: &str) -> Count {
    let head = text
        .split_once("<testsuites")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or("", |(head, _)| head);
    let number = |name: &str| -> u64 {
        head.split_once(&format!(" {name}=\""))
            .and_then(|(_, rest)| rest.split_once('"'))
            .and_then(|(digits, _)| digits.parse().ok())
            .unwrap_or(0)
    };
    let failed = number("failures") + number("errors");
    Count {
        passed: number("tests").saturating_sub(failed),
        failed,
    }
}

/// From the closing lines of Rust's own test runner, one for each crate.
pub fn of_libtest(said: &str, success: bool) -> Count {
    let words: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("test result:"))
        .flat_map(str::split_whitespace)
        .collect();
    let sum = |label: &str| -> u64 {
        words
            .windows(2)
            .filter_map(|pair| match pair {
                [number, word] if word.trim_end_matches(';') == label => number.parse::<u64>().ok(),
                _ => None,
            })
            .sum()
    };
    Count {
        passed: sum("passed"),
        failed: sum("failed"),
    }
    .with_exit(success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_junit_report_counts_failures_and_errors_as_failed() {
        let text = r#"<?xml version="1.0"?>
            <testsuites name="nextest-run" tests="12" failures="2" errors="1" uuid="x" time="1.0">
            <testsuite name="billing" tests="12" disabled="0" errors="1" failures="2">"#;
        assert_eq!(
            junit_totals(text),
            Count {
                passed: 9,
                failed: 3
            }
        );
    }

    #[test]
    fn doc_tests_of_all_crates_are_summed() {
        let said = "running 2 tests\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
            test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n";
        assert_eq!(
            of_libtest(said, false),
            Count {
                passed: 5,
                failed: 1
            }
        );
    }

    #[test]
    fn a_run_that_ended_badly_without_a_report_is_one_failure() {
        assert_eq!(
            of_junit(Path::new("/nowhere/junit.xml"), false),
            Count::of(false)
        );
        assert_eq!(
            of_junit(Path::new("/nowhere/junit.xml"), true),
            Count::default()
        );
    }

    #[test]
    fn the_closing_line_has_the_form_that_ci_reads() {
        assert_eq!(
            Count {
                passed: 7,
                failed: 0
            }
            .to_string(),
            "7 passed, 0 failed"
        );
    }
}
