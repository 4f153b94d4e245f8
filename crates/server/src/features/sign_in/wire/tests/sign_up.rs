//! Signing up where the operator allows it, and what is not a question.

use reqwest::Method;
use serde_json::{Value, json};

use super::{call, text};
use crate::{
    db::Engine,
    testing::{PASSWORD, TestApp, on_both_engines},
};

on_both_engines!(open_to_all =>
    of_many_at_once_one_gets_the_address,
    a_common_password_is_refused_with_its_reason,
    an_unreadable_question_is_answered_in_the_wire_s_words,
);

async fn open_to_all(engine: Engine) -> TestApp {
    TestApp::configured(engine, |config| config.sign_in.sign_up = true).await
}

async fn sign_up(app: &TestApp, email: &str, password: &str) -> (u16, Value) {
    let body = json!({ "email": email, "password": password });
    let (status, answer) = call(app, Method::POST, "/signup", "", &body).await;
    (status.as_u16(), answer)
}

async fn of_many_at_once_one_gets_the_address(app: TestApp) {
    let asked = (0..6).map(|_| sign_up(&app, "New@example.com", PASSWORD));
    let answers = futures::future::join_all(asked).await;
    let (got, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 200);
    assert_eq!(got.len(), 1, "{answers:?}");
    assert_eq!(got[0].1["user"]["email"], "new@example.com");
    for (status, answer) in refused {
        assert_eq!(
            (*status, text(answer, "code")),
            (422, "user_already_exists"),
            "{answer}"
        );
    }
}

async fn a_common_password_is_refused_with_its_reason(app: TestApp) {
    let (status, refused) = sign_up(&app, "new@example.com", "password1234").await;
    assert_eq!((status, text(&refused, "code")), (422, "weak_password"));
    assert_eq!(refused["weak_password"]["reasons"], json!(["pwned"]));
    let (_, refused) = sign_up(&app, "new@example.com", "short").await;
    assert_eq!(refused["weak_password"]["reasons"], json!(["length"]));
}

async fn an_unreadable_question_is_answered_in_the_wire_s_words(app: TestApp) {
    for query in [
        "grant_type=%FF",
        "grant_type=a&grant_type=b",
        "",
        "grant_type",
    ] {
        let path = format!("/token?{query}");
        let (status, refused) = call(&app, Method::POST, &path, "", &json!({})).await;
        assert_eq!(
            (status.as_u16(), text(&refused, "code")),
            (400, "invalid_credentials"),
            "{query}: {refused}"
        );
    }
}
