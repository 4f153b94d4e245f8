//! Access tokens that are well signed and still not to be believed.

use reqwest::{Method, header};

use super::{session, text, user};
use crate::{
    http::tokens::{self, Claims, keys},
    testing::{TestApp, on_both_engines, wire::claims},
};

on_both_engines!(TestApp::start =>
    old_and_foreign_claims_are_refused,
    a_key_that_is_not_ours_signs_nothing,
    tokens_name_us_whatever_host_was_asked,
);

/// Spoils claims; it is told the time.
type Change = fn(&mut Claims, i64);

/// Refused by the wire and by the product's own API.
async fn is_refused(app: &TestApp, forged: &str, why: &str) {
    let (status, refused) = user(app, forged).await;
    let said = (status.as_u16(), text(&refused, "code"));
    assert_eq!(said, (403, "bad_jwt"), "{why}: {refused}");
    let api = app.anonymous(Method::GET, "/api/v1/session");
    let answer = api.bearer_auth(forged).send().await.unwrap();
    assert_eq!(answer.status(), 401, "{why}");
}

async fn old_and_foreign_claims_are_refused(app: TestApp) {
    let real = session(&app).await;
    let token = text(&real, "access_token");
    let mut tx = app.app.db.write_global().await.unwrap();
    let key = keys::signing(&app.app, &mut tx).await.unwrap();
    drop(tx);
    let now = app.app.clock.wall_now().timestamp();
    let changes: [(&str, Change); 4] = [
        ("it has just expired", |claims, now| {
            claims.exp = now;
        }),
        ("it expired long ago", |claims, now| {
            claims.exp = now - 86_400;
        }),
        ("it is for another audience", |claims, _| {
            claims.aud = "anon".to_owned();
        }),
        ("it is another server's", |claims, _| {
            claims.iss = "https://evil.example/auth/v1".to_owned();
        }),
    ];
    for (why, change) in changes {
        let mut claims = claims(token);
        change(&mut claims, now);
        is_refused(&app, &tokens::sign(&claims, &key).unwrap(), why).await;
    }
    let again = tokens::sign(&claims(token), &key).unwrap();
    assert_eq!(user(&app, &again).await.0, 200, "unchanged it is good");
}

async fn a_key_that_is_not_ours_signs_nothing(app: TestApp) {
    let real = session(&app).await;
    let claims = claims(text(&real, "access_token"));
    let mut tx = app.app.db.write_global().await.unwrap();
    let ours = keys::signing(&app.app, &mut tx).await.unwrap();
    keys::rotate(&app.app, &mut tx).await.unwrap();
    let other = keys::signing(&app.app, &mut tx).await.unwrap();
    // Nothing was committed: nobody here knows the other.
    drop(tx);
    is_refused(
        &app,
        &tokens::sign(&claims, &other).unwrap(),
        "its own name",
    )
    .await;
    let disguised = keys::SigningKey {
        id: ours.id,
        private: other.private,
    };
    is_refused(
        &app,
        &tokens::sign(&claims, &disguised).unwrap(),
        "our name",
    )
    .await;
}

async fn tokens_name_us_whatever_host_was_asked(app: TestApp) {
    let body = serde_json::json!({
        "email": crate::testing::OWNER, "password": crate::testing::PASSWORD
    });
    let asked = app
        .anonymous(Method::POST, "/auth/v1/token?grant_type=password")
        .header(header::HOST, "evil.example")
        .header("x-forwarded-host", "evil.example")
        .json(&body);
    let answer: serde_json::Value = asked.send().await.unwrap().json().await.unwrap();
    let claims = claims(text(&answer, "access_token"));
    assert_eq!(claims.iss, tokens::issuer(&app.app));
    assert!(!answer.to_string().contains("evil.example"), "{answer}");
}
