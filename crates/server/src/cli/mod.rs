//! The commands of the binary. Each is a short story over the library.

pub mod agreed;
mod check;
mod demo;
mod fetch;
mod import;
mod init;
mod keep;
mod open;
mod people;
mod sandbox;
mod serve;
mod stamp;
mod verify;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use self::sandbox::{Simulated, run as simulate};
use crate::config::{Config, LogFormat};

#[derive(Parser)]
#[command(
    name = "billingone",
    version,
    about = "The finance desk of a managed service provider"
)]
struct Arguments {
    /// A TOML file with settings; `config.example.toml` lists them all.
    #[arg(long, short, global = true, env = "BILLINGONE_CONFIG")]
    config: Option<PathBuf>,
    /// Where the database, the key and backups live (overrides the setting data.dir).
    #[arg(long, global = true)]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Try everything on a simulated MSP; needs no configuration.
    Demo(demo::Demo),
    /// Run the simulated vendors alone.
    Sandbox(Simulated),
    /// Make the data folder, the secret key, the database and the first owner.
    Init(init::Init),
    /// Bring the database to this version.
    Migrate,
    /// Serve pages and API; on SQLite also run jobs.
    Serve,
    /// Read the vendors now.
    Sync(fetch::Fetch),
    /// Look for what is wrong with settings, database and connections, and say what to do.
    Check,
    /// Copy the database and the key while the server runs (SQLite).
    Backup(keep::Backup),
    /// Put a backup into an empty data folder.
    Restore(keep::Restore),
    /// Check an evidence pack: its signature, every file, and every invoice line from its explanation.
    VerifyPack(verify::VerifyPack),
    /// Add people, set passwords.
    #[command(subcommand)]
    User(people::User),
    /// Run jobs only (PostgreSQL; any number of processes).
    Worker,
}

pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("billingone: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let mut config = Config::load(arguments.config.as_deref(), variables)?;
    let kept = arguments.data_dir.is_some();
    if let Some(dir) = arguments.data_dir {
        config.data.dir = dir;
    }
    let is_untouched = config.log.filter == Config::load(None, [])?.log.filter;
    if is_untouched && matches!(arguments.command, Command::Demo(_)) {
        demo::LOG_FILTER.clone_into(&mut config.log.filter);
    }
    start_log(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match arguments.command {
            Command::Demo(demo) => demo::run(config, demo, kept).await,
            Command::Sandbox(simulated) => simulate(simulated).await,
            Command::Sync(fetch) => fetch::run(config, fetch).await,
            Command::Check => check::run(config).await,
            Command::Backup(backup) => keep::backup(config, backup).await,
            Command::Restore(restore) => keep::restore(config, restore).await,
            Command::VerifyPack(asked) => verify::run(&asked),
            Command::User(user) => people::run(config, user).await,
            Command::Init(init) => init::run(config, init).await,
            Command::Migrate => open::migrate(&config).await,
            Command::Serve => serve::serve(config).await,
            Command::Worker => serve::worker(config).await,
        }
    })
}

fn start_log(config: &Config) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log.filter)?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match config.log.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
