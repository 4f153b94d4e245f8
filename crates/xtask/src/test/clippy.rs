//! Clippy while the tests are built.
//!
//! `cargo clippy` only checks, and what was checked helps no build: every crate would be compiled
//! twice. Its driver is a compiler, though, so it builds our crates for the tests and tells what it
//! sees on the way, as `cargo clippy` has it do.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::checkout::Checkout;
use crate::process;

/// Compiles our own crates from now on.
pub struct Driver(PathBuf);

impl Driver {
    pub fn find(checkout: &Checkout) -> Result<Self> {
        let mut rustc = checkout.command("rustc");
        let sysroot = process::capture(rustc.args(["--print", "sysroot"]))?;
        let driver = PathBuf::from(sysroot.trim()).join("bin/clippy-driver");
        ensure!(
            driver.is_file(),
            "clippy is missing: `rustup component add clippy`"
        );
        Ok(Self(driver))
    }

    /// Has a cargo command compile with it.
    pub fn compile(&self, command: &mut Command) {
        command.env("RUSTC_WORKSPACE_WRAPPER", &self.0);
        // Its own separator between arguments.
        command.env(
            "CLIPPY_ARGS",
            "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__",
        );
    }

    /// Builds everything that the tests are, and says what clippy dislikes.
    pub fn build(&self, checkout: &Checkout) -> Result<bool> {
        let mut cargo = checkout.cargo();
        self.compile(&mut cargo);
        process::shown(cargo.args([
            "build",
            "--quiet",
            "--keep-going",
            "--workspace",
            "--all-targets",
        ]))
    }
}
