//! The findings equal the sandbox's answer sheet: every leak is found, priced to the cent, and
//! nothing else is.

use std::collections::BTreeSet;

use crate::{
    db::Engine,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(first_world => findings_equal_the_answer_sheet, a_second_run_changes_nothing);

async fn first_world(engine: Engine) -> TestApp {
    world(engine, 1).await
}

/// A world that has been read and agreed upon.
async fn world(engine: Engine, seed: u64) -> TestApp {
    let mut options = sandbox::Options::new("");
    options.seed = seed;
    let app = TestApp::with_sandbox(engine, options).await;
    app.sync_vendors().await;
    app.load_setup().await;
    app.post("/api/v1/reconcile", &serde_json::json!({})).await;
    app.run_jobs().await;
    app
}

type Rows = BTreeSet<(String, String, i64, String)>;

async fn found(app: &TestApp) -> Rows {
    let mut rows = Rows::new();
    let mut cursor = String::new();
    loop {
        let (status, page) = app
            .get(&format!("/api/v1/findings?limit=200&cursor={cursor}"))
            .await;
        assert_eq!(status, 200, "{page}");
        for row in page["items"].as_array().unwrap() {
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            let impact = row["impact_minor"].as_i64().unwrap();
            rows.insert((text("kind"), text("subject"), impact, text("currency")));
        }
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return rows,
        }
    }
}

fn answers(app: &TestApp) -> Rows {
    let sheet = serde_json::to_value(app.sandbox.as_ref().unwrap().control.answers()).unwrap();
    let rows = sheet.as_array().unwrap().iter().map(|row| {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        (
            text("kind"),
            text("subject"),
            row["impact_minor"].as_i64().unwrap(),
            text("currency"),
        )
    });
    rows.collect()
}

async fn findings_equal_the_answer_sheet(app: TestApp) {
    compare(&app).await;
}

async fn compare(app: &TestApp) {
    let (found, wanted) = (found(app).await, answers(app));
    let missing: Vec<_> = wanted.difference(&found).collect();
    let surplus: Vec<_> = found.difference(&wanted).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "missing {missing:#?}\nsurplus {surplus:#?}\n{} found, {} wanted",
        found.len(),
        wanted.len()
    );
    assert!(!found.is_empty());
}

async fn a_second_run_changes_nothing(app: TestApp) {
    let before = app.get("/api/v1/findings?limit=200").await.1;
    app.post("/api/v1/reconcile", &serde_json::json!({})).await;
    app.run_jobs().await;
    assert_eq!(app.get("/api/v1/findings?limit=200").await.1, before);
}

/// Two more worlds, on both engines.
mod second_world {
    use super::*;

    on_both_engines!(start => findings_equal_the_answer_sheet);

    async fn start(engine: Engine) -> TestApp {
        world(engine, 2).await
    }

    async fn findings_equal_the_answer_sheet(app: TestApp) {
        compare(&app).await;
    }
}

mod third_world {
    use super::*;

    on_both_engines!(start => findings_equal_the_answer_sheet);

    async fn start(engine: Engine) -> TestApp {
        world(engine, 3).await
    }

    async fn findings_equal_the_answer_sheet(app: TestApp) {
        compare(&app).await;
    }
}
