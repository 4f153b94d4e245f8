//! `demo`: the whole main job on a simulated MSP, with no configuration.
//!
//! Starts the sandbox's vendors, makes an organization, connects through the real flows, reads
//! everything, agrees what the MSP agreed, finds what is not billed, makes drafts, and serves. Each
//! step looks first whether it was done before, so a second start in the same folder goes on where
//! the first one was left, however that ended.

mod desk;
mod progress;
mod report;

use std::{
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::net::TcpListener;

use self::desk::Desk;
use super::{init, open, serve, stamp};
use crate::{
    app::App,
    config::Config,
    features::{
        connections,
        sign_in::{self, NewOrganization, Password},
    },
    http::Role,
};

#[derive(clap::Args)]
pub struct Demo {
    /// Which simulated world; the same seed makes the same world [default: 1, or what the folder
    /// holds].
    #[arg(long)]
    seed: Option<u64>,
    /// How many clients the MSP has [default: 60, or what the folder holds].
    #[arg(long)]
    clients: Option<u32>,
    /// Stop after the report instead of serving.
    #[arg(long)]
    once: bool,
}

pub const EMAIL: &str = "owner@northwind.example";
pub const PASSWORD_FILE: &str = "demo-password";
/// What the vendors were asked to change, see `sandbox::journal`.
pub const JOURNAL_FILE: &str = "demo-vendors.jsonl";
/// Warnings would be lost among a service's usual lines, and these among the demo's own.
pub const LOG_FILTER: &str = "warn";

/// `kept` is the data folder that was asked for; without one everything is thrown away at the end.
pub async fn run(mut config: Config, demo: Demo, kept: bool) -> anyhow::Result<()> {
    let thrown_away = if kept { None } else { Some(scratch_folder()?) };
    if let Some(folder) = &thrown_away {
        config.data.dir.clone_from(&folder.0);
    }
    std::fs::create_dir_all(&config.data.dir)
        .with_context(|| format!("making {}", config.data.dir.display()))?;
    stamp::claim(&config.data.dir, stamp::Mode::Demo)?;
    let password = password(&config.data.dir)?;
    let token = hex::encode(init::random_bytes::<16>()?);
    let sandbox = start_sandbox(&token, &demo, config.data.dir.join(JOURNAL_FILE)).await?;
    let listener = listen(&config).await?;
    let address = listener.local_addr()?;
    config.server.public_url = format!("http://localhost:{}", address.port());
    point_at(&mut config, &sandbox, &token);
    init::make_key_if_missing(&config.data.dir.join(open::KEY_FILE))?;
    open::migrate_quietly(&config).await?;
    let app = open::app(config).await?;
    first_owner(&app, &password).await?;

    let serving = tokio::spawn(serve::serve_on(
        app.clone(),
        listener,
        serve::asked_to_stop(),
    ));
    let prepared = tokio::select! {
        prepared = prepare(&app, &sandbox, &password) => prepared.map(Some),
        () = app.stopping.cancelled() => Ok(None),
    };
    let outcome = match prepared {
        Ok(Some(desk)) => report::print(&desk, &app, &password, kept, demo.once).await,
        Ok(None) => {
            let later = if kept {
                "; the next start goes on from here"
            } else {
                ""
            };
            println!("\nStopping{later}.");
            Ok(())
        }
        Err(error) => Err(error),
    };
    if demo.once || outcome.is_err() {
        app.stopping.cancel();
    }
    serving.await??;
    sandbox.shutdown().await?;
    outcome
}

/// Everything that a new owner would do, as far as it is not done yet.
async fn prepare(app: &App, sandbox: &sandbox::Running, password: &str) -> anyhow::Result<Desk> {
    let desk = Desk::sign_in(app, password).await?;
    desk.connect(sandbox).await?;
    desk.sync_all().await?;
    // Drafts come last: where there are any, everything was agreed.
    let is_set_up = desk.has_drafts().await?;
    if !is_set_up {
        desk.agree(&sandbox.control.setup()).await?;
    }
    desk.reconcile("Comparing bought, deployed, agreed and invoiced")
        .await?;
    if !is_set_up {
        desk.make_drafts().await?;
        // A period that was skipped is none any more once a draft has it.
        desk.reconcile("Comparing again, with the drafts").await?;
    }
    Ok(desk)
}

/// A folder of our own that goes when the demo ends.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "the demo's folder stays");
        }
    }
}

fn scratch_folder() -> anyhow::Result<Scratch> {
    let name = format!(
        "billingone-demo-{}",
        hex::encode(init::random_bytes::<6>()?)
    );
    let path = std::env::temp_dir().join(name);
    std::fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
    Ok(Scratch(path))
}

/// The owner's password: drawn once, kept where only its owner can read it.
fn password(folder: &Path) -> anyhow::Result<String> {
    let path = folder.join(PASSWORD_FILE);
    match std::fs::read_to_string(&path) {
        // Nothing in it: a crash came before it was written.
        Ok(kept) if !kept.trim().is_empty() => return Ok(kept.trim().to_owned()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("reading {}", path.display()));
        }
        _ => {}
    }
    let password = BASE64_STANDARD.encode(init::random_bytes::<12>()?);
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)?;
    file.write_all(format!("{password}\n").as_bytes())?;
    file.sync_all()?;
    Ok(password)
}

/// The vendors, where this folder left them.
async fn start_sandbox(
    token: &str,
    demo: &Demo,
    journal: PathBuf,
) -> anyhow::Result<sandbox::Running> {
    let mut options = sandbox::Options::new(token);
    if let Some(begun) = sandbox::journal::begun(&journal)? {
        let is_same = demo.seed.is_none_or(|seed| seed == begun.seed)
            && demo
                .clients
                .is_none_or(|clients| clients == begun.size.clients);
        ensure!(
            is_same,
            "this folder holds the demo with --seed {} --clients {}; start it without these, or \
             choose another folder with --data-dir",
            begun.seed,
            begun.size.clients
        );
        println!("Going on with the demo in {}.", folder_of(&journal));
        options.seed = begun.seed;
        options.size = begun.size;
    }
    options.seed = demo.seed.unwrap_or(options.seed);
    options.size.clients = demo.clients.unwrap_or(options.size.clients);
    options.ticking = true;
    println!("Starting Pax8, Xero and NinjaOne over an invented MSP.");
    options.journal = Some(journal);
    sandbox::Sandbox::start(options)
        .await
        .context("starting the simulated vendors")
}

fn folder_of(file: &Path) -> std::path::Display<'_> {
    file.parent().unwrap_or(file).display()
}

async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    if let Ok(listener) = TcpListener::bind(&config.server.listen).await {
        return Ok(listener);
    }
    println!("{} is in use; taking a free port.", config.server.listen);
    Ok(TcpListener::bind("127.0.0.1:0").await?)
}

/// Points every vendor address at the sandbox.
pub fn point_at(config: &mut Config, sandbox: &sandbox::Running, token: &str) {
    let (urls, credentials) = (&sandbox.urls, sandbox.control.credentials());
    config.vendors.pax8.api_url.clone_from(&urls.pax8_api);
    config
        .vendors
        .pax8
        .webhooks_url
        .clone_from(&urls.pax8_webhooks);
    let xero = &mut config.vendors.xero;
    xero.authorize_url.clone_from(&urls.xero_authorize);
    xero.token_url.clone_from(&urls.xero_token);
    xero.revoke_url.clone_from(&urls.xero_revoke);
    xero.connections_url.clone_from(&urls.xero_connections);
    xero.api_url.clone_from(&urls.xero_api);
    xero.client_id.clone_from(&credentials.xero_client_id);
    xero.client_secret
        .clone_from(&credentials.xero_client_secret);
    xero.webhook_key.clone_from(&credentials.xero_webhook_key);
    config
        .vendors
        .ninjaone
        .api_url
        .clone_from(&urls.ninjaone_api);
    config.simulation.clock_url = format!("{}/clock", urls.control);
    token.clone_into(&mut config.simulation.clock_token);
}

async fn first_owner(app: &App, password: &str) -> anyhow::Result<()> {
    let mut tx = app.db.write_global().await?;
    if !connections::store::organizations(&mut tx).await?.is_empty() {
        return Ok(());
    }
    let new = NewOrganization {
        name: "Northwind IT".to_owned(),
        currency: "GBP".to_owned(),
        time_zone: "Europe/London".to_owned(),
    };
    let org = sign_in::create_organization(app, &mut tx, &new).await?;
    let password = Some(Password::chosen(password.to_owned(), &[])?);
    sign_in::add_person(
        app,
        &mut tx,
        org,
        EMAIL,
        "Olivia Owner",
        Role::Owner,
        password,
    )
    .await?;
    Ok(tx.commit().await?)
}
