//! Writes about drafts, from made to posted.

use reqwest::Method;
use serde_json::json;

use super::Repeats;

pub async fn drafts(repeats: &mut Repeats<'_>) {
    let all = json!({ "as_of": "2027-01-01" });
    let run = repeats
        .write(
            Method::POST,
            "/draft-runs",
            "",
            Some(json!({ "as_of": "2026-12-01" })),
        )
        .await;
    let run = run["id"].as_str().unwrap();
    repeats
        .write(Method::POST, "/draft-runs/{id}/stop", run, None)
        .await;
    let made = repeats
        .write(Method::POST, "/generated-invoices", "", Some(all))
        .await;
    let mut clean = Vec::new();
    for id in made["ids"].as_array().unwrap() {
        let id = id.as_str().unwrap();
        let (_, draft) = repeats
            .world
            .app
            .get(&format!("/api/v1/generated-invoices/{id}"))
            .await;
        if draft["stops"] == json!([]) && draft["holds"] == json!([]) {
            clean.push(draft);
        }
    }
    let [first, second, ..] = clean.as_slice() else {
        panic!("too few clean drafts")
    };
    let id = first["id"].as_str().unwrap();
    let seen = json!({ "version": first["version"] });
    let approved = repeats
        .write(
            Method::POST,
            "/generated-invoices/{id}/approve",
            id,
            Some(seen),
        )
        .await;
    let seen = json!({ "version": approved["version"] });
    let back = repeats
        .write(
            Method::POST,
            "/generated-invoices/{id}/unapprove",
            id,
            Some(seen),
        )
        .await;
    let edits = json!({
        "version": back["version"], "edits": [{ "edit": "invoice", "reference": "PO-1" }],
    });
    let edited = repeats
        .write(
            Method::POST,
            "/generated-invoices/{id}/edits",
            id,
            Some(edits),
        )
        .await;
    let reject = json!({ "version": edited["version"], "reason": "Wrong client" });
    repeats
        .write(
            Method::POST,
            "/generated-invoices/{id}/reject",
            id,
            Some(reject),
        )
        .await;
    let blank = json!({
        "client_id": second["client_id"],
        "lines": [{ "description": "Call-out", "quantity": "1", "unit_price": "80" }],
    });
    repeats
        .write(Method::POST, "/generated-invoices/blank", "", Some(blank))
        .await;
    let nothing = json!({ "drafts": [] });
    repeats
        .write(Method::POST, "/generated-invoices/usual", "", Some(nothing))
        .await;
    let id = second["id"].as_str().unwrap();
    let seen = json!({ "version": second["version"] });
    let approve = format!("/api/v1/generated-invoices/{id}/approve");
    let (status, approved) = repeats.world.app.post(&approve, &seen).await;
    assert_eq!(status, 200, "{approved}");
    let drafts = json!({ "drafts": [{ "id": id, "version": approved["version"] }] });
    repeats
        .write(Method::POST, "/generated-invoices/post", "", Some(drafts))
        .await;
    papers(repeats, id).await;
}

/// What clients get, of an invoice that is posted.
async fn papers(repeats: &mut Repeats<'_>, id: &str) {
    let client = repeats.world.id("client");
    let profile = json!({ "version": 0, "email": "accounts@client.example", "terms_days": 30 });
    let path = "/clients/{id}/entity-profile";
    repeats
        .write(Method::PUT, path, client, Some(profile))
        .await;
    let letterhead = json!({ "version": 0, "legal_name": "Northwind IT Ltd" });
    let path = "/organization/letterhead";
    repeats.write(Method::PUT, path, "", Some(letterhead)).await;
    repeats.world.app.run_jobs().await;
    let letter = json!({ "recipients": ["accounts@client.example"], "with_explanation": true });
    let path = "/generated-invoices/{id}/deliveries";
    repeats.write(Method::POST, path, id, Some(letter)).await;
    repeats.world.app.run_jobs().await;
}
