//! All automation of the project: what a person, a hook and CI run is the same command.
//!
//! Knows the checkout, the tools and cargo. Refuses to know the product: it links none of the
//! other crates, so it compiles in seconds and works while they do not.

mod bench;
mod checkout;
mod generate;
mod process;
mod prove;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

/// Automation for BillingOne. Run from anywhere in the checkout.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Run every check and test; install what they need, or say what to install.
    ///
    /// With a filter only the matching tests run, without formatting, lints and tidy.
    Test(test::Options),
    /// Check the invariants of ARCHITECTURE.md; each violation says why and how to mend it.
    Tidy,
    /// Write the checked-in files that are made from others.
    Generate,
    /// Measure against the references; each figure is a ratio of interleaved runs.
    Bench(bench::Options),
    /// The long form of `test`: every case, seed and crash, then the measurements.
    Prove(prove::Options),
}

fn main() -> ExitCode {
    match run(Task::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether the task found everything in order.
fn run(task: Task) -> Result<bool> {
    let checkout = checkout::Checkout::find()?;
    match task {
        Task::Test(options) => test::run(&checkout, &options),
        Task::Tidy => tidy::run(&checkout),
        Task::Generate => generate::run(&checkout),
        Task::Bench(options) => bench::run(&checkout, &options),
        Task::Prove(options) => prove::run(&checkout, &options),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_command_can_be_parsed() {
        Task::command().debug_assert();
    }
}
