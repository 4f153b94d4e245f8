//! `backup` and `restore` of an installation on SQLite. PostgreSQL has `pg_dump`, which is better
//! at it than we could be.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{demo, open, stamp};
use crate::{
    config::Config,
    db::{self, Db, DbOptions, Engine, dialect},
};

#[derive(clap::Args)]
pub struct Backup {
    /// A folder to make; it gets the database and the key. Keep it as safe as the data folder.
    to: PathBuf,
}

#[derive(clap::Args)]
pub struct Restore {
    /// A folder that `backup` made.
    from: PathBuf,
}

const DATABASE: &str = "billingone.db";
/// What belongs to the database; the last two in a demo's folder only.
const BESIDE: [&str; 3] = [open::KEY_FILE, demo::PASSWORD_FILE, demo::JOURNAL_FILE];

/// Copies the installation while it runs: the database as of one moment, and the key.
pub async fn backup(config: Config, backup: Backup) -> anyhow::Result<()> {
    let key = config.data.dir.join(open::KEY_FILE);
    let mode = stamp::of(&config.data.dir);
    let db = Db::connect(open::database_options(&config))
        .await
        .context("opening the database")?;
    if db.engine() == Engine::Postgres {
        bail!(
            "on PostgreSQL use pg_dump, and keep {} with the dump",
            key.display()
        );
    }
    let to = &backup.to;
    std::fs::create_dir(to).with_context(|| format!("making the new folder {}", to.display()))?;
    dialect::copy_to(&db, &to.join(DATABASE))
        .await
        .context("copying the database")?;
    for name in BESIDE {
        copy_if_there(&config.data.dir, to, name)?;
    }
    if let Some(mode) = mode {
        stamp::claim(to, mode)?;
    }
    println!("{} holds the database and the key as of now.", to.display());
    Ok(())
}

/// Puts a backup into an empty data folder and shows that it opens.
pub async fn restore(config: Config, restore: Restore) -> anyhow::Result<()> {
    let dir = &config.data.dir;
    let target = dir.join(DATABASE);
    if target.exists() {
        bail!(
            "{} exists; restore into an empty data folder (--data-dir)",
            target.display()
        );
    }
    check_copy(&restore.from.join(DATABASE)).await?;
    std::fs::create_dir_all(dir).with_context(|| format!("making {}", dir.display()))?;
    for name in [DATABASE, stamp::FILE].into_iter().chain(BESIDE) {
        copy_if_there(&restore.from, dir, name)?;
    }
    open::migrate(&config).await?;
    open::app(config)
        .await
        .context("opening what was restored")?;
    println!("Restored; `billingone serve` goes on from there.");
    Ok(())
}

fn copy_if_there(from: &Path, to: &Path, name: &str) -> anyhow::Result<()> {
    let from = from.join(name);
    if from.exists() {
        std::fs::copy(&from, to.join(name))
            .with_context(|| format!("copying {}", from.display()))?;
    }
    Ok(())
}

/// The copy is a database of ours, and not a newer one.
async fn check_copy(path: &Path) -> anyhow::Result<()> {
    if !path.exists() {
        bail!(
            "{} is not there: name a folder that `backup` made",
            path.display()
        );
    }
    let url = format!("sqlite:{}", path.display());
    let db = Db::connect(DbOptions {
        url,
        owner_url: None,
        connections: 1,
    })
    .await?;
    let lacking = db::pending(&db).await?.len();
    db.close().await;
    if lacking == db::migrations().len() {
        bail!("{} is not a database of BillingOne", path.display());
    }
    Ok(())
}
