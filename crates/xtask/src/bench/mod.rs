//! `cargo xtask bench`: how fast it is, as ratios.
//!
//! A figure in seconds says as much about the machine as about the product, so each is measured
//! beside a reference, in turns, in the same job: the median of the pairs' ratios is the figure.
//! `bench/benches.toml` names the benches; `bench/README.md` says how to write one.

mod figures;
mod list;

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;

use crate::checkout::Checkout;
use crate::test::Postgres;
use crate::{process, test};
use figures::{Figures, Reading};
use list::{Bench, Benches};

#[derive(Args, Default)]
pub struct Options {
    /// Run only benches whose name contains one of these.
    filter: Vec<String>,

    /// Run only these sizes, such as 1,10.
    #[arg(long, value_delimiter = ',')]
    sizes: Vec<u64>,

    /// How many pairs of runs, instead of what each bench asks for.
    #[arg(long)]
    runs: Option<usize>,

    /// Run the large ones too, which take minutes each.
    #[arg(long)]
    large: bool,
}

const LIST: &str = "bench/benches.toml";

#[derive(Serialize)]
struct Report {
    cores: usize,
    load_before: String,
    load_after: String,
    benches: Vec<Figures>,
}

/// Measures and prints a table. Whether every figure is within its limit.
pub fn run(checkout: &Checkout, options: &Options) -> Result<bool> {
    let text = std::fs::read_to_string(checkout.path(LIST))
        .with_context(|| format!("could not read {LIST}"))?;
    let mut benches = Benches::read(&text).with_context(|| LIST.to_owned())?.bench;
    benches.retain(|bench| options.wants(bench));
    if benches.is_empty() {
        println!("{LIST} names no such bench");
        return Ok(true);
    }
    let load_before = load();
    println!("load before: {load_before}");
    let places = Places::prepare(checkout, &benches)?;
    let mut all = Vec::new();
    for bench in &benches {
        let sizes: Vec<u64> = bench
            .sizes
            .iter()
            .copied()
            .filter(|size| options.wants_size(*size))
            .collect();
        for size in sizes {
            let figures = measure(&places, bench, size, options.runs.unwrap_or(bench.runs))
                .with_context(|| format!("bench {} at size {size}", bench.name))?;
            println!("{figures}");
            all.push(figures);
        }
    }
    finish(checkout, load_before, all)
}

fn finish(checkout: &Checkout, load_before: String, benches: Vec<Figures>) -> Result<bool> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let report = Report {
        cores,
        load_before,
        load_after: load(),
        benches,
    };
    println!("\n{}", figures::TABLE_HEAD);
    for figures in &report.benches {
        println!("{figures}");
    }
    println!(
        "load before {}, after {}, on {cores} cores",
        report.load_before, report.load_after
    );
    let file = checkout.target().join("bench.json");
    std::fs::write(&file, serde_json::to_vec_pretty(&report)?)
        .with_context(|| format!("could not write {}", file.display()))?;
    println!("{}", file.display());
    Ok(report.benches.iter().all(Figures::is_within))
}

impl Options {
    fn wants(&self, bench: &Bench) -> bool {
        if bench.large && !self.large {
            return self.filter.contains(&bench.name);
        }
        self.filter.is_empty() || self.filter.iter().any(|part| bench.name.contains(part))
    }

    fn wants_size(&self, size: u64) -> bool {
        self.sizes.is_empty() || self.sizes.contains(&size)
    }
}

/// What else the machine does, which a figure should be read with.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}

/// What the words in braces of a command stand for.
struct Places {
    root: PathBuf,
    target: PathBuf,
    python: PathBuf,
    /// Started when a bench asks for one.
    postgres: Option<Postgres>,
}

const POSTGRES: &str = "{postgres}";

impl Places {
    /// Builds what the benches run, once, and installs their references.
    fn prepare(checkout: &Checkout, benches: &[Bench]) -> Result<Self> {
        let mut builds: Vec<&Vec<String>> = benches.iter().flat_map(|bench| &bench.build).collect();
        builds.sort();
        builds.dedup();
        for arguments in builds {
            println!("building {}", arguments.join(" "));
            if !process::shown(
                checkout
                    .cargo()
                    .args(["build", "--release", "--quiet"])
                    .args(arguments),
            )? {
                bail!("a bench does not build");
            }
        }
        Ok(Self {
            root: checkout.path(""),
            target: checkout.target(),
            python: test::python(checkout, "venv-bench", "requirements-bench.txt")?,
            postgres: if benches.iter().any(|bench| bench.uses(POSTGRES)) {
                Some(Postgres::start()?)
            } else {
                None
            },
        })
    }

    /// The command with its words filled in. `{work}` is a folder of this bench and size.
    fn command(&self, words: &[String], work: &str, size: u64) -> Result<Command> {
        let postgres = self.postgres.as_ref().map_or("", Postgres::server);
        let fill = |word: &String| {
            word.replace(POSTGRES, postgres)
                .replace("{size}", &size.to_string())
                .replace("{work}", work)
                .replace(
                    "{release}",
                    &self.target.join("release").display().to_string(),
                )
                .replace("{python}", &self.python.display().to_string())
        };
        let (program, arguments) = words.split_first().context("an empty command")?;
        let mut command = Command::new(fill(program));
        command
            .current_dir(&self.root)
            .args(arguments.iter().map(fill));
        Ok(command)
    }
}

/// Runs both sides in turns; every second pair begins with the other side, so that neither
/// always finds the caches the other left.
fn measure(places: &Places, bench: &Bench, size: u64, runs: usize) -> Result<Figures> {
    let work = places
        .target
        .join("bench")
        .join(format!("{}-{size}", bench.name));
    std::fs::create_dir_all(&work)?;
    let work = work.display().to_string();
    if !bench.prepare.is_empty() {
        process::quietly(&mut places.command(&bench.prepare, &work, size)?)?;
    }
    let read = |words: &[String]| -> Result<Option<Reading>> {
        if words.is_empty() {
            return Ok(None);
        }
        let mut command = places.command(words, &work, size)?;
        let started = Instant::now();
        let said = process::capture(&mut command)?;
        Reading::of(&said, started.elapsed()).map(Some)
    };
    // The first pair warms the caches of disk and memory and does not count.
    let mut pairs = Vec::new();
    for turn in 0..=runs {
        let (ours, theirs) = if turn % 2 == 0 {
            let ours = read(&bench.a)?;
            (ours, read(&bench.b)?)
        } else {
            let theirs = read(&bench.b)?;
            (read(&bench.a)?, theirs)
        };
        if turn > 0 {
            pairs.push((ours.context("a bench needs `a`")?, theirs));
        }
    }
    Figures::of(bench, size, pairs)
}
