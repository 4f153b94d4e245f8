//! A first sync of everything, a second that changes nothing, and what moves in between.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    db::{Engine, sql_owned},
    testing::{TestApp, on_both_engines},
};

pub async fn small_world(engine: Engine) -> TestApp {
    let mut options = sandbox::Options::new("");
    options.size.clients = 12;
    options.size.months = 6;
    TestApp::with_sandbox(engine, options).await
}

on_both_engines!(small_world =>
    a_second_sync_changes_nothing,
    time_passes_and_only_what_moved_is_listed,
);

const TABLES: [&str; 16] = [
    "vendor_company",
    "vendor_product",
    "subscription",
    "subscription_event",
    "vendor_bill",
    "vendor_bill_line",
    "invoice",
    "invoice_line",
    "payment",
    "credit_note",
    "repeating_invoice",
    "tax_rate",
    "ledger_account",
    "ledger_item",
    "device",
    "snapshot_count",
];

pub async fn sizes(app: &TestApp) -> BTreeMap<&'static str, i64> {
    let mut tx = app.app.db.read(app.org).await.unwrap();
    let mut sizes = BTreeMap::new();
    for table in TABLES {
        let text = format!("select count(*) from {table} where org_id = $1");
        let count: i64 = sql_owned(text).bind(app.org).value(&mut tx).await.unwrap();
        sizes.insert(table, count);
    }
    sizes
}

pub async fn runs(app: &TestApp) -> Vec<Value> {
    let (status, runs) = app.get("/api/v1/sync-runs?limit=200").await;
    assert_eq!(status, 200, "{runs}");
    runs["items"].as_array().unwrap().clone()
}

async fn a_second_sync_changes_nothing(app: TestApp) {
    app.sync_vendors().await;
    let before = sizes(&app).await;
    for (table, count) in &before {
        assert!(*count > 0, "{table} is empty");
    }
    assert_eq!(runs(&app).await.len(), 3);
    let (status, started) = app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
    assert_eq!(status, 202, "{started}");
    app.run_jobs().await;
    let after = runs(&app).await;
    assert_eq!(after.len(), 6);
    for run in &after[..3] {
        assert_eq!(run["state"], "done", "{run}");
        for counter in ["added", "changed", "removed"] {
            assert_eq!(run[counter], 0, "{run}");
        }
        assert!(run["records_read"].as_i64().unwrap() > 0);
    }
    let mut now = sizes(&app).await;
    // Every count is a snapshot of its own.
    now.insert("snapshot_count", before["snapshot_count"]);
    assert_eq!(now, before);
    let (_, connections) = app.get("/api/v1/connections").await;
    for connection in connections["items"].as_array().unwrap() {
        assert_eq!(connection["state"], "connected");
        assert!(connection["last_synced_at"].is_string());
    }
}

/// Lets time pass without the session falling idle.
pub async fn pass_days(app: &TestApp, days: u32) {
    for _ in 0..days {
        app.control(Method::POST, "advance", &json!({ "days": 1 }))
            .await;
        assert_eq!(app.get("/api/v1/session").await.0, 200);
    }
}

async fn time_passes_and_only_what_moved_is_listed(app: TestApp) {
    app.sync_vendors().await;
    pass_days(&app, 10).await;
    app.post("/api/v1/sync", &json!({})).await;
    app.run_jobs().await;
    let latest = runs(&app).await;
    let xero = latest.iter().find(|run| run["vendor"] == "xero").unwrap();
    assert_eq!(xero["state"], "done", "{xero}");
    // Ten days later the last full read is too old for a delta.
    assert_eq!(xero["mode"], "full");
    pass_days(&app, 2).await;
    app.post("/api/v1/sync", &json!({})).await;
    app.run_jobs().await;
    let latest = runs(&app).await;
    let delta = latest.iter().find(|run| run["vendor"] == "xero").unwrap();
    assert_eq!(delta["mode"], "delta");
    assert_eq!(delta["removed"], 0);
    let read = |run: &Value| run["records_read"].as_i64().unwrap();
    assert!(read(delta) < read(xero), "{delta}");
    let id = delta["id"].as_str().unwrap();
    let (_, detail) = app.get(&format!("/api/v1/sync-runs/{id}")).await;
    let listed = detail["changes"].as_array().unwrap().len();
    let counted = delta["added"].as_i64().unwrap() + delta["changed"].as_i64().unwrap();
    assert_eq!(listed, usize::try_from(counted).unwrap(), "{detail}");
}
