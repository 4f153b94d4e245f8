//! Runs that make the drafts of all clients: a few at a time, stopped, and never twice.

use serde_json::{Value, json};

use super::{NEXT_MONTH, agreed_world};
use crate::{
    features::generated_invoices::runs,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(agreed_world =>
    a_run_makes_the_drafts_of_all_clients_once,
    a_stopped_run_leaves_the_rest,
    a_run_goes_on_where_it_was,
);

mod of_many {
    use super::{TestApp, begun_from_the_page, on_both_engines};
    use crate::db::Engine;

    async fn more_than_one_waits_for(engine: Engine) -> TestApp {
        let mut options = sandbox::Options::new("");
        options.size.clients = 130;
        options.size.months = 2;
        let app = TestApp::with_sandbox(engine, options).await;
        app.sync_vendors().await;
        app.load_setup().await;
        app.run_jobs().await;
        app
    }
    on_both_engines!(more_than_one_waits_for => begun_from_the_page);
}

async fn begun_from_the_page(app: TestApp) {
    let asked = [("client", ""), ("as_of", NEXT_MONTH)];
    let place = "/generated-invoices/generate";
    assert_eq!(app.submit(place, &asked).await.0, 303);
    let (_, all) = app.get("/api/v1/draft-runs").await;
    let clients = all["items"][0]["clients"].as_i64();
    assert!(clients > Some(runs::WHILE_ONE_WAITS), "{all}");
    let (status, page) = app.submit(place, &asked).await;
    assert!(
        status == 409 && page.contains("already"),
        "a second click: {page}"
    );
    app.run_jobs().await;
    assert_eq!(look(&app, &all["items"][0]).await["state"], "done");
}

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

/// As after a process that died between two pieces.
async fn a_run_goes_on_where_it_was(app: TestApp) {
    let run = begin(&app).await;
    let id = run["id"].as_str().unwrap().parse().unwrap();
    assert!(
        runs::step(&app.app, app.org, id).await.unwrap(),
        "more is left"
    );
    let begun = look(&app, &run).await;
    assert_eq!(
        (&begun["state"], &begun["looked_at"]),
        (&json!("running"), &json!(50))
    );
    let made = begun["drafts"].as_i64().unwrap();
    let (_, page) = app.page("/generated-invoices/generate").await;
    assert!(page.contains("50 of"), "{page}");

    app.run_jobs().await;
    let ended = look(&app, &run).await;
    assert_eq!(ended["state"], "done", "{ended}");
    let all = ended["drafts"].as_u64().unwrap();
    assert!(made > 0 && i64::try_from(all).unwrap() > made, "{ended}");
    assert_eq!(
        u64::try_from(drafts(&app).await).unwrap(),
        all,
        "none is made twice"
    );
    assert!(
        !runs::step(&app.app, app.org, id).await.unwrap(),
        "it is over"
    );
}
