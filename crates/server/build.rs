//! Bundles `web/` and embeds the result: `cargo build` needs no other command.
//!
//! Runs only when something under `web/` changed. Node.js is needed here and nowhere else; the
//! binary carries the finished files (see `ui::assets`).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

const OLDEST_NODE: u32 = 20;
const SOURCES: [&str; 7] = [
    "src",
    "css",
    "static",
    "build.mjs",
    "icons.mjs",
    "package.json",
    "package-lock.json",
];

fn main() -> ExitCode {
    match bundle() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            for line in message.lines() {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}

fn bundle() -> Result<(), String> {
    let crate_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let web = crate_dir.join("../../web");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", web.join(source).display());
    }
    println!("cargo::rerun-if-changed=build.rs");

    require_node()?;
    install_packages(&web)?;
    let out = PathBuf::from(variable("OUT_DIR")?);
    let bundle = out.join("web");
    let mut node = Command::new("node");
    node.arg(web.join("build.mjs"))
        .arg(&bundle)
        .current_dir(&web);
    run(node, "Bundling web/ failed")?;
    let manifest = fs::read_to_string(bundle.join("manifest.txt"))
        .map_err(|error| format!("web/build.mjs wrote no manifest: {error}"))?;
    fs::write(out.join("assets.rs"), embedding(&bundle, &manifest)?)
        .map_err(|error| format!("Could not write assets.rs: {error}"))
}

fn require_node() -> Result<(), String> {
    let advice = format!(
        "BillingOne bundles its front end while it is built and needs Node.js {OLDEST_NODE} or \
         newer with npm on the PATH (the finished binary does not).\n\
         Install it from your distribution or nodejs.org, then build again."
    );
    let answer = Command::new("node")
        .arg("--version")
        .output()
        .map_err(|error| format!("{advice}\nRunning `node --version` said: {error}"))?;
    let version = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .and_then(|n| n.parse().ok());
    match major {
        Some(OLDEST_NODE..) => Ok(()),
        Some(_) | None => Err(format!("{advice}\nFound Node.js `{version}`.")),
    }
}

/// `npm ci`, unless what is installed is at least as new as the lock file. Install scripts stay
/// off: esbuild's binary comes as an ordinary optional package.
fn install_packages(web: &Path) -> Result<(), String> {
    let modified = |file: &str| {
        fs::metadata(web.join(file))
            .and_then(|file| file.modified())
            .ok()
    };
    let installed = modified("node_modules/.package-lock.json");
    if installed.is_some() && installed >= modified("package-lock.json") {
        return Ok(());
    }
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.args([
        "ci",
        "--omit=dev",
        "--ignore-scripts",
        "--prefer-offline",
        "--loglevel=error",
    ])
    .current_dir(web);
    run(
        npm,
        "Installing the front end's packages failed (`npm ci` in web/)",
    )
}

fn run(mut command: Command, what_failed: &str) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{what_failed}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{what_failed} ({}):\n{}",
        output.status,
        said.trim()
    ))
}

/// Rust source with one constant (the address) per file and the table that serves them.
fn embedding(bundle: &Path, manifest: &str) -> Result<String, String> {
    let mut constants = String::new();
    let mut table = String::new();
    for line in manifest.lines() {
        let [name, file, mime] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("web/build.mjs wrote an odd manifest line: {line}"));
        };
        let path = bundle.join(file).display().to_string();
        let mut source = || {
            writeln!(constants, "pub const {name}: &str = \"/assets/{file}\";")?;
            writeln!(
                table,
                "    Asset {{ file: {file:?}, mime: {mime:?}, plain: include_bytes!({path:?}), \
                 gzip: include_bytes!({:?}), brotli: include_bytes!({:?}) }},",
                format!("{path}.gz"),
                format!("{path}.br"),
            )
        };
        source().map_err(|error| error.to_string())?;
    }
    Ok(format!(
        "{constants}\nstatic ASSETS: &[Asset] = &[\n{table}];\n"
    ))
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set: run this through cargo"))
}
