//! Bad days: whatever happens on the way, the end is as if it had not, or the connection says
//! clearly what is wrong and what to do.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::whole::{runs, small_world};
use crate::{
    db::{sql, sql_owned},
    jobs, queue,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(small_world =>
    a_vendor_that_stays_down_needs_attention_and_heals,
    a_revoked_consent_asks_to_connect_again,
    a_crash_in_the_middle_goes_on_where_it_was,
    a_clock_that_leaps_a_year_and_back_loses_nothing,
    a_full_disk_loses_nothing,
    wrong_credentials_are_refused_in_words_and_not_kept,
);

/// Everything the vendors said, without what is ours (ids, times of runs).
pub async fn content(app: &TestApp) -> BTreeMap<&'static str, String> {
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
pub async fn until_settled(app: &TestApp) {
    for round in 0..60 {
        app.run_jobs().await;
        if runs(app)
            .await
            .iter()
            .all(|run| run["state"] == "done" || run["state"] == "failed")
        {
            return;
        }
        let seconds = if round < 40 { 61 } else { 1_800 };
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

pub async fn connection(app: &TestApp, vendor: &str) -> Value {
    let (_, list) = app.get("/api/v1/connections").await;
    let rows = list["items"].as_array().unwrap();
    rows.iter()
        .find(|row| row["vendor"] == vendor)
        .unwrap()
        .clone()
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

/// The machine's clock, not the vendors': a year ahead, a day at work there, and back.
async fn a_clock_that_leaps_a_year_and_back_loses_nothing(mut app: TestApp) {
    app.sync_vendors().await;
    let mut before = content(&app).await;
    before.remove("snapshot_count");
    let now = app.app.now().0;
    app.app.clock.leap(now + chrono::TimeDelta::days(365));
    app.sign_in_again().await;
    app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
    queue::run_due(&app.app, jobs::KINDS).await.unwrap();
    app.post("/api/v1/sync", &json!({})).await;
    queue::run_due(&app.app, jobs::KINDS).await.unwrap();
    for run in &runs(&app).await[..6] {
        assert_eq!(run["state"], "done", "a year ahead: {run}");
    }
    app.app.clock.refresh().await.unwrap();
    assert_eq!(app.app.now().0, now, "and back");
    app.sign_in_again().await;
    let mut ahead = content(&app).await;
    ahead.remove("snapshot_count");
    // The bills foreseen for "this month and the next" were those of another year.
    for one in [&mut before, &mut ahead] {
        one.retain(|table, _| !table.starts_with("vendor_bill"));
    }
    assert_eq!(ahead, before);

    // What changes now is not older than what was read "next year".
    super::whole::pass_days(&app, 2).await;
    app.post("/api/v1/sync", &json!({})).await;
    until_settled(&app).await;
    let delta = runs(&app).await;
    let xero = delta.iter().find(|run| run["vendor"] == "xero").unwrap();
    assert_eq!(xero["state"], "done", "{xero}");
    let changed = content(&app).await;
    app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
    until_settled(&app).await;
    let mut whole = content(&app).await;
    let mut changed = changed;
    for one in [&mut whole, &mut changed] {
        one.remove("snapshot_count");
    }
    assert_eq!(changed, whole, "the run before missed nothing");
    // Leases are wall time: no job was taken twice or left behind.
    let (_, dead) = app.page("/settings/jobs?state=dead").await;
    assert!(!dead.contains("Try again"), "{dead}");
}

async fn a_full_disk_loses_nothing(app: TestApp) {
    app.connect_with_credentials("pax8").await;
    app.fill_disk().await;
    let client = json!({ "reference": "C1", "name": "n".repeat(200) });
    // The database may have some room left inside.
    let mut made = 0;
    let refused = loop {
        let mut client = client.clone();
        client["reference"] = json!(format!("C{made}"));
        let (status, answer) = app.post("/api/v1/clients", &client).await;
        if status != 201 {
            break (status, answer);
        }
        made += 1;
        assert!(made < 2_000, "the disk never fills");
    };
    assert_eq!(refused.0, 503, "{}", refused.1);
    let message = refused.1["error"]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "the disk is full, so nothing was saved; free some space and try again"
    );
    let (status, page) = app.page("/clients").await;
    assert_eq!(status, 200, "what is there can be read: {page}");
    // A job that cannot write comes back later, however often.
    for _ in 0..3 {
        app.fill_disk().await;
        let _ = queue::run_due(&app.app, jobs::KINDS).await;
    }
    assert_ne!(runs(&app).await[0]["state"], "done");
    app.free_disk().await;
    let again = json!({ "reference": format!("C{made}"), "name": "n".repeat(200) });
    assert_eq!(app.post("/api/v1/clients", &again).await.0, 201);
    let (_, list) = app.get("/api/v1/clients?limit=200&q=C").await;
    let listed = list["items"].as_array().unwrap().len();
    assert_eq!(listed, (made + 1).min(200), "nothing was made twice");
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update job set state = 'queued', lease_until = null where state = 'running'")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    until_settled(&app).await;
    let run = runs(&app).await.remove(0);
    assert_eq!(
        (&run["state"], &run["problem"]),
        (&json!("done"), &Value::Null)
    );
    app.post("/api/v1/sync", &json!({ "mode": "full" })).await;
    until_settled(&app).await;
    let second = runs(&app).await.remove(0);
    let moved = ["added", "changed", "removed"].map(|what| second[what].as_i64().unwrap());
    assert_eq!(moved, [0, 0, 0], "{second}");
}

async fn wrong_credentials_are_refused_in_words_and_not_kept(app: TestApp) {
    for vendor in ["pax8", "ninjaone"] {
        let mut wrong = app.credentials_of(vendor);
        wrong["client_secret"] = json!("not the secret");
        let (status, refused) = app.post("/api/v1/connections", &wrong).await;
        assert_eq!(status, 422, "{refused}");
        let message = refused["error"]["message"].as_str().unwrap();
        assert!(message.contains("does not let us in"), "{message}");
        assert!(!message.contains("not the secret"), "{message}");
    }
    let (_, list) = app.get("/api/v1/connections").await;
    assert_eq!(list["items"], json!([]));

    // They were right once and are changed at the vendor: the connection says so, nothing is lost.
    app.connect_with_credentials("ninjaone").await;
    app.run_jobs().await;
    let before = content(&app).await;
    let stale = json!({ "vendor": "ninjaone", "kind": "expired_token", "times": 100_000 });
    app.control(Method::POST, "faults", &stale).await;
    app.post("/api/v1/sync", &json!({})).await;
    until_settled(&app).await;
    let ninjaone = connection(&app, "ninjaone").await;
    assert_eq!(ninjaone["state"], "needs_attention", "{ninjaone}");
    assert_eq!(content(&app).await, before);
}
