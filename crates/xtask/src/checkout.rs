//! Where things lie: the repository, its files, and what is found beside it.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;

/// The working tree that this binary was built from.
pub struct Checkout {
    root: PathBuf,
}

impl Checkout {
    pub fn find() -> Result<Self> {
        // Cargo sets the variable at run time too; the compiled-in value serves a bare start.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file())
            .context("no Cargo.lock above the xtask crate: is this a checkout of the project?")?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Cargo's target folder, which another tool may have moved.
    pub fn target(&self) -> PathBuf {
        std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.path("target"), |folder| self.root.join(folder))
    }

    /// A command that starts in the root of the checkout.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// A cargo command, of the toolchain that runs us.
    pub fn cargo(&self) -> Command {
        self.command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
    }

    /// The vendors' own contracts, which are data for tests and no part of the repository:
    /// `BILLINGONE_SPECS`, or `../shared/specs` beside this checkout, beside the main one when
    /// this is a linked worktree, or beside the one this was cloned from.
    pub fn specs(&self) -> Option<PathBuf> {
        if let Some(named) = std::env::var_os("BILLINGONE_SPECS") {
            return Some(PathBuf::from(named));
        }
        let git = |arguments: &[&str]| {
            let mut command = self.command("git");
            process::capture(command.args(arguments))
                .ok()
                .map(|line| PathBuf::from(line.trim()))
        };
        let main = git(&["rev-parse", "--path-format=absolute", "--git-common-dir"])
            .and_then(|common| common.parent().map(Path::to_owned));
        let origin = git(&["config", "--get", "remote.origin.url"]);
        [Some(self.root.clone()), main, origin]
            .into_iter()
            .flatten()
            .map(|checkout| checkout.join("../shared/specs"))
            .find_map(|folder| folder.canonicalize().ok())
    }
}
