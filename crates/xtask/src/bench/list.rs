//! The list of benches, as written in `bench/benches.toml`.

use anyhow::{Result, bail};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benches {
    #[serde(default)]
    pub bench: Vec<Bench>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bench {
    pub name: String,
    /// What is compared with what, for the reader of the table.
    pub what: String,
    #[serde(default = "one")]
    pub sizes: Vec<u64>,
    #[serde(default = "seven")]
    pub runs: usize,
    /// Arguments for `cargo build --release`, one list for each thing to build.
    #[serde(default)]
    pub build: Vec<Vec<String>>,
    /// Runs once before a size is measured, to make its input.
    #[serde(default)]
    pub prepare: Vec<String>,
    /// Ours.
    pub a: Vec<String>,
    /// The reference; without one the figure is reported in seconds.
    #[serde(default)]
    pub b: Vec<String>,
    /// The most that a ÷ b may be; without one it is only reported.
    pub limit: Option<f64>,
    /// Takes minutes: measured with `--large` or when its name is given in full.
    #[serde(default)]
    pub large: bool,
}

fn one() -> Vec<u64> {
    vec![1]
}

fn seven() -> usize {
    7
}

impl Bench {
    pub fn uses(&self, place: &str) -> bool {
        let commands = [&self.prepare, &self.a, &self.b];
        commands
            .into_iter()
            .flatten()
            .any(|word| word.contains(place))
    }
}

impl Benches {
    pub fn read(text: &str) -> Result<Self> {
        let list: Self = toml::from_str(text)?;
        for bench in &list.bench {
            if bench.a.is_empty() || bench.runs == 0 {
                bail!("bench {} needs `a` and at least one run", bench.name);
            }
            if bench.limit.is_some() && bench.b.is_empty() {
                bail!("bench {} has a limit and no reference `b`", bench.name);
            }
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checked_in_list_reads() {
        Benches::read(include_str!("../../../../bench/benches.toml")).unwrap();
    }

    #[test]
    fn a_limit_needs_a_reference() {
        let text = "[[bench]]\nname = \"x\"\nwhat = \"x\"\na = [\"true\"]\nlimit = 1.0\n";
        assert!(Benches::read(text).is_err());
        assert!(Benches::read(&format!("{text}b = [\"true\"]\n")).is_ok());
        assert!(Benches::read(&format!("{text}b = [\"true\"]\nlimits = 2.0\n")).is_err());
    }
}
