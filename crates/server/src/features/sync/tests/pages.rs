//! What people see of connections, syncs and jobs.

use std::time::Duration;

use reqwest::{Method, header::LOCATION};
use serde_json::json;

use super::whole::{runs, small_world};
use crate::{
    db::{At, sql},
    http::Role,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(small_world =>
    a_person_connects_by_form_and_syncs_everything,
    wrong_credentials_are_refused_beside_the_field,
    a_consent_is_good_once_and_for_its_person,
    disconnecting_keeps_what_was_read,
    the_stream_tells_of_a_sync_and_ends_with_the_session,
);

async fn a_person_connects_by_form_and_syncs_everything(app: TestApp) {
    let (status, page) = app.page("/settings/integrations").await;
    assert_eq!(status, 200);
    assert!(page.contains("Not connected"), "{page}");
    let known = app.sandbox.as_ref().unwrap().control.credentials().clone();
    let fields = [
        ("client_id", known.pax8_client_id.as_str()),
        ("client_secret", known.pax8_client_secret.as_str()),
    ];
    let (status, _) = app.submit("/settings/integrations/pax8", &fields).await;
    assert_eq!(status, 303);
    let (_, page) = app.page("/sync/progress").await;
    assert!(page.contains("Pax8") && page.contains("Waiting"), "{page}");
    app.run_jobs().await;
    let (_, page) = app.page("/settings/integrations").await;
    assert!(
        page.contains("Connected") && page.contains("hooks/pax8/"),
        "{page}"
    );
    assert_eq!(app.submit("/sync", &[]).await.0, 303);
    assert_eq!(app.submit("/sync", &[]).await.0, 303);
    app.run_jobs().await;
    assert_eq!(runs(&app).await.len(), 2, "a second click joins the first");
    let (_, page) = app.page("/settings/integrations").await;
    assert!(
        !page.contains("&#60;div"),
        "a part is escaped twice: {page}"
    );
    let (_, list) = app.page("/sync-runs").await;
    assert!(list.contains("Done"), "{list}");
    let id = runs(&app).await[1]["id"].as_str().unwrap().to_owned();
    let (status, detail) = app.page(&format!("/sync-runs/{id}")).await;
    assert_eq!(status, 200);
    assert!(
        detail.contains("Subscriptions") && detail.contains("New"),
        "{detail}"
    );
    assert!(!detail.contains("&#60;"), "{detail}");
    let (_, jobs) = app.page("/settings/jobs").await;
    assert!(jobs.contains("Reconciliation"), "{jobs}");
    let viewer = app.add_person("viewer@example.com", Role::Viewer).await;
    let seen = app
        .anonymous(Method::GET, "/settings/integrations")
        .bearer_auth(&viewer);
    let seen = seen.send().await.unwrap().text().await.unwrap();
    assert!(
        !seen.contains("hooks/pax8/") && !seen.contains("Disconnect"),
        "{seen}"
    );
    let denied = app
        .anonymous(Method::POST, "/sync")
        .bearer_auth(&viewer)
        .form(&[("mode", "")]);
    assert_eq!(denied.send().await.unwrap().status(), 403);
}

async fn wrong_credentials_are_refused_beside_the_field(app: TestApp) {
    let fields = [("client_id", "nobody"), ("client_secret", "wrong")];
    for vendor in ["pax8", "ninjaone"] {
        let path = format!("/settings/integrations/{vendor}");
        let (status, page) = app.submit(&path, &fields).await;
        assert_eq!(status, 422);
        assert!(page.contains("does not let us in"), "{page}");
        assert!(page.contains("value=\"nobody\""), "what was typed stays");
        assert!(!page.contains("wrong\""), "but never the secret");
        let body = json!({ "vendor": vendor, "client_id": "nobody", "client_secret": "wrong" });
        let (status, answer) = app.post("/api/v1/connections", &body).await;
        assert_eq!(
            (status, answer["error"]["code"].as_str()),
            (422, Some("credentials_refused"))
        );
    }
    let (_, list) = app.get("/api/v1/connections").await;
    assert_eq!(list["items"], json!([]));
    let body = json!({ "vendor": "xero", "client_id": "a", "client_secret": "b" });
    assert_eq!(app.post("/api/v1/connections", &body).await.0, 422);
    let body = json!({ "vendor": "pax8", "client_id": "a", "client_secret": "b", "more": 1 });
    let (status, answer) = app.post("/api/v1/connections", &body).await;
    assert_eq!(status, 422);
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .contains("more")
    );
}

async fn a_consent_is_good_once_and_for_its_person(app: TestApp) {
    let (_, page) = app
        .post("/api/v1/connections/xero/consent", &json!({}))
        .await;
    let url = format!(
        "{}&sandbox_allow=first",
        page["consent_url"].as_str().unwrap()
    );
    let allowed = app.browse(&url).await;
    let back = allowed.headers()[LOCATION].to_str().unwrap().to_owned();
    let path = back
        .strip_prefix(&app.app.config.server.public_url)
        .unwrap()
        .to_owned();
    let other = app.add_person("finance@example.com", Role::Finance).await;
    let stolen = app
        .anonymous(Method::GET, &path)
        .bearer_auth(&other)
        .send()
        .await
        .unwrap();
    assert_eq!(stolen.status(), 303);
    let (_, list) = app.get("/api/v1/connections").await;
    assert_eq!(
        list["items"],
        json!([]),
        "somebody else's consent connects nothing"
    );
    let used = app.request(Method::GET, &path).send().await.unwrap();
    assert_eq!(used.status(), 303);
    let (_, list) = app.get("/api/v1/connections").await;
    assert_eq!(list["items"], json!([]), "and it is spent");
    app.connect_xero().await;
    let refused = app.request(
        Method::GET,
        "/connections/xero/callback?error=access_denied",
    );
    assert_eq!(refused.send().await.unwrap().status(), 303);
    let (_, list) = app.get("/api/v1/connections").await;
    assert_eq!(list["items"][0]["state"], "connected");
    app.connect_xero().await;
    let (_, again) = app.get("/api/v1/connections").await;
    assert_eq!(again["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        again["items"][0]["id"], list["items"][0]["id"],
        "reconnecting keeps it"
    );
}

async fn disconnecting_keeps_what_was_read(app: TestApp) {
    app.sync_vendors().await;
    let before = super::whole::sizes(&app).await;
    let (_, list) = app.get("/api/v1/connections").await;
    for connection in list["items"].as_array().unwrap() {
        let id = connection["id"].as_str().unwrap();
        let (status, ended) = app.delete(&format!("/api/v1/connections/{id}")).await;
        assert_eq!(
            (status, &ended["state"]),
            (200, &json!("disconnected")),
            "{ended}"
        );
        let (status, _) = app
            .post(&format!("/api/v1/connections/{id}/test"), &json!({}))
            .await;
        assert_eq!(status, 409);
        let (status, _) = app
            .post(&format!("/api/v1/connections/{id}/sync"), &json!({}))
            .await;
        assert_eq!(status, 409);
    }
    assert_eq!(app.post("/api/v1/sync", &json!({})).await.0, 409);
    assert_eq!(super::whole::sizes(&app).await, before);
    app.connect_vendors().await;
    app.run_jobs().await;
    let (_, again) = app.get("/api/v1/connections").await;
    let ids = |list: &serde_json::Value| -> Vec<String> {
        let rows = list["items"].as_array().unwrap();
        rows.iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let (mut was, mut is) = (ids(&list), ids(&again));
    was.sort_unstable();
    is.sort_unstable();
    assert_eq!(is, was);
    let mut now = super::whole::sizes(&app).await;
    now.insert("snapshot_count", before["snapshot_count"]);
    assert_eq!(now, before);
}

async fn the_stream_tells_of_a_sync_and_ends_with_the_session(app: TestApp) {
    assert_eq!(
        app.anonymous(Method::GET, "/events")
            .send()
            .await
            .unwrap()
            .status(),
        303
    );
    app.connect_with_credentials("ninjaone").await;
    let mut stream = app.request(Method::GET, "/events").send().await.unwrap();
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    app.run_jobs().await;
    let heard = tokio::time::timeout(Duration::from_secs(20), stream.chunk()).await;
    let heard = String::from_utf8(heard.unwrap().unwrap().unwrap().to_vec()).unwrap();
    assert!(heard.contains("event: sync"), "{heard}");
    assert!(listening_is_no_activity(&app).await);
    app.request(Method::DELETE, "/api/v1/session")
        .send()
        .await
        .unwrap();
    // Whatever was under way may still come; then the session is missed and the stream ends.
    let ended = tokio::time::timeout(Duration::from_secs(40), async {
        while matches!(stream.chunk().await, Ok(Some(_))) {}
    });
    ended.await.unwrap();
}

/// Whether a session in which somebody only listens goes idle: a new stream leaves its last
/// activity alone.
async fn listening_is_no_activity(app: &TestApp) -> bool {
    let mut tx = app.app.db.write_global().await.unwrap();
    let hour_ago = At(app.app.now().0 - chrono::TimeDelta::hours(1));
    sql("update session set last_active_at = $1")
        .bind(hour_ago)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let stream = app.request(Method::GET, "/events").send().await.unwrap();
    assert_eq!(stream.status(), 200);
    let mut tx = app.app.db.read_global().await.unwrap();
    let active: Vec<At> = sql("select last_active_at from session")
        .values(&mut tx)
        .await
        .unwrap();
    active.iter().all(|at| at.micros() == hour_ago.micros())
}
