//! `cargo xtask test`: everything that must hold, on real parts.
//!
//! Prepares the machine, starts a private PostgreSQL and a screen, runs the checks and all
//! tests, and closes with one line that says how many ran. It goes on after a failure, so one
//! run shows all that is wrong.

mod clippy;
mod count;
mod postgres;
mod screen;
mod statements;
mod tools;

use std::ffi::OsString;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::checkout::Checkout;
use crate::process;
use count::Count;

pub use postgres::Postgres;
pub use tools::python;

#[derive(Args, Default)]
pub struct Options {
    /// Run only tests whose name contains one of these.
    pub filter: Vec<String>,

    /// Run only tests that match this nextest expression, such as 'package(billing)'.
    #[arg(short = 'E', long)]
    pub expression: Option<String>,

    /// Leave out the tests that drive a browser.
    #[arg(long)]
    pub no_browser: bool,

    /// The database engine that stories told on both run on.
    #[arg(long, value_enum, default_value_t)]
    pub engine: Engine,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    #[default]
    Both,
    Sqlite,
    Postgres,
}

impl Options {
    /// The nextest expression for what was asked, unless that is everything.
    fn expression(&self) -> Option<String> {
        let mut parts: Vec<String> = self
            .expression
            .iter()
            .map(|asked| format!("({asked})"))
            .collect();
        if self.no_browser {
            parts.push(format!("not {BROWSER_TESTS}"));
        }
        match self.engine {
            Engine::Both => {}
            Engine::Sqlite => parts.push(format!("not {POSTGRES_TESTS}")),
            Engine::Postgres => parts.push(format!("not {SQLITE_TESTS}")),
        }
        (!parts.is_empty()).then(|| parts.join(" and "))
    }

    fn is_filtered(&self) -> bool {
        !self.filter.is_empty() || self.expression.is_some()
    }
}

/// A test that drives a browser is called, or lies in a module called, browser.
const BROWSER_TESTS: &str = "test(/(^|::)browser(_|::)/)";

/// The modules that `on_both_engines!` makes.
const SQLITE_TESTS: &str = "test(/(^|::)on_sqlite::/)";
const POSTGRES_TESTS: &str = "test(/(^|::)on_postgres::/)";

/// How a run differs from the everyday one.
#[derive(Default)]
pub struct Depth {
    /// A profile of `.config/nextest.toml`; the everyday run picks its own.
    pub profile: Option<&'static str>,
    /// What the tests read to do more than usual.
    pub environment: Vec<(&'static str, OsString)>,
}

/// The everyday run. Whether all was well.
pub fn run(checkout: &Checkout, options: &Options) -> Result<bool> {
    run_deep(checkout, options, Depth::default())
}

pub fn run_deep(checkout: &Checkout, options: &Options, depth: Depth) -> Result<bool> {
    let mut surroundings = Surroundings::prepare(checkout, options, depth)?;
    let mut results = Vec::new();
    if !options.is_filtered() {
        results.push(step("fmt", || {
            check(checkout.cargo().args(["fmt", "--all", "--check"]))
        }));
        let driver = clippy::Driver::find(checkout)?;
        results.push(step("clippy", || {
            let is_clean = driver.build(checkout)?;
            // What it dislikes does not compile, and is tested all the same.
            surroundings.driver = is_clean.then_some(driver);
            Ok(Count::of(is_clean))
        }));
    }
    results.push(step("tests", || surroundings.nextest(checkout, options)));
    // What a failed test did not reach would be named beside what no test reaches.
    let passed = results.iter().all(|(_, _, count)| count.failed == 0);
    if !options.is_filtered() && passed {
        results.push(step("statements", || {
            surroundings.witnessed.compare(checkout)
        }));
    }
    if !options.is_filtered() && has_doc_tests(checkout)? {
        results.push(step("doc tests", || doc_tests(checkout)));
    }
    println!();
    let mut total = Count::default();
    for (name, seconds, count) in results {
        println!("{name:<10} {seconds:>5} s  {count}");
        total = total + count;
    }
    if surroundings.specs_missing {
        println!(
            "The vendors' contract checks did NOT run: no specs at ../shared/specs beside the \
             checkout, and BILLINGONE_SPECS names none."
        );
    }
    println!("{total}");
    Ok(total.failed == 0)
}

/// Runs one step, timed; a step that could not run counts as failed.
fn step(name: &'static str, work: impl FnOnce() -> Result<Count>) -> (&'static str, u64, Count) {
    println!("--- {name}");
    let started = Instant::now();
    let count = work().unwrap_or_else(|error| {
        eprintln!("{name}: {error:#}");
        Count::of(false)
    });
    (name, started.elapsed().as_secs(), count)
}

fn check(command: &mut std::process::Command) -> Result<Count> {
    Ok(Count::of(process::shown(command)?))
}

/// What tests find around them: servers that stop with this value, and variables.
struct Surroundings {
    tools: tools::Tools,
    profile: &'static str,
    environment: Vec<(&'static str, OsString)>,
    specs_missing: bool,
    witnessed: statements::Witnessed,
    /// What the tests were built with, so that they need not be built again.
    driver: Option<clippy::Driver>,
    _postgres: Option<Postgres>,
    _screen: Option<screen::Screen>,
}

impl Surroundings {
    fn prepare(checkout: &Checkout, options: &Options, depth: Depth) -> Result<Self> {
        let tools = tools::Tools::install(checkout, options.engine, !options.no_browser)?;
        let witnessed = statements::Witnessed::prepare(checkout)?;
        let mut environment = depth.environment;
        environment.push(("BILLINGONE_TEST_STATEMENTS", witnessed.folder().into()));
        environment.push(("BILLINGONE_PRISM", tools.prism.clone().into()));
        environment.push(("BILLINGONE_AXE", tools.axe.clone().into()));
        environment.push(("BILLINGONE_NODE_MODULES", tools.node_modules.clone().into()));
        environment.push(("BILLINGONE_PYTHON", tools.python.clone().into()));
        let specs = checkout.specs();
        let specs_missing = specs.is_none();
        environment.extend(specs.map(|folder| ("BILLINGONE_SPECS", folder.into())));
        let postgres = match options.engine {
            Engine::Sqlite => None,
            Engine::Both | Engine::Postgres => Some(Postgres::start()?),
        };
        if let Some(server) = &postgres {
            environment.push(("BILLINGONE_TEST_POSTGRES", server.url().into()));
        }
        let screen = if options.no_browser {
            None
        } else {
            Some(screen::Screen::start()?)
        };
        if let Some(screen) = &screen {
            environment.push(("DISPLAY", screen.display().into()));
            environment.extend(driver("BILLINGONE_CHROMEDRIVER", "chromedriver"));
            environment.extend(driver("BILLINGONE_WEBKITDRIVER", "WebKitWebDriver"));
        }
        Ok(Self {
            tools,
            profile: depth
                .profile
                .unwrap_or(if is_ci() { "ci" } else { "default" }),
            environment,
            specs_missing,
            witnessed,
            driver: None,
            _postgres: postgres,
            _screen: screen,
        })
    }

    fn nextest(&self, checkout: &Checkout, options: &Options) -> Result<Count> {
        let report = checkout
            .target()
            .join("nextest")
            .join(self.profile)
            .join("junit.xml");
        let _ = std::fs::remove_file(&report);
        let mut command = self.tools.nextest(checkout);
        command.args([
            "run",
            "--workspace",
            "--cargo-quiet",
            "--profile",
            self.profile,
            "--test-threads",
            &threads().to_string(),
        ]);
        if let Some(driver) = &self.driver {
            driver.compile(&mut command);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        // A desktop's own screen must not be used instead of ours.
        command.env_remove("WAYLAND_DISPLAY");
        if let Some(expression) = options.expression() {
            command.args(["-E", &expression]);
        }
        let success = process::shown(command.args(&options.filter))?;
        Ok(count::of_junit(&report, success))
    }
}

/// Half as many again as there are cores: many a test waits for a browser, a process or a late answer.
fn threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, Into::into);
    cores + cores / 2
}

fn driver(variable: &'static str, program: &str) -> Option<(&'static str, OsString)> {
    process::on_path(program).map(|file| (variable, file.into()))
}

pub fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Compiling documentation for nothing takes a while, so only where some holds Rust code.
fn has_doc_tests(checkout: &Checkout) -> Result<bool> {
    let mut search = checkout.command("git");
    search.args([
        "grep",
        "-l",
        "-E",
        r"^\s*//[/!] ```(rust|no_run|should_panic|$)",
    ]);
    // A fence that closes a block of another language looks like one that opens Rust code; a
    // needless run is harmless.
    Ok(search
        .args(["--", "crates/*/src/*.rs"])
        .output()?
        .status
        .success())
}

fn doc_tests(checkout: &Checkout) -> Result<Count> {
    let mut command = checkout.cargo();
    let output = command
        .args(["test", "--doc", "--workspace", "--quiet"])
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        println!("{said}{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(count::of_libtest(&said, output.status.success()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_said_in_one_expression() {
        assert_eq!(Options::default().expression(), None);
        let options = Options {
            expression: Some("package(billing) or test(sync)".to_owned()),
            no_browser: true,
            engine: Engine::Sqlite,
            ..Options::default()
        };
        let expected = format!(
            "(package(billing) or test(sync)) and not {BROWSER_TESTS} and not {POSTGRES_TESTS}"
        );
        assert_eq!(options.expression(), Some(expected));
    }
}
