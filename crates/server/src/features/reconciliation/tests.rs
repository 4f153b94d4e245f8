//! The findings equal the sandbox's answer sheet: every leak is found, priced to the cent, and
//! nothing else is.

use std::collections::BTreeSet;

use crate::{
    db::{Engine, sql},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(first_world =>
    findings_equal_the_answer_sheet,
    a_second_run_changes_nothing,
    a_row_that_no_fact_supports_goes,
);

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

pub(crate) type Rows = BTreeSet<(String, String, i64, String)>;

pub(crate) async fn found(app: &TestApp) -> Rows {
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

pub(crate) fn answers(app: &TestApp) -> Rows {
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
    let before = seen(&app).await;
    reconcile(&app).await;
    assert_eq!(seen(&app).await, before);
}

/// Findings and the six numbers.
async fn seen(app: &TestApp) -> [serde_json::Value; 2] {
    let findings = app.get("/api/v1/findings?limit=200").await.1;
    let rows = app.get("/api/v1/reconciliation?limit=200").await.1;
    assert!(!rows["items"].as_array().unwrap().is_empty(), "{rows}");
    [findings, rows]
}

async fn reconcile(app: &TestApp) {
    app.post("/api/v1/reconcile", &serde_json::json!({})).await;
    app.run_jobs().await;
}

/// As after a mapping was moved from one item to another between two runs.
async fn a_row_that_no_fact_supports_goes(app: TestApp) {
    let before = seen(&app).await;
    let mut tx = app.app.db.write(app.org).await.unwrap();
    sql("update reconciliation_row set catalog_item_id = \
           (select item.id from catalog_item item where item.org_id = $1 and not exists \
             (select 1 from reconciliation_row other where other.org_id = $1 \
                and other.client_id = reconciliation_row.client_id \
                and other.catalog_item_id = item.id) order by item.id limit 1) \
         where org_id = $1 and (client_id, catalog_item_id) = \
           (select client_id, catalog_item_id from reconciliation_row \
            where org_id = $1 order by client_id, catalog_item_id limit 1)")
    .bind(app.org)
    .run_one(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    assert_ne!(seen(&app).await[1], before[1]);
    reconcile(&app).await;
    assert_eq!(seen(&app).await, before);
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
