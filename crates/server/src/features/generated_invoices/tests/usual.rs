//! The second month: what differs from the first, what is usual, and approving that together.

use reqwest::Method;
use serde_json::{Value, json};

use super::{agreed_world, clean, detail, generate};
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(agreed_world => what_is_usual_is_approved_together);

async fn post(app: &TestApp, path: &str, body: Value) -> Value {
    let (status, answer) = app.post(path, &body).await;
    assert!(status < 300, "{path}: {status} {answer}");
    answer
}

/// Approves and posts so many of the drafts.
async fn post_some(app: &TestApp, mut drafts: Vec<String>, count: usize) {
    let mut picked = Vec::new();
    while picked.len() < count {
        let draft = clean(app, &drafts).await;
        drafts.retain(|id| draft["id"] != json!(id));
        let id = draft["id"].as_str().unwrap();
        let body = json!({ "version": draft["version"] });
        let path = format!("/api/v1/generated-invoices/{id}/approve");
        let approved = post(app, &path, body).await;
        picked.push(json!({ "id": approved["id"], "version": approved["version"] }));
    }
    let body = json!({ "drafts": picked });
    post(app, "/api/v1/generated-invoices/post", body).await;
    app.run_jobs().await;
}

async fn what_is_usual_is_approved_together(mut app: TestApp) {
    post_some(&app, generate(&app).await, 12).await;
    app.control(Method::POST, "advance", &json!({ "days": 20 }))
        .await;
    app.sign_in_again().await;
    post(&app, "/api/v1/sync", json!({})).await;
    app.run_jobs().await;
    let next = json!({ "as_of": "2027-01-01" });
    post(&app, "/api/v1/generated-invoices", next).await;

    let usual = "/api/v1/generated-invoices/usual";
    let (status, looked) = app.get(usual).await;
    assert_eq!(status, 200, "{looked}");
    let found = looked["usual"].as_array().unwrap();
    assert!(!found.is_empty(), "{looked}");
    let unusual = looked["unusual"].as_array().unwrap();
    let is_said = |words: &str| {
        let mut all = unusual
            .iter()
            .flat_map(|one| one["because"].as_array().unwrap());
        all.any(|because| because.as_str().unwrap().contains(words))
    };
    assert!(is_said("no invoice before it"), "{looked}");
    let (_, page) = app.page("/generated-invoices/approve").await;
    assert!(page.contains("Nothing unusual") && page.contains("To look at one by one"));

    for one in found {
        let draft = detail(&app, one["draft"]["id"].as_str().unwrap()).await;
        adds_up(&draft);
    }
    // One that is not usual keeps the others from being approved with it.
    let seen =
        |one: &Value| json!({ "id": one["draft"]["id"], "version": one["draft"]["version"] });
    let with_another = json!({ "drafts": [seen(&found[0]), seen(&unusual[0])] });
    let (status, refused) = app.post(usual, &with_another).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("unusual"))
    );
    let first = detail(&app, found[0]["draft"]["id"].as_str().unwrap()).await;
    assert_eq!(first["status"], "draft");

    let pick = |one: &Value| {
        let (id, version) = (&one["draft"]["id"], &one["draft"]["version"]);
        ("pick", format!("{}.{version}", id.as_str().unwrap()))
    };
    let picks: Vec<_> = found.iter().map(pick).collect();
    let picks: Vec<_> = picks
        .iter()
        .map(|(name, pick)| (*name, pick.as_str()))
        .collect();
    let (status, page) = app.submit("/generated-invoices/approve", &picks).await;
    assert_eq!(status, 303, "{page}");
    for one in found {
        let draft = detail(&app, one["draft"]["id"].as_str().unwrap()).await;
        assert_eq!(draft["status"], "approved");
    }
    let (status, _) = app.submit("/generated-invoices/approve", &[]).await;
    assert_eq!(status, 422);
}

/// The differences are the difference.
fn adds_up(draft: &Value) {
    let by = draft["differences"].as_array().unwrap().iter();
    let by: i64 = by.map(|one| one["by_minor"].as_i64().unwrap()).sum();
    let (now, last) = (&draft["net_minor"], &draft["last_net_minor"]);
    assert_eq!(
        by,
        now.as_i64().unwrap() - last.as_i64().unwrap(),
        "{draft}"
    );
}
