//! First steps of an installation.

use std::{io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path};

use anyhow::{Context as _, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use rand::TryRng as _;

use super::{open, stamp};
use crate::{
    config::Config,
    features::sign_in::{self, NewOrganization, Password},
    http::Role,
};

#[derive(clap::Args)]
pub struct Init {
    /// The organization's name.
    #[arg(long)]
    organization: String,
    /// The currency its books are kept in.
    #[arg(long, default_value = "GBP")]
    currency: String,
    /// Its time zone; service dates are calendar dates there.
    #[arg(long, default_value = "Europe/London")]
    time_zone: String,
    /// The first owner's e-mail address.
    #[arg(long)]
    email: String,
    /// The first owner's name.
    #[arg(long, default_value = "")]
    name: String,
    /// The first owner's password; better given as the variable than on the command line.
    #[arg(long, env = "BILLINGONE_PASSWORD", hide_env_values = true)]
    password: String,
}

pub async fn run(config: Config, init: Init) -> anyhow::Result<()> {
    std::fs::create_dir_all(&config.data.dir)
        .with_context(|| format!("making {}", config.data.dir.display()))?;
    stamp::claim(&config.data.dir, stamp::Mode::Live)?;
    let key = config.data.dir.join(open::KEY_FILE);
    make_key(&key)?;
    let made = first_owner(config, init).await;
    if made.is_err() {
        // Nothing was sealed with it, and the next try must not find it.
        std::fs::remove_file(&key).with_context(|| format!("removing {}", key.display()))?;
    }
    made
}

async fn first_owner(config: Config, init: Init) -> anyhow::Result<()> {
    open::migrate(&config).await?;
    let app = open::app(config).await?;
    let mut tx = app.db.write_global().await?;
    let new = NewOrganization {
        name: init.organization,
        currency: init.currency,
        time_zone: init.time_zone,
    };
    let org = sign_in::create_organization(&app, &mut tx, &new).await?;
    let password = Password::chosen(init.password, &[&init.email, &init.name])?;
    sign_in::add_person(
        &app,
        &mut tx,
        org,
        &init.email,
        &init.name,
        Role::Owner,
        Some(password),
    )
    .await?;
    tx.commit().await?;
    println!(
        "{} is ready; {} signs in after `billingone serve`.",
        new.name, init.email
    );
    Ok(())
}

/// Bytes of the operating system's randomness, before there is an App.
pub fn random_bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::rngs::SysRng.try_fill_bytes(&mut bytes)?;
    Ok(bytes)
}

/// The same, unless there is one.
pub fn make_key_if_missing(path: &Path) -> anyhow::Result<()> {
    if path.exists() {
        return Ok(());
    }
    make_key(path)
}

/// A new key, readable by its owner only. An existing one is never replaced.
pub fn make_key(path: &Path) -> anyhow::Result<()> {
    let key = random_bytes::<32>()?;
    let mut options = std::fs::OpenOptions::new();
    match options.write(true).create_new(true).mode(0o600).open(path) {
        Ok(mut file) => Ok(writeln!(file, "{}", BASE64_STANDARD.encode(key))?),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            bail!(
                "{} exists: this installation was initialised before",
                path.display()
            )
        }
        Err(error) => Err(error).with_context(|| format!("writing {}", path.display())),
    }
}
