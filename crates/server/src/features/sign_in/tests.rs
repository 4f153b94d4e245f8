//! Signing in, through the door.

use reqwest::Method;
use serde_json::json;

use crate::testing::{OWNER, PASSWORD, TestApp, on_both_engines};

on_both_engines!(TestApp::start =>
    a_person_signs_in_and_out,
    wrong_passwords_wait_and_unknown_accounts_look_the_same,
);

async fn a_person_signs_in_and_out(app: TestApp) {
    let credentials = json!({ "email": "Owner@Example.com ", "password": PASSWORD });
    let (status, new) = app.post("/api/v1/session", &credentials).await;
    assert_eq!(status, 201);
    let token = new["token"].as_str().unwrap();
    let mine = || {
        app.anonymous(Method::GET, "/api/v1/session")
            .bearer_auth(token)
            .send()
    };
    assert_eq!(mine().await.unwrap().status(), 200);
    let ended = app
        .anonymous(Method::DELETE, "/api/v1/session")
        .bearer_auth(token)
        .send()
        .await;
    assert_eq!(ended.unwrap().status(), 204);
    assert_eq!(
        mine().await.unwrap().status(),
        401,
        "the token ends with the session"
    );
}

async fn wrong_passwords_wait_and_unknown_accounts_look_the_same(app: TestApp) {
    let attempt = async |email: &str| {
        let body = json!({ "email": email, "password": "wrong wrong wrong" });
        app.post("/api/v1/session", &body).await
    };
    let (known, unknown) = (attempt(OWNER).await, attempt("nobody@example.com").await);
    assert_eq!(known.0, 422);
    assert_eq!(known.1["error"]["message"], unknown.1["error"]["message"]);
    for _ in 0..9 {
        attempt(OWNER).await;
    }
    let (status, body) = attempt(OWNER).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (429, Some("too_many_attempts"))
    );
}
