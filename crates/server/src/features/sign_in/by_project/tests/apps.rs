//! Apps that come with the project's own tokens.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};

use super::Both;
use crate::{
    db::sql,
    http::{
        Role,
        tokens::{self, Claims, keys},
    },
    testing::{
        OWNER, TestApp, on_both_engines,
        wire::{call, claims, code, session_of},
    },
};

on_both_engines!(Both::start =>
    its_tokens_are_believed_while_their_session_stands,
    a_session_that_was_ended_here_stays_ended,
    only_what_it_signed_for_us_is_believed,
    a_token_counts_for_what_it_says,
    whose_account_has_no_place_is_nobody,
);

async fn session_by(product: &TestApp, token: &str) -> (u16, Value) {
    let asked = product.anonymous(Method::GET, "/api/v1/session");
    let answer = asked.bearer_auth(token).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap())
}

async fn token_of(project: &TestApp, email: &str) -> String {
    let session = session_of(project, email).await;
    session["access_token"].as_str().unwrap().to_owned()
}

async fn its_tokens_are_believed_while_their_session_stands(both: Both) {
    let token = token_of(&both.project, OWNER).await;
    let (status, who) = session_by(&both.product, &token).await;
    assert_eq!((status, &who["role"]), (200, &json!("owner")), "{who}");
    let (_, again) = session_by(&both.product, &token).await;
    assert_eq!(who["session"], again["session"], "one session, not two");
    call(&both.project, Method::POST, "/logout", &token, &Value::Null).await;
    both.let_time_pass().await;
    assert_eq!(session_by(&both.product, &token).await.0, 401);
}

async fn a_session_that_was_ended_here_stays_ended(both: Both) {
    let token = token_of(&both.project, OWNER).await;
    assert_eq!(session_by(&both.product, &token).await.0, 200);
    let ended = both.product.anonymous(Method::DELETE, "/api/v1/session");
    let ended = ended.bearer_auth(&token).send().await.unwrap();
    assert_eq!(ended.status(), 204);
    assert_eq!(session_by(&both.product, &token).await.0, 401);
    // Taking a place away acts at the next request as well.
    let token = token_of(&both.project, OWNER).await;
    assert_eq!(session_by(&both.product, &token).await.0, 200);
    let mut tx = both.product.app.db.write_global().await.unwrap();
    sql("delete from membership").run(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(session_by(&both.product, &token).await.0, 401);
}

/// Spoils claims; it is told the time.
type Change = fn(&mut Claims, i64);

async fn key_of(app: &TestApp) -> keys::SigningKey {
    let mut tx = app.app.db.write_global().await.unwrap();
    let key = keys::signing(&app.app, &mut tx).await.unwrap();
    tx.commit().await.unwrap();
    key
}

async fn only_what_it_signed_for_us_is_believed(both: Both) {
    let token = token_of(&both.project, OWNER).await;
    let key = key_of(&both.project).await;
    let now = both.project.app.clock.wall_now().timestamp();
    let changes: [(&str, Change); 3] = [
        ("it has just expired", |claims, now| claims.exp = now),
        ("it is for another audience", |claims, _| {
            claims.aud = "anon".to_owned();
        }),
        ("it is another project's", |claims, _| {
            claims.iss = "https://evil.example/auth/v1".to_owned();
        }),
    ];
    for (why, change) in changes {
        let mut claims = claims(&token);
        change(&mut claims, now);
        let forged = tokens::sign(&claims, &key).unwrap();
        assert_eq!(session_by(&both.product, &forged).await.0, 401, "{why}");
    }
    let ours = key_of(&both.product).await;
    let forged = tokens::sign(&claims(&token), &ours).unwrap();
    assert_eq!(
        session_by(&both.product, &forged).await.0,
        401,
        "our own key"
    );
    let named_as_theirs = keys::SigningKey {
        id: key.id,
        private: ours.private,
    };
    let forged = tokens::sign(&claims(&token), &named_as_theirs).unwrap();
    assert_eq!(session_by(&both.product, &forged).await.0, 401, "disguised");
    let header = json!({ "alg": "none", "kid": key.id.0.to_string() });
    let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
    let unsigned = format!("{header}.{}.", token.split('.').nth(1).unwrap());
    assert_eq!(
        session_by(&both.product, &unsigned).await.0,
        401,
        "alg none"
    );
    assert_eq!(session_by(&both.product, "a.b.c").await.0, 401, "no token");
    assert_eq!(session_by(&both.product, &token).await.0, 200, "unchanged");
}

async fn a_token_counts_for_what_it_says(both: Both) {
    let low = token_of(&both.project, OWNER).await;
    assert_eq!(session_by(&both.product, &low).await.0, 200);
    let new = json!({ "factor_type": "totp", "friendly_name": "Phone" });
    let begun = both.ask(Method::POST, "/factors", &low, &new).await;
    let id = begun["id"].as_str().unwrap();
    let path = format!("/factors/{id}/challenge");
    let challenge = both.ask(Method::POST, &path, &low, &json!({})).await;
    let code = code(&both.project, begun["totp"]["secret"].as_str().unwrap(), 0);
    let shown = json!({ "challenge_id": challenge["id"], "code": code });
    let path = format!("/factors/{id}/verify");
    let raised = both.ask(Method::POST, &path, &low, &shown).await;
    both.let_time_pass().await;
    let (status, told) = session_by(&both.product, &low).await;
    assert_eq!(status, 403, "a factor that it has not shown: {told}");
    let high = raised["access_token"].as_str().unwrap();
    assert_eq!(session_by(&both.product, high).await.0, 200);
    assert_eq!(session_by(&both.product, &low).await.0, 403, "still not");
    // Nor does it gain from the other one at the same moment.
    let pairs = (0..10).map(async |_| {
        let at_once = (
            session_by(&both.product, &low),
            session_by(&both.product, high),
        );
        let (low, high) = futures::future::join(at_once.0, at_once.1).await;
        (low.0, high.0)
    });
    let seen = futures::future::join_all(pairs).await;
    assert_eq!(seen, [(403, 200); 10]);
}

async fn whose_account_has_no_place_is_nobody(both: Both) {
    both.project
        .add_person("kim@example.com", Role::Owner)
        .await;
    let token = token_of(&both.project, "kim@example.com").await;
    assert_eq!(session_by(&both.product, &token).await.0, 401);
}
