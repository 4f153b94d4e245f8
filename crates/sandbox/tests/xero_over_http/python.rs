//! The sandbox's Xero, read and written by a client that the vendor wrote: PyPI `xero-python`.
//!
//! Needs a Python with the package: `BILLINGONE_PYTHON`, or `target/tools/venv/bin/python` as
//! `cargo xtask test` makes it. Without one the test says so; with `CI=true` it fails.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::support::{books, serve};
use tokio::process::Command;

fn python() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let named = std::env::var_os("BILLINGONE_PYTHON").map(PathBuf::from);
    let path = named.unwrap_or_else(|| workspace.join("target/tools/venv/bin/python"));
    path.exists().then_some(path)
}

#[tokio::test]
async fn the_official_python_sdk_reads_and_writes() {
    let Some(python) = python() else {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "xero-python is not installed"
        );
        eprintln!("not run: no Python with xero-python (BILLINGONE_PYTHON)");
        return;
    };
    let served = serve(books(25), None).await;
    let caller = served.connect().await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/xero_over_http/check.py");
    let output = Command::new(python)
        .arg(script)
        .env("XERO_BASE", &served.base)
        .env("XERO_TENANT", caller.tenant.to_string())
        .env("XERO_TOKEN", &caller.token)
        .env("XERO_REFRESH", &caller.refresh)
        .env("XERO_CLIENT_ID", "client")
        .env("XERO_CLIENT_SECRET", "secret")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("xero-python agrees"), "{said}");
}
