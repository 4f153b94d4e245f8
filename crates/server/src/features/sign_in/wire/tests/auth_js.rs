//! `@supabase/auth-js`, unmodified.

use std::path::PathBuf;

use tokio::process::Command;

use crate::{
    db::Engine,
    testing::{OWNER, PASSWORD, TestApp, on_both_engines},
};

on_both_engines!(open_to_all => supabase_s_own_client_is_content);

async fn open_to_all(engine: Engine) -> TestApp {
    TestApp::configured(engine, |config| config.sign_in.sign_up = true).await
}

/// Where `cargo xtask test` put the packages.
fn packages() -> PathBuf {
    std::env::var_os("BILLINGONE_NODE_MODULES").map_or_else(
        || {
            PathBuf::from(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../../target/tools/npm/node_modules"
            ))
        },
        PathBuf::from,
    )
}

async fn supabase_s_own_client_is_content(app: TestApp) {
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/features/sign_in/wire/tests/auth_js.mjs"
    );
    let run = Command::new("node")
        .arg(script)
        .arg(packages())
        .args([&app.app.config.server.public_url, OWNER, PASSWORD])
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    let wrong = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}\n{wrong}");
    assert_eq!(told.matches("ok: ").count(), 7, "{told}");
}
