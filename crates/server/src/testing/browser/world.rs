//! What the stories begin with.

use serde_json::{Value, json};

use crate::{
    db::Engine,
    features::{account::tests::session_and_factor, passkeys::tests::used_passkey_of},
    jobs,
    queue::Worker,
    testing::{OWNER, TestApp},
};

pub const NEXT_MONTH: &str = "2026-12-01";

/// Vendors that can be connected, and nothing read yet.
pub async fn beginning() -> TestApp {
    let mut options = sandbox::Options::new("");
    options.size.clients = 40;
    options.size.months = 6;
    TestApp::with_sandbox(Engine::Sqlite, options).await
}

/// As [`agreed`], with a mail server that takes letters.
pub async fn agreed_with_mail(url: &str) -> TestApp {
    let mut options = sandbox::Options::new("");
    options.size.clients = 40;
    options.size.months = 6;
    let url = url.to_owned();
    let app = TestApp::with_sandbox_and(Engine::Sqlite, options, |config| {
        config.mail.smtp_url = url;
        config.mail.from = "BillingOne <billing@example.com>".to_owned();
    });
    agree(app.await).await
}

/// Everything read, agreed and compared.
pub async fn agreed() -> TestApp {
    agree(beginning().await).await
}

async fn agree(app: TestApp) -> TestApp {
    app.sync_vendors().await;
    app.load_setup().await;
    app.post("/api/v1/reconcile", &json!({})).await;
    app.run_jobs().await;
    app
}

/// Runs jobs from now on, as `billingone serve` does.
pub fn work(app: &TestApp) -> Worker {
    Worker::start(&app.app, jobs::KINDS, &[])
}

/// A desk in full use: one draft posted, one approved, the rest waiting; a contract half made; an
/// owner with passkeys, sessions elsewhere and an authenticator app just begun.
pub async fn in_use() -> TestApp {
    let app = agreed().await;
    let drafts = clean_drafts(&app).await;
    approve(&app, &drafts[1]).await;
    let approved = approve(&app, &drafts[0]).await;
    let picked = json!({ "drafts": [{ "id": approved["id"], "version": approved["version"] }] });
    let (status, answer) = app.post("/api/v1/generated-invoices/post", &picked).await;
    assert_eq!(status, 202, "{answer}");
    let (status, run) = app.post("/api/v1/draft-runs", &json!({})).await;
    assert_eq!(status, 202, "{run}");
    app.run_jobs().await;
    let meter = json!({ "code": "backup-gb", "name": "Backup", "unit": "gigabyte" });
    let (status, meter) = app.post("/api/v1/meters", &meter).await;
    assert_eq!(status, 201, "{meter}");
    let (_, clients) = app.get("/api/v1/clients?limit=1").await;
    let contract = json!({
        "client": clients["items"][0]["reference"], "name": "Firewalls", "status": "draft",
        "starts_on": NEXT_MONTH, "cycle": "monthly", "timing": "advance", "lines": [],
    });
    let (status, contract) = app.post("/api/v1/contracts", &contract).await;
    assert_eq!(status, 201, "{contract}");
    let template = json!({ "name": "Support", "cycle": "monthly", "timing": "advance" });
    let (status, template) = app.post("/api/v1/contract-templates", &template).await;
    assert_eq!(status, 201, "{template}");
    for is_approved in [true, false] {
        let note = free_credit(clients["items"][0]["id"].as_str().unwrap());
        let (status, note) = app.post("/api/v1/credit-notes", &note).await;
        assert_eq!(status, 201, "{note}");
        let path = format!("/api/v1/credit-notes/{}", note["id"].as_str().unwrap());
        if is_approved {
            let seen = json!({ "version": note["version"] });
            let (status, note) = app.post(&format!("{path}/approve"), &seen).await;
            assert_eq!(status, 200, "{note}");
        }
    }
    for name in [
        "Phone",
        "Laptop at the office of Harbour Dental, second floor, ハーバー歯科",
    ] {
        used_passkey_of(&app, OWNER, name).await;
    }
    session_and_factor(&app).await;
    app
}

async fn approve(app: &TestApp, draft: &Value) -> Value {
    let place = format!(
        "/api/v1/generated-invoices/{}",
        draft["id"].as_str().unwrap()
    );
    let seen = json!({ "version": draft["version"] });
    let (status, approved) = app.post(&format!("{place}/approve"), &seen).await;
    assert_eq!(status, 200, "{approved}");
    approved
}

/// Makes next month's drafts; those that nothing stands in the way of.
pub async fn clean_drafts(app: &TestApp) -> Vec<Value> {
    let asked = json!({ "as_of": NEXT_MONTH });
    let (status, made) = app.post("/api/v1/generated-invoices", &asked).await;
    assert_eq!(status, 201, "{made}");
    let mut clean = Vec::new();
    for id in made["ids"].as_array().unwrap() {
        let id = id.as_str().unwrap();
        let (_, draft) = app.get(&format!("/api/v1/generated-invoices/{id}")).await;
        if draft["stops"] == json!([]) && draft["holds"] == json!([]) {
            clean.push(draft);
        }
    }
    clean
}

/// What the sandbox's Xero has under a number.
pub async fn in_ledger(app: &TestApp, number: &str) -> Vec<Value> {
    let ledger = app
        .control(reqwest::Method::GET, "ledger", &json!({}))
        .await;
    let rows = ledger.as_array().unwrap().iter();
    rows.filter(|row| row["number"] == number)
        .cloned()
        .collect()
}

/// A credit note of no invoice.
fn free_credit(client: &str) -> Value {
    json!({
        "client": client, "reason": "Goodwill",
        "lines": [{
            "description": "An hour too many", "unit_price": "95.00", "tax_type": "OUTPUT2",
            "account_code": "200",
        }],
    })
}
