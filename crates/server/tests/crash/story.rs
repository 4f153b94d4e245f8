//! The main job from the first connection to posted invoices, as one owner does it.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{client::Owner, db::sql, house::House};

/// What a run is cut into; kills are planned for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Sync,
    Apply,
    Post,
}

pub const PARTS: [Part; 3] = [Part::Sync, Part::Apply, Part::Post];

/// So many findings of each kind are applied, the very first of them only to be undone.
const APPLIED_OF_A_KIND: usize = 2;

pub async fn play(owner: &mut Owner<'_>, part: Part) {
    match part {
        Part::Sync => {
            connect(owner).await;
            hear_of_changes(owner).await;
            owner
                .post(
                    "/api/v1/sync",
                    "sync after news",
                    &json!({ "mode": "full" }),
                )
                .await;
            settled(owner).await;
        }
        Part::Apply => {
            load_setup(owner).await;
            owner
                .post("/api/v1/reconcile", "reconcile", &json!({}))
                .await;
            settled(owner).await;
            apply(owner).await;
            owner
                .post("/api/v1/reconcile", "reconcile again", &json!({}))
                .await;
            settled(owner).await;
        }
        Part::Post => {
            generate(owner).await;
            approve(owner).await;
            post(owner).await;
            credit(owner).await;
            pay(owner).await;
            owner
                .post("/api/v1/sync", "sync at the end", &json!({}))
                .await;
            settled(owner).await;
        }
    }
}

async fn connect(owner: &Owner<'_>) {
    let known = owner.house.sandbox.control.credentials();
    for (vendor, id, secret) in [
        ("pax8", &known.pax8_client_id, &known.pax8_client_secret),
        (
            "ninjaone",
            &known.ninjaone_client_id,
            &known.ninjaone_client_secret,
        ),
    ] {
        let body = json!({ "vendor": vendor, "client_id": id, "client_secret": secret });
        owner.post("/api/v1/connections", vendor, &body).await;
        settled(owner).await;
    }
    owner.consent_to_xero().await;
    settled(owner).await;
}

/// Registers webhooks at the vendors; then two days pass, of which they tell.
async fn hear_of_changes(owner: &Owner<'_>) {
    let control = &owner.house.sandbox.control;
    for connection in owner.all("/api/v1/connections").await {
        let path = format!(
            "/api/v1/connections/{}/webhook",
            connection["id"].as_str().unwrap()
        );
        match connection["vendor"].as_str().unwrap() {
            "pax8" => {
                let hook = owner.get(&path).await;
                let text = |name: &str| hook[name].as_str().map(str::to_owned);
                let registered =
                    control.register_with_pax8(text("url").unwrap(), text("authorization"));
                registered.await.unwrap();
            }
            "xero" => {
                let hook = owner.get(&path).await;
                let url = hook["url"].as_str().unwrap();
                let registered = async || control.register_with_xero(url).await.is_ok();
                owner
                    .until("Xero's webhook is registered", async || {
                        owner.get("/api/v1/session").await;
                        registered().await
                    })
                    .await;
            }
            _ => {}
        }
    }
    // The 5th of a month has not passed yet, so a bill comes with it.
    control.advance(TimeDelta::days(2)).await.unwrap();
    owner.get("/api/v1/session").await;
    // Xero tells again what was not taken at once.
    control.advance(TimeDelta::minutes(16)).await.unwrap();
    settled(owner).await;
}

/// Until no job waits or runs.
async fn settled(owner: &Owner<'_>) {
    let database = owner.house.database().await;
    owner
        .until("all jobs are done", async || {
            owner.house.revive();
            let mut tx = database.read_global().await.unwrap();
            let open = "select count(*) from job where state in ('queued', 'running')";
            let left: i64 = sql(open).value(&mut tx).await.unwrap();
            left == 0
        })
        .await;
    database.close().await;
}

async fn load_setup(owner: &Owner<'_>) {
    let setup = owner.house.sandbox.control.setup();
    let calls = billingone::cli::agreed::calls(&setup).unwrap();
    for (number, call) in calls.into_iter().enumerate() {
        let key = format!("setup {number}");
        let (status, answer) = owner.write(call.method, call.path, &key, &call.body).await;
        assert!(status < 300, "{}: {status} {answer}", call.path);
    }
}

async fn apply(owner: &Owner<'_>) {
    let name = |finding: &Value| format!("{} {}", finding["kind"], finding["subject"]);
    let mut findings = owner.all("/api/v1/findings?tab=ready").await;
    findings.sort_by_key(name);
    let mut done: Vec<Value> = Vec::new();
    for finding in &findings {
        let path = format!("/api/v1/findings/{}", finding["id"].as_str().unwrap());
        let seen = owner.get(&path).await;
        let options = seen["options"].as_array().unwrap();
        let alike = done.iter().filter(|kind| **kind == seen["kind"]).count();
        if options.is_empty() || alike == APPLIED_OF_A_KIND {
            continue;
        }
        let when = &options[done.len() % options.len()]["when"];
        let body = json!({ "version": seen["version"], "when": when });
        let key = format!("apply {}", name(finding));
        let applied = owner.post(&format!("{path}/apply"), &key, &body).await;
        assert_eq!(applied["state"], "applied", "{applied}");
        if done.is_empty() {
            let body = json!({ "version": applied["version"] });
            let undone = owner.post(&format!("{path}/undo"), "undo", &body).await;
            assert_eq!(undone["state"], "open", "{undone}");
        }
        done.push(seen["kind"].clone());
    }
    assert!(done.len() > 5, "{findings:?}");
}

async fn generate(owner: &Owner<'_>) {
    let session = owner.get("/api/v1/session").await;
    let today = session["today"].as_str().unwrap().parse().unwrap();
    let body = json!({ "as_of": billing::Period::month_of(today).end() });
    let made = owner
        .post("/api/v1/generated-invoices", "generate", &body)
        .await;
    assert!(!made["ids"].as_array().unwrap().is_empty(), "{made}");
}

/// Drafts in an order that does not depend on ids.
async fn drafts(owner: &Owner<'_>, status: &str) -> Vec<Value> {
    let path = format!("/api/v1/generated-invoices?status={status}");
    let mut drafts = owner.all(&path).await;
    drafts.sort_by_key(|draft| {
        let text = |name: &str| draft[name].as_str().unwrap_or_default().to_owned();
        (
            text("client_name"),
            text("reference"),
            draft["net_minor"].as_i64(),
        )
    });
    drafts
}

async fn approve(owner: &Owner<'_>) {
    for draft in drafts(owner, "draft").await {
        let id = draft["id"].as_str().unwrap();
        let path = format!("/api/v1/generated-invoices/{id}/approve");
        let body = json!({ "version": draft["version"], "release": "looked at" });
        let (status, answer) = owner.write(Method::POST, &path, id, &body).await;
        // What is stopped stays a draft, in every run.
        assert!(status == 200 || status == 409, "{status} {answer}");
    }
}

async fn post(owner: &mut Owner<'_>) {
    // Posting wants a password shown not long ago.
    owner.sign_in_again().await;
    let approved = drafts(owner, "approved").await;
    assert!(approved.len() > 5, "{approved:?}");
    let picked: Vec<Value> = approved
        .iter()
        .map(|draft| json!({ "id": draft["id"], "version": draft["version"] }))
        .collect();
    let body = json!({ "drafts": picked });
    owner
        .post("/api/v1/generated-invoices/post", "post", &body)
        .await;
    settled(owner).await;
}

/// In an order that is the same in every run: ids are not.
fn by_reference(mut drafts: Vec<Value>) -> Vec<Value> {
    drafts.sort_by_key(|draft| draft["reference"].to_string());
    drafts
}

/// A part of the first posted invoice's first line is given back.
async fn credit(owner: &mut Owner<'_>) {
    // So does posting a credit note, and waiting for the invoices may have taken long.
    owner.sign_in_again().await;
    let posted = by_reference(drafts(owner, "posted").await);
    let posted = posted.first().unwrap();
    let invoice = posted["id"].as_str().unwrap();
    let path = format!("/api/v1/generated-invoices/{invoice}");
    let line = owner.get(&path).await["lines"][0]["id"].clone();
    let body = json!({
        "invoice": invoice, "reason": "Billed twice", "issued_on": "2026-12-01",
        "lines": [{ "line": line, "net_minor": 100 }],
    });
    let made = owner.post("/api/v1/credit-notes", "credit", &body).await;
    let path = format!("/api/v1/credit-notes/{}", made["id"].as_str().unwrap());
    let body = json!({ "version": made["version"] });
    let approved = owner
        .post(&format!("{path}/approve"), "approve the credit", &body)
        .await;
    let body = json!({ "version": approved["version"] });
    owner
        .post(&format!("{path}/post"), "post the credit", &body)
        .await;
    settled(owner).await;
}

/// A part of the last posted invoice came in.
async fn pay(owner: &Owner<'_>) {
    let posted = by_reference(drafts(owner, "posted").await);
    let id = posted.last().unwrap()["id"].as_str().unwrap();
    let path = format!("/api/v1/generated-invoices/{id}/payments");
    let account = owner.get(&path).await["accounts"][0]["id"].clone();
    let version = posted.last().unwrap()["version"].clone();
    // Said, because a run that waits for dead processes may come to the next day.
    let body = json!({
        "version": version, "account": account, "amount_minor": 100, "paid_on": "2026-11-12",
    });
    owner.post(&path, "pay", &body).await;
    settled(owner).await;
}

/// The whole story with nobody disturbing it.
pub async fn undisturbed(house: &House) {
    let mut owner = Owner::sign_in(house).await;
    for part in PARTS {
        play(&mut owner, part).await;
    }
    house.stop_all();
}
