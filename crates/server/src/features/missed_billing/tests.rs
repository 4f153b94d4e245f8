//! Findings through the API: every kind, every choice it offers, and what becomes of what is owed.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    db::Engine,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world =>
    every_choice_is_applied_and_taken_back,
    what_was_billed_back_is_posted_and_compared_again,
    an_ended_contract_owes_until_its_end,
);

async fn agreed_world(engine: Engine) -> TestApp {
    let app = TestApp::with_sandbox(engine, sandbox::Options::new("")).await;
    app.sync_vendors().await;
    app.load_setup().await;
    compare(&app).await;
    app
}

async fn compare(app: &TestApp) {
    let (status, queued) = app.post("/api/v1/reconcile", &json!({})).await;
    assert_eq!(status, 202, "{queued}");
    app.run_jobs().await;
}

async fn ready(app: &TestApp) -> Vec<Value> {
    let (status, page) = app.get("/api/v1/findings?tab=ready&limit=200").await;
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().clone()
}

async fn detail(app: &TestApp, id: &str) -> Value {
    let (status, finding) = app.get(&format!("/api/v1/findings/{id}")).await;
    assert_eq!(status, 200, "{finding}");
    finding
}

async fn act(app: &TestApp, id: &str, act: &str, mut body: Value) -> (u16, Value) {
    body["version"] = detail(app, id).await["version"].clone();
    app.post(&format!("/api/v1/findings/{id}/{act}"), &body)
        .await
}

/// Two findings of each kind are enough: they differ in their lines, not in their choices.
async fn every_choice_is_applied_and_taken_back(app: TestApp) {
    let mut by_kind: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in ready(&app).await {
        let kind = finding["kind"].as_str().unwrap().to_owned();
        let id = finding["id"].as_str().unwrap().to_owned();
        by_kind.entry(kind).or_default().push(id);
    }
    let mut applied = BTreeMap::new();
    for id in by_kind.values().flat_map(|ids| ids.iter().take(2)) {
        let before = detail(&app, id).await;
        for option in before["options"].as_array().unwrap() {
            let when = option["when"].as_str().unwrap();
            let (status, answer) = act(&app, id, "apply", json!({ "when": when })).await;
            assert_eq!(status, 200, "{when} of {before}: {answer}");
            assert_eq!(answer["state"], "applied");
            let (status, answer) = act(&app, id, "undo", json!({})).await;
            assert_eq!(status, 200, "undo {when} of {before}: {answer}");
            assert_eq!(answer["state"], "open");
            assert_eq!(answer["options"], before["options"], "as if nothing was");
            *applied.entry(when.to_owned()).or_insert(0) += 1;
        }
    }
    let choices: Vec<&str> = applied.keys().map(String::as_str).collect();
    assert_eq!(
        choices,
        ["bill_back", "from_now", "next_period", "waive_past"],
        "{applied:?}"
    );
}

/// Applies the first finding for which something is owed at once.
async fn bill_something_back(app: &TestApp) -> Value {
    for finding in ready(app).await {
        let id = finding["id"].as_str().unwrap();
        let options = detail(app, id).await["options"].clone();
        let owes = options.as_array().unwrap().iter().any(|option| {
            option["when"] == "bill_back" && option["now_minor"].as_i64().unwrap() > 0
        });
        if owes {
            let (status, answer) = act(app, id, "apply", json!({ "when": "bill_back" })).await;
            assert_eq!(status, 200, "{answer}");
            return finding;
        }
    }
    panic!("nothing can be billed back");
}

/// Approves and posts what nothing stops; how many that were.
async fn post_all(app: &TestApp, ids: &[Value]) -> usize {
    let mut approved = Vec::new();
    for id in ids {
        let id = id.as_str().unwrap();
        let (_, draft) = app.get(&format!("/api/v1/generated-invoices/{id}")).await;
        let checked = json!({ "version": draft["version"], "release": "Checked with the client" });
        let path = format!("/api/v1/generated-invoices/{id}/approve");
        let (status, answer) = app.post(&path, &checked).await;
        if status == 200 {
            approved.push(json!({ "id": id, "version": answer["version"] }));
        }
    }
    let (status, answer) = app
        .post(
            "/api/v1/generated-invoices/post",
            &json!({ "drafts": approved }),
        )
        .await;
    assert_eq!(status, 202, "{answer}");
    app.run_jobs().await;
    approved.len()
}

async fn what_was_billed_back_is_posted_and_compared_again(app: TestApp) {
    let finding = bill_something_back(&app).await;
    let scope = json!({ "client": finding["client_id"], "as_of": "2026-12-01" });
    let (status, made) = app.post("/api/v1/generated-invoices", &scope).await;
    assert_eq!(status, 201, "{made}");
    let id = finding["id"].as_str().unwrap();
    let (status, refused) = act(&app, id, "undo", json!({})).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("already_drafted"))
    );
    assert!(post_all(&app, made["ids"].as_array().unwrap()).await > 0);
    compare(&app).await;
    let client = finding["client_id"].as_str().unwrap();
    let (status, rows) = app
        .get(&format!("/api/v1/reconciliation?client={client}"))
        .await;
    assert_eq!(status, 200, "{rows}");
    assert!(!rows["items"].as_array().unwrap().is_empty());
}

/// Nobody invoiced August to the fifteenth of October, and then the contract ended.
async fn an_ended_contract_owes_until_its_end(app: TestApp) {
    let (_, sold) = app.get("/api/v1/catalog-items?limit=1").await;
    let item = json!({
        "code": "WATCHED", "name": "Watched", "unit_price": "50.00",
        "tax_type": sold["items"][0]["tax_type"], "account_code": sold["items"][0]["account_code"],
    });
    let (status, item) = app.post("/api/v1/catalog-items", &item).await;
    assert_eq!(status, 201, "{item}");
    let known = ready(&app).await;
    let client = known
        .iter()
        .find(|finding| finding["client_id"].is_string());
    let contract = json!({
        "reference": "ENDED-1", "client": client.unwrap()["client_id"], "name": "Watching",
        "status": "active", "starts_on": "2026-08-01", "cycle": "monthly", "timing": "advance",
        "lines": [{ "item": "WATCHED", "quantity": { "source": "fixed", "quantity": "3" } }],
    });
    let (status, contract) = app.post("/api/v1/contracts", &contract).await;
    assert_eq!(status, 201, "{contract}");
    let end = json!({ "version": 1, "status": "ended", "ends_on": "2026-10-16" });
    let place = format!("/api/v1/contracts/{}", contract["id"].as_str().unwrap());
    let request = app.request(reqwest::Method::PATCH, &place).json(&end);
    let ended: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(ended["standing"], "expired", "{ended}");
    compare(&app).await;
    let (_, found) = app
        .get("/api/v1/findings?tab=all&kind=skipped_period&limit=200")
        .await;
    let skipped = found["items"].as_array().unwrap().iter();
    let skipped: Vec<&Value> = skipped
        .filter(|finding| finding["subject"].as_str().unwrap().contains("ENDED-1"))
        .collect();
    let mut impacts: Vec<i64> = skipped
        .iter()
        .map(|finding| finding["impact_minor"].as_i64().unwrap())
        .collect();
    impacts.sort_unstable();
    // 150.00 a month, and 15 of October's 31 days.
    assert_eq!(impacts, [7_258, 15_000, 15_000], "{found}");
}
