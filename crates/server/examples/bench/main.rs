//! The product measured from the database up, for `cargo xtask bench`; `bench/README.md` says how.
//! Every command ends with the line that the bench reads.

mod generate;
mod guess;
mod ingest;
mod load;
mod pages;
mod place;
mod read;
mod rows;
mod stored;
mod storm;
mod wall;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use serde_json::{Value, json};

#[derive(Parser)]
enum Command {
    /// Fill a database with an MSP of this size, reconciled once.
    Fill {
        url: String,
        size: u32,
    },
    /// Reconcile it, nothing having changed; or as if never before.
    Reconcile {
        url: String,
        #[arg(long)]
        first: bool,
    },
    /// Fill a database with so many contracts; see what making all their drafts costs for each.
    FillContracts {
        url: String,
        size: u32,
    },
    Generate {
        url: String,
    },
    /// Read the rows that reconciling reads, and nothing else.
    Read {
        url: String,
    },
    /// Write pages of invoices as Xero sends them.
    Pages {
        folder: PathBuf,
        size: u32,
    },
    /// Read those pages into a new database.
    Ingest {
        url: String,
        folder: PathBuf,
    },
    /// Sync that many invoices from the sandbox at the vendor's pace, on a simulated clock.
    Sync {
        folder: PathBuf,
        invoices: u32,
    },
    /// How long the vendor's limit alone makes the calls of that sync last.
    Wall {
        folder: PathBuf,
    },
    /// Guess the password of an address that somebody has, or that nobody has.
    Guess {
        url: String,
        #[arg(long)]
        unknown: bool,
    },
    /// Ask for a page of the product again and again.
    Page(pages::Asked),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let said = match Command::parse() {
        Command::Fill { url, size } => stored::fill(&url, size).await?,
        Command::Reconcile { url, first } => stored::reconcile(&url, first).await?,
        Command::FillContracts { url, size } => generate::fill(&url, size).await?,
        Command::Generate { url } => generate::measure(&url).await?,
        Command::Read { url } => read::everything(&url).await?,
        Command::Pages { folder, size } => ingest::write_pages(&folder, size)?,
        Command::Ingest { url, folder } => ingest::ingest(&url, folder).await?,
        Command::Sync { folder, invoices } => wall::sync(&folder, invoices).await?,
        Command::Wall { folder } => wall::wall(&folder)?,
        Command::Guess { url, unknown } => guess::guess(&url, unknown).await?,
        Command::Page(asked) => pages::measure(&asked).await?,
    };
    println!("{said}");
    Ok(())
}

/// What the bench reads: how long, and anything worth telling.
fn said(took: Duration, mut more: Value) -> Value {
    if let Some(fields) = more.as_object_mut() {
        fields.insert("seconds".to_owned(), json!(took.as_secs_f64()));
    }
    more
}
