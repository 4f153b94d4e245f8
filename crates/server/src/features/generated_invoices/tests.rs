//! From contracts to one invoice in the ledger, through the door.

mod ahead;
mod editing;
mod later;
mod paid;
mod runs;
mod stops;
mod usual;
mod year;

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    db::Engine,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world =>
    generating_twice_makes_nothing_twice,
    a_draft_is_approved_and_posted_exactly_once,
    a_rejected_draft_frees_what_it_covered,
    two_people_approve_and_one_wins,
    a_double_click_on_approve_approves_once,
    a_lost_answer_of_the_ledger_doubles_nothing,
);

pub(crate) async fn agreed_world(engine: Engine) -> TestApp {
    let app = TestApp::with_sandbox(engine, sandbox::Options::new("")).await;
    app.sync_vendors().await;
    app.load_setup().await;
    app.run_jobs().await;
    app
}

const NEXT_MONTH: &str = "2026-12-01";

pub(crate) async fn generate(app: &TestApp) -> Vec<String> {
    let (status, made) = app
        .post(
            "/api/v1/generated-invoices",
            &json!({ "as_of": NEXT_MONTH }),
        )
        .await;
    assert_eq!(status, 201, "{made}");
    made["ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(|id| id.as_str().unwrap().to_owned())
        .collect()
}

pub(crate) async fn detail(app: &TestApp, id: &str) -> Value {
    let (status, detail) = app.get(&format!("/api/v1/generated-invoices/{id}")).await;
    assert_eq!(status, 200, "{detail}");
    detail
}

/// The first draft that nothing stands in the way of.
pub(crate) async fn clean(app: &TestApp, ids: &[String]) -> Value {
    for id in ids {
        let draft = detail(app, id).await;
        let is_clean = ["stops", "holds"]
            .iter()
            .all(|what| draft[what].as_array().unwrap().is_empty());
        if is_clean {
            return draft;
        }
    }
    panic!("every draft is stopped or held");
}

async fn act(app: &TestApp, draft: &Value, act: &str, extra: Value) -> (u16, Value) {
    let mut body = json!({ "version": draft["version"] });
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    let id = draft["id"].as_str().unwrap();
    app.post(&format!("/api/v1/generated-invoices/{id}/{act}"), &body)
        .await
}

pub async fn approve_and_post(app: &TestApp, draft: &Value) -> Value {
    let (status, approved) = act(app, draft, "approve", json!({})).await;
    assert_eq!(status, 200, "{approved}");
    assert_eq!(
        approved["ledger_external_id"],
        Value::Null,
        "approving sends nothing"
    );
    let body = json!({ "drafts": [{ "id": approved["id"], "version": approved["version"] }] });
    let (status, answer) = app.post("/api/v1/generated-invoices/post", &body).await;
    assert_eq!(status, 202, "{answer}");
    app.run_jobs().await;
    detail(app, draft["id"].as_str().unwrap()).await
}

/// What the sandbox's Xero has under a number.
async fn in_ledger(app: &TestApp, number: &Value) -> Vec<Value> {
    let ledger = app.control(Method::GET, "ledger", &json!({})).await;
    let rows = ledger
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["number"] == *number);
    rows.cloned().collect()
}

async fn generating_twice_makes_nothing_twice(app: TestApp) {
    let first = generate(&app).await;
    assert!(first.len() > 40, "{} drafts", first.len());
    assert_eq!(generate(&app).await, Vec::<String>::new());
}

async fn a_draft_is_approved_and_posted_exactly_once(app: TestApp) {
    let draft = clean(&app, &generate(&app).await).await;
    let posted = approve_and_post(&app, &draft).await;
    assert_eq!(posted["status"], "posted", "{posted}");
    let rows = in_ledger(&app, &posted["number"]).await;
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(rows[0]["status"], "AUTHORISED");
    assert_eq!(rows[0]["total_minor"], posted["total_minor"], "to the cent");
    assert_eq!(rows[0]["created"], 1);
    let again = json!({ "drafts": [{ "id": posted["id"], "version": posted["version"] }] });
    let (status, _) = app.post("/api/v1/generated-invoices/post", &again).await;
    assert_eq!(status, 409);
}

async fn a_rejected_draft_frees_what_it_covered(app: TestApp) {
    let ids = generate(&app).await;
    let draft = detail(&app, &ids[0]).await;
    let (status, refused) = act(&app, &draft, "reject", json!({ "reason": " " })).await;
    assert_eq!(status, 422, "{refused}");
    let (status, rejected) = act(&app, &draft, "reject", json!({ "reason": "Wrong client" })).await;
    assert_eq!(
        (status, rejected["status"].as_str()),
        (200, Some("rejected"))
    );
    let again = generate(&app).await;
    assert_eq!(again.len(), 1);
    assert_eq!(
        detail(&app, &again[0]).await["total_minor"],
        draft["total_minor"]
    );
}

async fn two_people_approve_and_one_wins(app: TestApp) {
    let draft = clean(&app, &generate(&app).await).await;
    let (one, other) = tokio::join!(
        act(&app, &draft, "approve", json!({})),
        act(&app, &draft, "approve", json!({}))
    );
    let mut statuses = [one.0, other.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", one.1, other.1);
}

async fn a_double_click_on_approve_approves_once(app: TestApp) {
    let ids = generate(&app).await;
    let draft = clean(&app, &ids).await;
    // A program that sends twice at once under one key, and again when it was told to.
    let path = format!(
        "/api/v1/generated-invoices/{}/approve",
        draft["id"].as_str().unwrap()
    );
    let send = || async {
        let request = app.request(Method::POST, &path);
        let request = request.header("idempotency-key", "click-1");
        let request = request.json(&json!({ "version": draft["version"] }));
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (one, other) = tokio::join!(send(), send());
    let again = send().await;
    assert_eq!(again.0, 200, "{}", again.1);
    assert!([&one, &other].contains(&&again), "{one:?} {other:?}");
    // Where neither waits for the other any longer, one is told to try again.
    let is_known = |answer: &(u16, String)| *answer == again || answer.0 == 503;
    assert!(is_known(&one) && is_known(&other), "{one:?} {other:?}");
    assert_eq!(approvals(&app, &draft).await, 1);

    // A person's second click ends where the first did.
    let rest: Vec<String> = ids
        .into_iter()
        .filter(|id| draft["id"] != json!(id))
        .collect();
    let draft = clean(&app, &rest).await;
    let path = format!(
        "/generated-invoices/{}/approve",
        draft["id"].as_str().unwrap()
    );
    let version = draft["version"].to_string();
    for _ in 0..2 {
        let (status, page) = app.submit(&path, &[("version", &version)]).await;
        assert_eq!(status, 303, "{page}");
    }
    assert_eq!(approvals(&app, &draft).await, 1);
}

async fn approvals(app: &TestApp, draft: &Value) -> usize {
    let now = detail(app, draft["id"].as_str().unwrap()).await;
    assert_eq!(now["status"], "approved");
    let history = now["history"].as_array().unwrap().iter();
    history
        .filter(|row| row["action"] == "draft.approved")
        .count()
}

async fn a_lost_answer_of_the_ledger_doubles_nothing(app: TestApp) {
    let draft = clean(&app, &generate(&app).await).await;
    let fault = json!({ "vendor": "xero", "kind": "lost_answer", "path": "/Invoices", "times": 1, "after": 1 });
    app.control(Method::POST, "faults", &fault).await;
    let posted = approve_and_post(&app, &draft).await;
    assert_eq!(posted["status"], "posted", "{posted}");
    let rows = in_ledger(&app, &posted["number"]).await;
    assert_eq!(
        (rows.len(), &rows[0]["created"]),
        (1, &json!(1)),
        "{rows:?}"
    );
}
