//! Requests that Schemathesis makes up from our own document: each is answered with a status and a
//! body that the document knows, and none with a fault of ours.
//!
//! It comes with the Python packages of `BILLINGONE_PYTHON`; without them nothing is proved, which
//! fails in CI and is said aloud elsewhere.

use tokio::process::Command;

use super::world::World;
use crate::{db::Engine, testing::python};

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance";

/// Cases for each operation; in the long form more.
fn cases() -> &'static str {
    if std::env::var_os("BILLINGONE_PROVE").is_some() {
        "150"
    } else {
        "8"
    }
}

/// How the database is called does not show in answers, so one engine tells this story.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contract_of_the_api_holds_for_requests_that_are_made_up() {
    let Some(python) = python("made-up requests") else {
        return;
    };
    let world = World::start(Engine::Sqlite).await;
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(python)
        .args(["-c", "from schemathesis.cli import schemathesis; schemathesis()"])
        .arg("run")
        .arg(format!("http://{}/api/openapi.json", world.app.address))
        .args(["--header", &format!("Authorization: Bearer {}", world.app.token)])
        // It would end the session that the others are asked with.
        .args(["--exclude-operation-id", "delete_session"])
        .args(["--checks", CHECKS, "--phases", "coverage,fuzzing"])
        .args(["--max-examples", cases(), "--seed", "1", "--no-shrink"])
        .args(["--continue-on-failure", "--no-color"])
        .args(["--generation-database", "none", "--suppress-health-check", "all"])
        .current_dir(folder.path())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let also = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}\n{also}");
    assert!(said.contains("generated"), "nothing was asked: {said}");
}
