//! `sandbox`: the simulated vendors by themselves, for trying clients against them.

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context as _;

use super::{init, serve};

#[derive(clap::Args)]
pub struct Simulated {
    /// Which simulated world; the same seed makes the same world.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many clients the MSP has.
    #[arg(long, default_value_t = 60)]
    clients: u32,
    /// Where to listen; loopback only.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Bearer token of `/_control`; drawn when not given.
    #[arg(long, env = "BILLINGONE_TEST_CONTROL_TOKEN", hide_env_values = true)]
    control_token: Option<String>,
    /// Let simulated time pass as real time does.
    #[arg(long)]
    ticking: bool,
    /// Keep what changes in this file; the next start with it goes on from there.
    #[arg(long)]
    journal: Option<PathBuf>,
}

pub async fn run(simulated: Simulated) -> anyhow::Result<()> {
    anyhow::ensure!(
        simulated.listen.ip().is_loopback(),
        "the sandbox listens on loopback only"
    );
    let token = match simulated.control_token {
        Some(token) => token,
        None => hex::encode(init::random_bytes::<16>()?),
    };
    let mut options = sandbox::Options::new(token.clone());
    options.seed = simulated.seed;
    options.size.clients = simulated.clients;
    options.addr = simulated.listen;
    options.ticking = simulated.ticking;
    options.journal = simulated.journal;
    let running = sandbox::Sandbox::start(options)
        .await
        .context("starting the vendors")?;
    println!("{}", serde_json::to_string_pretty(&running.urls)?);
    println!("Control token: {token}");
    serve::asked_to_stop().await;
    running.shutdown().await
}
