//! PyPI's `supabase-auth`, unmodified.

use tokio::process::Command;

use crate::{
    db::Engine,
    testing::{OWNER, PASSWORD, TestApp, on_both_engines, python},
};

on_both_engines!(open_to_all => supabase_s_client_for_python_is_content);

async fn open_to_all(engine: Engine) -> TestApp {
    TestApp::configured(engine, |config| config.sign_in.sign_up = true).await
}

async fn supabase_s_client_for_python_is_content(app: TestApp) {
    let Some(python) = python("supabase-auth") else {
        return;
    };
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/features/sign_in/wire/tests/auth_py.py"
    );
    let run = Command::new(python)
        .arg(script)
        .args([&app.app.config.server.public_url, OWNER, PASSWORD])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .await
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    let wrong = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{told}\n{wrong}");
    assert_eq!(told.matches("ok: ").count(), 6, "{told}");
}
