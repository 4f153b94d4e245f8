//! From settings to a running [`App`].

use anyhow::{Context as _, bail};

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    db::{self, Db, DbOptions},
    seal::Sealer,
};

pub const KEY_FILE: &str = "secret.key";

pub fn database_options(config: &Config) -> DbOptions {
    let owner_url = &config.database.owner_url;
    DbOptions {
        url: config.database_url(),
        owner_url: (!owner_url.is_empty()).then(|| owner_url.clone()),
        connections: config.database.connections,
    }
}

pub async fn migrate(config: &Config) -> anyhow::Result<()> {
    let now = Clock::system().now().timestamp_micros();
    let applied = db::migrate(&database_options(config), now).await?;
    match applied.as_slice() {
        [] => println!("The database is at this version already."),
        names => println!("Applied {}.", names.join(", ")),
    }
    Ok(())
}

/// The same without a word, for the demo.
pub async fn migrate_quietly(config: &Config) -> anyhow::Result<()> {
    let now = Clock::system().now().timestamp_micros();
    db::migrate(&database_options(config), now).await?;
    Ok(())
}

/// # Errors
/// Says which command or setting is missing.
pub async fn app(config: Config) -> anyhow::Result<App> {
    let sealer = sealer(&config)?;
    let db = Db::connect(database_options(&config))
        .await
        .context("opening the database")?;
    let waiting = db::pending(&db).await?;
    if !waiting.is_empty() {
        bail!(
            "the database waits for `billingone migrate` ({})",
            waiting.join(", ")
        );
    }
    let clock = clock(&config).await?;
    App::new(db, clock, config, sealer)
}

fn sealer(config: &Config) -> anyhow::Result<Sealer> {
    if !config.secrets.key.is_empty() {
        return Ok(Sealer::from_base64(&config.secrets.key)?);
    }
    let path = config.data.dir.join(KEY_FILE);
    let key = std::fs::read_to_string(&path)
        .with_context(|| format!("no key at {}; run `billingone init` once", path.display()))?;
    Ok(Sealer::from_base64(&key)?)
}

async fn clock(config: &Config) -> anyhow::Result<Clock> {
    let simulation = &config.simulation;
    if simulation.clock_url.is_empty() {
        return Ok(Clock::system());
    }
    let http = crate::app::outgoing_client()?;
    let clock = Clock::simulated(
        http,
        simulation.clock_url.clone(),
        simulation.clock_token.clone(),
    )
    .await
    .context("reading the sandbox's clock")?;
    tokio::spawn(clock.clone().follow());
    Ok(clock)
}
