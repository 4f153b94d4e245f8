//! What the tests need on this machine, installed where we may and explained where we may not.
//!
//! System packages come from Debian, as root only. Everything else goes to `target/tools`, in
//! the versions checked in under `crates/xtask/tools`, and is left alone while those stand.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::{Engine, postgres};
use crate::checkout::Checkout;
use crate::process::{on_path, quietly, shown};

/// The test runner's version, built from source where it is missing.
const NEXTEST_VERSION: &str = "0.9.143";

const NODE_MAJOR_AT_LEAST: u32 = 20;

/// A program of the system, the Debian package that has it, and how to see that it is there.
struct Need {
    what: &'static str,
    package: &'static str,
    present: fn() -> bool,
}

const POSTGRES: Need = Need {
    what: "PostgreSQL 15",
    package: "postgresql-15",
    present: || postgres::programs().is_some(),
};

const PYTHON: Need = Need {
    what: "Python with venv",
    package: "python3-venv",
    present: || {
        let mut python = Command::new("python3");
        quietly(python.args(["-c", "import venv, ensurepip"])).is_ok()
    },
};

const PDF_READER: Need = Need {
    what: "pdftotext",
    package: "poppler-utils",
    present: || on_path("pdftotext").is_some(),
};

const BROWSERS: [Need; 4] = [
    Need {
        what: "Chromium",
        package: "chromium",
        present: || on_path("chromium").is_some(),
    },
    Need {
        what: "Chromium's driver",
        package: "chromium-driver",
        present: || on_path("chromedriver").is_some(),
    },
    Need {
        what: "WebKit and its driver",
        package: "webkit2gtk-driver",
        present: || on_path("WebKitWebDriver").is_some(),
    },
    Need {
        what: "Xvfb",
        package: "xvfb",
        present: || on_path("Xvfb").is_some(),
    },
];

/// Where the tests find what was installed.
pub struct Tools {
    pub prism: PathBuf,
    /// The script of axe-core, which judges how accessible a page is.
    pub axe: PathBuf,
    /// The folder with what npm installed, Supabase's client among it.
    pub node_modules: PathBuf,
    pub python: PathBuf,
    nextest_folder: PathBuf,
}

impl Tools {
    pub fn install(checkout: &Checkout, engine: Engine, browsers: bool) -> Result<Self> {
        let mut needs = vec![&PYTHON, &PDF_READER];
        if engine != Engine::Sqlite {
            needs.push(&POSTGRES);
        }
        if browsers {
            needs.extend(&BROWSERS);
        }
        system(&needs)?;
        node()?;
        let nextest_folder = nextest(checkout)?;
        let modules = npm_modules(checkout)?;
        let python = python(checkout, "venv", "requirements.txt")?;
        Ok(Self {
            prism: modules.join(".bin/prism"),
            axe: modules.join("axe-core/axe.min.js"),
            node_modules: modules,
            python,
            nextest_folder,
        })
    }

    /// `cargo nextest`, wherever it was found.
    pub fn nextest(&self, checkout: &Checkout) -> Command {
        let mut command = checkout.cargo();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).chain([self.nextest_folder.clone()]);
        if let Ok(path) = std::env::join_paths(folders) {
            command.env("PATH", path);
        }
        command.arg("nextest");
        command
    }
}

fn system(needs: &[&Need]) -> Result<()> {
    let missing: Vec<&&Need> = needs.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let names: Vec<&str> = missing.iter().map(|need| need.what).collect();
    let line = format!(
        "apt-get install -y --no-install-recommends {}",
        packages.join(" ")
    );
    if on_path("apt-get").is_none() || !postgres::is_root()? {
        bail!("missing: {}.\nOn Debian, as root: {line}", names.join(", "));
    }
    println!("installing {}", packages.join(" "));
    quietly(apt().arg("update")).context("could not read Debian's package lists")?;
    quietly(
        apt()
            .args(["install", "-y", "--no-install-recommends"])
            .args(&packages),
    )
    .with_context(|| format!("could not install: {line}"))?;
    match missing.iter().find(|need| !(need.present)()) {
        Some(need) => bail!("{} is still missing after: {line}", need.what),
        None => Ok(()),
    }
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command
        .env("DEBIAN_FRONTEND", "noninteractive")
        .args(["-q", "-o", "Dpkg::Use-Pty=0"]);
    command
}

/// Node comes with the machine: Debian 12's own is too old for the web build.
fn node() -> Result<()> {
    let version = crate::process::capture(Command::new("node").arg("--version"))
        .context("Node is missing; install version 20 or newer")?;
    let major = version
        .trim()
        .trim_start_matches('v')
        .split('.')
        .next()
        .unwrap_or_default();
    if !major
        .parse()
        .is_ok_and(|major: u32| major >= NODE_MAJOR_AT_LEAST)
    {
        bail!(
            "Node {} is too old; install version 20 or newer",
            version.trim()
        );
    }
    on_path("npm")
        .map(drop)
        .context("npm is missing; it comes with Node")
}

/// The folder that has `cargo-nextest`, which is built (a few minutes, once) where it is missing.
fn nextest(checkout: &Checkout) -> Result<PathBuf> {
    if let Some(folder) = on_path("cargo-nextest").and_then(|file| file.parent().map(Into::into)) {
        return Ok(folder);
    }
    let root = checkout.target().join("tools/cargo");
    if !root.join("bin/cargo-nextest").is_file() {
        println!("building cargo-nextest {NEXTEST_VERSION}, once");
        let mut install = checkout.cargo();
        // A debug build: it only starts other programs, and is ready in half the time.
        install.env("CARGO_PROFILE_DEV_DEBUG", "false");
        install.args([
            "install",
            "--quiet",
            "--locked",
            "--debug",
            "cargo-nextest",
            "--version",
        ]);
        if !shown(install.arg(NEXTEST_VERSION).arg("--root").arg(&root))? {
            bail!("could not build cargo-nextest; try: cargo install cargo-nextest --locked");
        }
    }
    Ok(root.join("bin"))
}

/// The folder of what npm installed.
fn npm_modules(checkout: &Checkout) -> Result<PathBuf> {
    let folder = checkout.target().join("tools/npm");
    let files = ["package.json", "package-lock.json", ".npmrc"];
    once(checkout, &folder, &files, || {
        println!("installing npm tools");
        quietly(
            Command::new("npm")
                .args(["ci", "--ignore-scripts", "--silent"])
                .current_dir(&folder),
        )
    })?;
    Ok(folder.join("node_modules"))
}

/// The interpreter of a virtual environment with exactly these requirements.
pub fn python(checkout: &Checkout, name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = checkout.target().join("tools").join(name);
    let interpreter = folder.join("bin/python");
    once(checkout, &folder, &[requirements], || {
        println!("installing Python packages of {requirements}");
        quietly(
            Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(&folder),
        )?;
        let list = checkout.path(TOOLS).join(requirements);
        let mut pip = Command::new(&interpreter);
        quietly(
            pip.args(["-m", "pip", "install", "--quiet", "-r"])
                .arg(list),
        )
    })?;
    Ok(interpreter)
}

/// Where the versions are checked in.
const TOOLS: &str = "crates/xtask/tools";

/// Installs unless the folder holds the same list of versions from an install that succeeded.
fn once(
    checkout: &Checkout,
    folder: &Path,
    files: &[&str],
    install: impl FnOnce() -> Result<()>,
) -> Result<()> {
    let wanted: Vec<(PathBuf, Vec<u8>)> = files
        .iter()
        .map(|file| {
            let text = std::fs::read(checkout.path(TOOLS).join(file))
                .with_context(|| format!("{TOOLS}/{file} cannot be read"))?;
            Ok((folder.join(file), text))
        })
        .collect::<Result<_>>()?;
    let done = folder.join("installed");
    let same = |(file, text): &(PathBuf, Vec<u8>)| std::fs::read(file).ok().as_ref() == Some(text);
    if done.is_file() && wanted.iter().all(same) {
        return Ok(());
    }
    let _ = std::fs::remove_file(&done);
    let put = || -> Result<()> {
        std::fs::create_dir_all(folder)?;
        for (file, text) in &wanted {
            std::fs::write(file, text)?;
        }
        Ok(())
    };
    put()?;
    install()?;
    // Python's venv begins by clearing its folder, so the list is written again.
    put()?;
    std::fs::write(done, "")?;
    Ok(())
}
