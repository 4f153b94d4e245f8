//! After posting: the ledger's invoice is found again, gets paid, and the next is compared with it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{agreed_world, approve_and_post, clean, detail, generate};
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(agreed_world => what_was_posted_is_followed);

/// Not every client pays on time.
const SOME: usize = 5;

async fn what_was_posted_is_followed(mut app: TestApp) {
    let mut drafts = generate(&app).await;
    let mut posted = Vec::new();
    while posted.len() < SOME {
        let draft = clean(&app, &drafts).await;
        drafts.retain(|id| *id != draft["id"]);
        posted.push(approve_and_post(&app, &draft).await);
    }
    sync(&app).await;
    is_found_again(&app, &posted[0]).await;
    is_compared_with(&app, &posted[0]).await;

    // Xero forgets a consent that nobody used for sixty days.
    for _ in 0..3 {
        app.control(Method::POST, "advance", &json!({ "days": 25 }))
            .await;
        app.sign_in_again().await;
        sync(&app).await;
    }
    let mut now = Vec::new();
    for posted in &posted {
        let detail = detail(&app, posted["id"].as_str().unwrap()).await;
        now.push(detail["status"].as_str().unwrap().to_owned());
    }
    assert!(now.iter().any(|status| status == "paid"), "{now:?}");
}

async fn is_found_again(app: &TestApp, posted: &Value) {
    let number = posted["number"].as_str().unwrap();
    let invoice = invoice_of(app, number).await;
    assert_eq!(invoice["generated_invoice_id"], posted["id"]);
    let id = posted["id"].as_str().unwrap();
    let (_, page) = app.page(&format!("/generated-invoices/{id}")).await;
    let link = format!("/invoices/{}", invoice["id"].as_str().unwrap());
    assert!(page.contains(&link), "the draft leads to {link}");
}

async fn is_compared_with(app: &TestApp, posted: &Value) {
    let scope = json!({ "as_of": "2027-01-01", "contract": posted["contract_id"] });
    let (_, preview) = app.post("/api/v1/generated-invoices/preview", &scope).await;
    assert_eq!(
        preview[0]["last_net_minor"], posted["net_minor"],
        "{preview}"
    );
    let (status, made) = app.post("/api/v1/generated-invoices", &scope).await;
    assert_eq!(status, 201, "{made}");
    let next = detail(app, made["ids"][0].as_str().unwrap()).await;
    assert_eq!(next["contract_id"], posted["contract_id"]);
}

async fn sync(app: &TestApp) {
    let (status, answer) = app.post("/api/v1/sync", &json!({})).await;
    assert_eq!(status, 202, "{answer}");
    app.run_jobs().await;
}

async fn invoice_of(app: &TestApp, number: &str) -> Value {
    let (_, found) = app.get(&format!("/api/v1/invoices?q={number}")).await;
    let id = found["items"][0]["id"].as_str().unwrap();
    app.get(&format!("/api/v1/invoices/{id}")).await.1
}
