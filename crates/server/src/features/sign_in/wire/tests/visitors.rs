//! What others may try to slip into somebody's sign-in at a screen.

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::{Value, json};

use super::{call, text};
use crate::testing::{OWNER, PASSWORD, TestApp, on_both_engines};

on_both_engines!(TestApp::start =>
    a_session_is_never_one_that_was_there_before,
    after_sign_in_nobody_is_sent_elsewhere,
    a_foreign_host_is_repeated_nowhere,
    look_alikes_are_other_people,
);

fn form(app: &TestApp, next: &str) -> RequestBuilder {
    app.anonymous(Method::POST, "/sign-in")
        .header("sec-fetch-site", "same-origin")
        .form(&[("email", OWNER), ("password", PASSWORD), ("next", next)])
}

fn cookie(answer: &Response) -> String {
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn opens(app: &TestApp, cookie: &str) -> StatusCode {
    let page = app
        .anonymous(Method::GET, "/clients")
        .header(header::COOKIE, cookie);
    page.send().await.unwrap().status()
}

async fn a_session_is_never_one_that_was_there_before(app: TestApp) {
    let name = cookie(&form(&app, "/").send().await.unwrap());
    let name = name.split('=').next().unwrap();
    // A word of the attacker's, and a session that they have.
    let theirs = cookie(&form(&app, "/").send().await.unwrap());
    for planted in [format!("{name}=b1_{}", "0".repeat(64)), theirs.clone()] {
        let answer = form(&app, "/").header(header::COOKIE, &planted);
        let got = cookie(&answer.send().await.unwrap());
        assert_ne!(got, planted);
        assert_eq!(opens(&app, &got).await, StatusCode::OK);
    }
    let planted = format!("{name}=b1_{}", "0".repeat(64));
    assert_eq!(opens(&app, &planted).await, StatusCode::SEE_OTHER);
}

async fn after_sign_in_nobody_is_sent_elsewhere(app: TestApp) {
    for next in [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "\t//evil.example",
        "javascript:alert(1)",
        "/clients\r\nlocation: https://evil.example",
        "evil.example",
    ] {
        let answer = form(&app, next).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{next:?}");
        let places: Vec<_> = answer.headers().get_all(header::LOCATION).iter().collect();
        assert_eq!(places, ["/"], "{next:?}");
    }
    let answer = form(&app, "/clients?page=2").send().await.unwrap();
    assert_eq!(answer.headers()[header::LOCATION], "/clients?page=2");
}

async fn a_foreign_host_is_repeated_nowhere(app: TestApp) {
    for path in ["/sign-in", "/clients", "/auth/v1/settings", "/nothing-here"] {
        let asked = app
            .anonymous(Method::GET, path)
            .header(header::HOST, "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("forwarded", "host=evil.example");
        let answer = asked.send().await.unwrap();
        let headers = format!("{:?}", answer.headers());
        let body = answer.text().await.unwrap();
        assert!(!headers.contains("evil.example"), "{path}: {headers}");
        assert!(!body.contains("evil.example"), "{path}: {body}");
    }
}

async fn look_alikes_are_other_people(app: TestApp) {
    // A Cyrillic o, full-width letters, a ligature's cousin, a soft hyphen and a zero-width space.
    for email in [
        "\u{43e}wner@example.com",
        "\u{ff4f}wner@example.com",
        "owner@ex\u{430}mple.com",
        "ow\u{ad}ner@example.com",
        "owner\u{200b}@example.com",
        "owner@example\u{3002}com",
    ] {
        let body = json!({ "email": email, "password": PASSWORD });
        let path = "/token?grant_type=password";
        let (status, refused): (_, Value) = call(&app, Method::POST, path, "", &body).await;
        let said = (status.as_u16(), text(&refused, "code"));
        assert_eq!(said, (400, "invalid_credentials"), "{email}");
    }
}
