//! `verify-pack`: whether an evidence pack is whole, and signed by whom it should be.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::features::month_end::pack::verify::verify;

#[derive(Args)]
pub struct VerifyPack {
    /// The archive.
    file: PathBuf,
    /// The fingerprint of the key it must be signed by, from the page it was downloaded from.
    #[arg(long)]
    key: Option<String>,
}

pub fn run(asked: &VerifyPack) -> anyhow::Result<()> {
    let bytes = std::fs::read(&asked.file)
        .with_context(|| format!("{} cannot be read", asked.file.display()))?;
    let verdict = verify(&bytes, asked.key.as_deref());
    if !verdict.month.is_empty() {
        println!(
            "Evidence pack of {} for {}",
            verdict.month, verdict.organization
        );
        println!("Signed by {}", verdict.fingerprint);
    }
    if asked.key.is_none() {
        println!("No --key was given: whose key this is was not checked.");
    }
    println!(
        "{} files, {} invoices, {} lines worked out again",
        verdict.files, verdict.invoices, verdict.lines
    );
    if verdict.wrong.is_empty() {
        println!("All of it is right.");
        return Ok(());
    }
    for wrong in &verdict.wrong {
        println!("WRONG: {wrong}");
    }
    bail!("the pack is not as it was signed");
}
