//! Runs that make the drafts of all clients: a few at a time, stopped, and never twice.

use serde_json::{Value, json};

use super::{NEXT_MONTH, agreed_world};
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(agreed_world =>
    a_run_makes_the_drafts_of_all_clients_once,
    a_stopped_run_leaves_the_rest,
);

async fn begin(app: &TestApp) -> Value {
    let body = json!({ "as_of": NEXT_MONTH });
    let (status, run) = app.post("/api/v1/draft-runs", &body).await;
    assert_eq!((status, &run["state"]), (202, &json!("queued")), "{run}");
    run
}

async fn look(app: &TestApp, run: &Value) -> Value {
    let id = run["id"].as_str().unwrap();
    let (status, run) = app.get(&format!("/api/v1/draft-runs/{id}")).await;
    assert_eq!(status, 200, "{run}");
    run
}

async fn drafts(app: &TestApp) -> usize {
    let (_, drafts) = app.get("/api/v1/generated-invoices?limit=200").await;
    drafts["items"].as_array().unwrap().len()
}

async fn a_run_makes_the_drafts_of_all_clients_once(app: TestApp) {
    let (_, foreseen) = app
        .post(
            "/api/v1/generated-invoices/preview",
            &json!({ "as_of": NEXT_MONTH }),
        )
        .await;
    let foreseen = foreseen.as_array().unwrap().len();
    let run = begin(&app).await;
    let (status, refused) = app.post("/api/v1/draft-runs", &json!({})).await;
    let code = &refused["error"]["code"];
    assert_eq!((status, code), (409, &json!("run_on_its_way")), "{refused}");
    let place = format!("/generated-invoices/runs/{}", run["id"].as_str().unwrap());
    let (_, waiting) = app.page(&place).await;
    assert!(waiting.contains("It begins in a moment."), "{waiting}");
    let (_, generate) = app.page("/generated-invoices/generate").await;
    assert!(generate.contains("Drafts are being made."), "{generate}");

    app.run_jobs().await;
    let ended = look(&app, &run).await;
    assert_eq!(ended["state"], "done", "{ended}");
    assert_eq!(ended["looked_at"], ended["clients"], "{ended}");
    assert_eq!(
        (&ended["drafts"], drafts(&app).await),
        (&json!(foreseen), foreseen)
    );
    let (_, page) = app.page(&place).await;
    assert!(page.contains("All clients are looked at."), "{page}");

    let again = begin(&app).await;
    app.run_jobs().await;
    assert_eq!(look(&app, &again).await["drafts"], 0, "nothing twice");
    let (_, all) = app.get("/api/v1/draft-runs").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 2, "{all}");
    let (_, listed) = app.page("/generated-invoices/runs").await;
    assert!(listed.contains(&place), "{listed}");
    let (_, csv) = app.page("/generated-invoices/runs/export.csv").await;
    assert_eq!(csv.lines().count(), 3, "{csv}");
}

async fn a_stopped_run_leaves_the_rest(app: TestApp) {
    let (_, nothing) = app.page("/generated-invoices/runs").await;
    assert!(nothing.contains("No runs yet"), "{nothing}");
    let run = begin(&app).await;
    let stop = format!(
        "/generated-invoices/runs/{}/stop",
        run["id"].as_str().unwrap()
    );
    assert_eq!(app.submit(&stop, &[]).await.0, 303);
    assert_eq!(look(&app, &run).await["state"], "stopping");
    let (status, _) = app
        .post(
            &format!("/api/v1/draft-runs/{}/stop", run["id"].as_str().unwrap()),
            &json!({}),
        )
        .await;
    assert_eq!(status, 409, "once is enough");
    app.run_jobs().await;
    let stopped = look(&app, &run).await;
    assert_eq!(
        (&stopped["state"], drafts(&app).await),
        (&json!("stopped"), 0),
        "{stopped}"
    );
    let rest = begin(&app).await;
    app.run_jobs().await;
    assert_eq!(look(&app, &rest).await["state"], "done");
    assert!(drafts(&app).await > 40, "what was left is made");
}
