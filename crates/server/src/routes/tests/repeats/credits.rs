//! Writes about what is given back, and about what came in.

use reqwest::Method;
use serde_json::json;

use super::{super::things::free_credit, Repeats};

pub async fn credit_notes(repeats: &mut Repeats<'_>) {
    let client = repeats.world.id("client").to_owned();
    let made = repeats
        .write(
            Method::POST,
            "/credit-notes",
            "",
            Some(free_credit(&client)),
        )
        .await;
    let id = made["id"].as_str().unwrap().to_owned();
    let change = json!({ "version": made["version"], "reason": "Agreed by telephone" });
    let changed = repeats
        .write(Method::PATCH, "/credit-notes/{id}", &id, Some(change))
        .await;
    let seen = json!({ "version": changed["version"] });
    let approved = repeats
        .write(Method::POST, "/credit-notes/{id}/approve", &id, Some(seen))
        .await;
    let seen = json!({ "version": approved["version"] });
    repeats
        .write(Method::POST, "/credit-notes/{id}/post", &id, Some(seen))
        .await;
    // That of the world, which is a draft still.
    let id = repeats.world.id("credit_note").to_owned();
    let version = repeats.version("credit-notes", "credit_note").await;
    let reject = json!({ "version": version, "reason": "Not agreed" });
    repeats
        .write(Method::POST, "/credit-notes/{id}/reject", &id, Some(reject))
        .await;
}

/// On the invoice that was posted before.
pub async fn payment(repeats: &mut Repeats<'_>) {
    let app = &repeats.world.app;
    app.run_jobs().await;
    let posted = repeats
        .world
        .first("generated-invoices?status=posted")
        .await;
    let id = posted["id"].as_str().unwrap();
    let (_, open) = app
        .get(&format!("/api/v1/generated-invoices/{id}/payments"))
        .await;
    let payment = json!({
        "version": posted["version"], "account": open["accounts"][0]["id"], "amount_minor": 100,
    });
    repeats
        .write(
            Method::POST,
            "/generated-invoices/{id}/payments",
            id,
            Some(payment),
        )
        .await;
}
