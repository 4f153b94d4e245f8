//! `demo`: the whole main job on a simulated MSP, with no configuration.
//!
//! Starts the sandbox's vendors, makes an organization, connects through the real flows, reads
//! everything, agrees what the MSP agreed, finds what is not billed, makes drafts, and serves.

mod desk;
mod report;

use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use anyhow::Context as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tokio::net::TcpListener;

use self::desk::Desk;
use super::{init, open, serve, stamp};
use crate::{
    app::App,
    config::Config,
    features::sign_in::{self, NewOrganization, Password},
    http::Role,
};

#[derive(clap::Args)]
pub struct Demo {
    /// Which simulated world; the same seed makes the same world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many clients the MSP has.
    #[arg(long, default_value_t = 60)]
    clients: u32,
    /// Stop after the report instead of serving.
    #[arg(long)]
    once: bool,
}

pub const EMAIL: &str = "owner@northwind.example";
const PASSWORD_FILE: &str = "demo-password";
const DATABASE_FILE: &str = "billingone.db";

/// `kept` is the data folder that was asked for; without one everything is thrown away at the end.
pub async fn run(mut config: Config, demo: Demo, kept: bool) -> anyhow::Result<()> {
    let thrown_away = if kept { None } else { Some(scratch_folder()?) };
    if let Some(folder) = &thrown_away {
        config.data.dir.clone_from(&folder.0);
    }
    std::fs::create_dir_all(&config.data.dir)
        .with_context(|| format!("making {}", config.data.dir.display()))?;
    stamp::claim(&config.data.dir, stamp::Mode::Demo)?;
    let is_new = !config.data.dir.join(DATABASE_FILE).exists();
    let password = password(&config.data.dir)?;

    let token = hex::encode(init::random_bytes::<16>()?);
    let sandbox = start_sandbox(&token, &demo).await?;
    let listener = listen(&config).await?;
    let address = listener.local_addr()?;
    config.server.public_url = format!("http://localhost:{}", address.port());
    point_at(&mut config, &sandbox, &token);
    if is_new {
        init::make_key(&config.data.dir.join(open::KEY_FILE))?;
    }
    open::migrate_quietly(&config).await?;
    let app = open::app(config).await?;
    if is_new {
        first_owner(&app, &password).await?;
    }

    let serving = tokio::spawn(serve::serve_on(app.clone(), listener));
    let desk = Desk::sign_in(&app, &password).await?;
    if is_new {
        desk.connect(&sandbox).await?;
        desk.sync_all().await?;
        desk.agree(&sandbox.control.setup()).await?;
        desk.reconcile().await?;
        desk.make_drafts().await?;
    } else {
        println!("Resuming in {}.", app.config.data.dir.display());
        desk.connect(&sandbox).await?;
        desk.sync_all().await?;
    }
    report::print(&desk, &app, &password, kept).await?;
    if demo.once {
        serving.abort();
    } else {
        serving.await??;
    }
    sandbox.shutdown().await
}

/// A folder of our own that goes when the demo ends.
struct Scratch(std::path::PathBuf);

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
    if let Ok(kept) = std::fs::read_to_string(&path) {
        return Ok(kept.trim().to_owned());
    }
    let password = BASE64_STANDARD.encode(init::random_bytes::<12>()?);
    let mut options = std::fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    writeln!(file, "{password}")?;
    Ok(password)
}

async fn start_sandbox(token: &str, demo: &Demo) -> anyhow::Result<sandbox::Running> {
    let mut options = sandbox::Options::new(token);
    options.seed = demo.seed;
    options.size.clients = demo.clients;
    options.ticking = true;
    sandbox::Sandbox::start(options)
        .await
        .context("starting the simulated vendors")
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
    let new = NewOrganization {
        name: "Northwind IT".to_owned(),
        currency: "GBP".to_owned(),
        time_zone: "Europe/London".to_owned(),
    };
    let org = sign_in::create_organization(app, &mut tx, &new).await?;
    let password = Some(Password::chosen(password.to_owned())?);
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
