//! Contracts made up and worked out once more, in another language, from the rules alone.

use tokio::process::Command;

use crate::{
    db::Engine,
    testing::{TestApp, python},
};

/// Nothing is stored, so one engine tells this story.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_s_arithmetic_agrees_to_the_cent() {
    let Some(python) = python("recomputing contracts") else {
        return;
    };
    let is_long = std::env::var_os("BILLINGONE_PROVE").is_some();
    let count = if is_long { "20000" } else { "500" };
    let app = TestApp::start(Engine::Sqlite).await;
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/features/invoice_previews/tests/recompute.py"
    );
    let run = Command::new(python)
        .arg(script)
        .arg(format!("http://{}", app.address))
        .args([&app.token, count, "1"])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let wrong = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}\n{wrong}");
    assert!(said.contains(&format!("{count} contracts agree")), "{said}");
}
