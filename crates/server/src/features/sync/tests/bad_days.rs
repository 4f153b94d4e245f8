//! Bad days: whatever happens on the way, the end is as if it had not, or the connection says
//! clearly what is wrong and what to do.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::whole::{runs, small_world};
use crate::{
    db::{Engine, sql, sql_owned},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(small_world =>
    a_vendor_that_stays_down_needs_attention_and_heals,
    a_revoked_consent_asks_to_connect_again,
    a_crash_in_the_middle_goes_on_where_it_was,
);

/// Large enough that every list has several pages.
async fn large_world(engine: Engine) -> TestApp {
    TestApp::with_sandbox(engine, sandbox::Options::new("")).await
}

mod faults {
    use super::*;

    on_both_engines!(large_world => a_day_with_every_fault_ends_like_one_without);
}

/// Everything the vendors said, without what is ours (ids, times of runs).
async fn content(app: &TestApp) -> BTreeMap<&'static str, String> {
    const RECORDS: [&str; 11] = [
        "vendor_company",
        "vendor_product",
        "subscription",
        "vendor_bill",
        "invoice",
        "payment",
        "credit_note",
        "tax_rate",
        "ledger_account",
        "ledger_item",
        "device",
    ];
    const PARTS: [(&str, &str); 4] = [
        (
            "subscription_event",
            "happened_at || '/' || quantity || '/' || unit_cost",
        ),
        (
            "vendor_bill_line",
            "external_id || '/' || coalesce(ends_on, '') || '/' || cost_total_minor",
        ),
        (
            "invoice_line",
            "line_no || '/' || description || '/' || net_minor",
        ),
        (
            "snapshot_count",
            "company_external_id || '/' || meter || '/' || count",
        ),
    ];
    let records = RECORDS.map(|table| {
        let what = match table {
            "subscription" => "external_id || '/' || coalesce(previous_unit_cost, 0)",
            _ => "external_id",
        };
        (
            table,
            format!(
                "select {what} as key, content_hash from {table} \
            where org_id = $1 and removed_at is null order by 1, 2"
            ),
        )
    });
    let parts = PARTS.map(|(table, what)| {
        (
            table,
            format!(
                "select {what} as key, cast(null as bytea) from {table} \
            where org_id = $1 order by 1"
            ),
        )
    });
    let mut tx = app.app.db.read(app.org).await.unwrap();
    let mut content = BTreeMap::new();
    for (table, text) in records.into_iter().chain(parts) {
        let rows: Vec<(String, Option<Vec<u8>>)> =
            sql_owned(text).bind(app.org).all(&mut tx).await.unwrap();
        let mut hash = Sha256::new();
        for (key, content) in &rows {
            hash.update(key);
            hash.update(content.clone().unwrap_or_default());
        }
        content.insert(
            table,
            format!("{} rows, {}", rows.len(), hex::encode(hash.finalize())),
        );
    }
    content
}

/// Runs jobs until every sync is over, letting back-off and the vendors' waits pass.
async fn until_settled(app: &TestApp) {
    for round in 0..40 {
        app.run_jobs().await;
        if runs(app)
            .await
            .iter()
            .all(|run| run["state"] == "done" || run["state"] == "failed")
        {
            return;
        }
        let seconds = if round < 20 { 61 } else { 1_800 };
        app.control(Method::POST, "advance", &json!({ "seconds": seconds }))
            .await;
        let mut tx = app.app.db.write_global().await.unwrap();
        sql("update job set run_at = 0 where state = 'queued'")
            .run(&mut tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }
    panic!("never settled: {:#?}", runs(app).await);
}

async fn connection(app: &TestApp, vendor: &str) -> Value {
    let (_, list) = app.get("/api/v1/connections").await;
    let rows = list["items"].as_array().unwrap();
    rows.iter()
        .find(|row| row["vendor"] == vendor)
        .unwrap()
        .clone()
}

async fn all_done(app: &TestApp) {
    for run in runs(app).await {
        assert_eq!(run["state"], "done", "{run}");
    }
}

/// Every fault that the sandbox can play, on every vendor that can play it.
fn faults() -> Vec<Value> {
    let on = |vendor: &str, path: &str, kind: &str, after: u32, times: u32, ms: u64| {
        json!({ "vendor": vendor, "path": path, "kind": kind, "after": after, "times": times,
            "ms": ms })
    };
    vec![
        on("pax8", "/token", "server_error", 0, 1, 0),
        on("pax8", "/companies", "html_unavailable", 0, 2, 0),
        on("pax8", "/products", "slow", 0, 1, 300),
        on("pax8", "/subscriptions?", "truncated_body", 1, 2, 0),
        on("pax8", "/subscriptions?", "duplicated_page", 4, 1, 0),
        on("pax8", "/history", "dropped_connection", 3, 1, 0),
        on("pax8", "/history", "lost_answer", 9, 1, 0),
        on("pax8", "/history", "limit_minute", 20, 1, 1000),
        on("pax8", "/items", "shifted_page", 1, 1, 0),
        on("pax8", "/invoices?", "expired_token", 0, 1, 0),
        on("pax8", "/draftItems", "server_error", 0, 30, 0),
        on("xero", "/Contacts", "expired_token", 0, 1, 0),
        on("xero", "/Items", "server_error", 0, 6, 0),
        on("xero", "/Invoices", "truncated_body", 0, 1, 0),
        on("xero", "/Invoices", "shifted_page", 2, 1, 0),
        on("xero", "/CreditNotes", "limit_day", 0, 1, 7_200_000),
        on("xero", "/Payments", "dropped_connection", 0, 1, 0),
        on("xero", "/Payments", "duplicated_page", 2, 1, 0),
        on("ninjaone", "/organizations", "html_unavailable", 0, 1, 0),
        on("ninjaone", "/devices", "truncated_body", 0, 5, 0),
        on("ninjaone", "/devices", "duplicated_page", 6, 1, 0),
        on("ninjaone", "/token", "lost_answer", 0, 1, 0),
    ]
}

async fn a_day_with_every_fault_ends_like_one_without(app: TestApp) {
    let clean = large_world(Engine::Sqlite).await;
    clean.sync_vendors().await;
    let wanted = content(&clean).await;

    app.connect_vendors().await;
    app.control(Method::POST, "faults", &json!(faults())).await;
    until_settled(&app).await;
    all_done(&app).await;
    let waiting = app.control(Method::GET, "faults", &json!({})).await;
    let unplayed: Vec<&Value> = waiting.as_array().unwrap().iter().collect();
    assert!(unplayed.len() <= 3, "faults that nobody met: {unplayed:?}");
    app.control(Method::DELETE, "faults", &json!({})).await;
    let mut reached = content(&app).await;
    // The clock moved while waiting, and with it when devices were last heard of; not the counts.
    reached.remove("snapshot_count");
    let mut wanted = wanted;
    let counts = wanted.remove("snapshot_count");
    assert!(counts.is_some());
    assert_eq!(reached, wanted);

    // A word nobody knows is kept as it came, and gone with the next read.
    for vendor in ["pax8", "xero", "ninjaone"] {
        let unknown = json!({ "vendor": vendor, "path": "", "kind": "unknown_enum", "times": 6 });
        app.control(Method::POST, "faults", &unknown).await;
    }
    for _ in 0..2 {
        app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
        until_settled(&app).await;
        app.control(Method::DELETE, "faults", &json!({})).await;
    }
    all_done(&app).await;
    reached = content(&app).await;
    reached.remove("snapshot_count");
    assert_eq!(reached, wanted);
}

async fn a_vendor_that_stays_down_needs_attention_and_heals(app: TestApp) {
    app.sync_vendors().await;
    let before = content(&app).await;
    let down = json!({ "vendor": "pax8", "kind": "dropped_connection", "times": 100_000 });
    app.control(Method::POST, "faults", &down).await;
    app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
    until_settled(&app).await;
    let pax8 = connection(&app, "pax8").await;
    assert_eq!(pax8["state"], "needs_attention");
    let problem = pax8["problem"].as_str().unwrap();
    assert!(problem.starts_with("Pax8 cannot be reached"), "{problem}");
    assert_eq!(connection(&app, "xero").await["state"], "connected");
    let (_, page) = app.page("/settings/integrations").await;
    assert!(page.contains("Pax8 cannot be reached"), "{page}");
    let (_, jobs) = app.page("/settings/jobs?state=dead").await;
    assert!(jobs.contains("Try again"), "{jobs}");
    app.control(Method::DELETE, "faults", &json!({})).await;
    app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
    until_settled(&app).await;
    assert_eq!(connection(&app, "pax8").await["state"], "connected");
    let (mut after, mut before) = (content(&app).await, before);
    after.remove("snapshot_count");
    before.remove("snapshot_count");
    assert_eq!(after, before);
}

async fn a_revoked_consent_asks_to_connect_again(app: TestApp) {
    app.sync_vendors().await;
    let before = content(&app).await;
    app.revoke_xero().await;
    app.post("/api/v1/sync", &json!({})).await;
    until_settled(&app).await;
    let xero = connection(&app, "xero").await;
    assert_eq!(xero["state"], "needs_attention", "{xero}");
    let problem = xero["problem"].as_str().unwrap();
    assert!(problem.contains("connect Xero again"), "{problem}");
    let failed = runs(&app).await;
    let failed = failed.iter().find(|run| run["vendor"] == "xero").unwrap();
    assert_eq!(failed["state"], "failed");
    app.connect_xero().await;
    until_settled(&app).await;
    let healed = connection(&app, "xero").await;
    assert_eq!(
        (&healed["state"], &healed["id"]),
        (&json!("connected"), &xero["id"])
    );
    let (mut after, mut before) = (content(&app).await, before);
    after.remove("snapshot_count");
    before.remove("snapshot_count");
    assert_eq!(after, before);
}

async fn a_crash_in_the_middle_goes_on_where_it_was(app: TestApp) {
    app.connect_with_credentials("pax8").await;
    let down = json!({ "vendor": "pax8", "path": "/invoices", "kind": "server_error",
        "times": 4 });
    app.control(Method::POST, "faults", &down).await;
    app.run_jobs().await;
    let run = runs(&app).await.remove(0);
    assert_eq!(run["state"], "running");
    assert_eq!(run["steps_done"], 3, "{run}");
    assert!(
        run["problem"]
            .as_str()
            .unwrap()
            .contains("cannot be reached"),
        "{run}"
    );
    let read = run["records_read"].as_i64().unwrap();
    // Whoever takes the job up again must not read the first lists again.
    let again = json!({ "vendor": "pax8", "path": "/companies", "kind": "server_error",
        "times": 100 });
    app.control(Method::POST, "faults", &again).await;
    until_settled(&app).await;
    let run = runs(&app).await.remove(0);
    assert_eq!(run["state"], "done", "{run}");
    assert!(run["records_read"].as_i64().unwrap() > read);
    assert_eq!(run["problem"], Value::Null);
}
