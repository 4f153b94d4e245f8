//! Every bad day of a vendor: the call either ends as if nothing had been, or in a clear error.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use vendors::http::Patience;
use vendors::pax8::NewWebhook;
use vendors::{Error, Limit, Secret};
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::{Stage, companies, count, html, json_text, ok, pax8_stage};
use crate::wire::{Wire, announced, answer};

const COMPANIES: &str = "/v1/companies";
const TOKEN: &str = r#"{"access_token":"t","expires_in":86400}"#;
const EMPTY: &str =
    r#"{"content":[],"page":{"size":200,"totalElements":0,"totalPages":0,"number":0}}"#;

/// Answers `times` calls of the companies list with `bad`, all later ones well.
async fn first_bad(server: &MockServer, bad: ResponseTemplate, times: u64) {
    let list = || Mock::given(method("GET")).and(path(COMPANIES));
    list()
        .respond_with(bad)
        .up_to_n_times(times)
        .with_priority(1)
        .mount(server)
        .await;
    list()
        .respond_with(ok(&companies(&["a"], 0, 1)))
        .with_priority(2)
        .mount(server)
        .await;
}

async fn always_bad(bad: ResponseTemplate) -> (MockServer, Stage, Error) {
    let (server, stage) = pax8_stage().await;
    first_bad(&server, bad, u64::MAX).await;
    let error = stage.pax8().companies(None).await.unwrap_err();
    (server, stage, error)
}

#[tokio::test]
async fn a_full_minute_is_waited_for() {
    let (server, stage) = pax8_stage().await;
    first_bad(
        &server,
        ResponseTemplate::new(429).insert_header("Retry-After", "37"),
        1,
    )
    .await;
    let before = stage.now();
    assert_eq!(stage.pax8().companies(None).await.unwrap().items.len(), 1);
    assert_eq!(stage.now() - before, TimeDelta::seconds(37));
}

#[tokio::test]
async fn a_full_day_is_handed_back_and_nobody_asks_again_before() {
    let day = ResponseTemplate::new(429)
        .insert_header("Retry-After", "7200")
        .insert_header("X-Rate-Limit-Problem", "day");
    let (server, stage) = pax8_stage().await;
    first_bad(&server, day, 1).await;
    let pax8 = stage.pax8();
    let start = stage.now();
    for _ in 0..3 {
        let Error::RetryAt { when, why, .. } = pax8.companies(None).await.unwrap_err() else {
            panic!("the day's end was not told")
        };
        assert_eq!((when, why), (start + TimeDelta::hours(2), Limit::Day));
    }
    assert_eq!(count(&server, COMPANIES).await, 1);
    stage.time.leap_to(start + TimeDelta::hours(2));
    assert!(pax8.companies(None).await.is_ok());
}

#[tokio::test]
async fn endless_refusals_for_a_limit_end_in_a_time_to_come_back() {
    let (server, _, error) = always_bad(ResponseTemplate::new(429)).await;
    assert!(
        matches!(
            error,
            Error::RetryAt {
                why: Limit::Minute,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(count(&server, COMPANIES).await, 7);
}

#[tokio::test]
async fn server_errors_pass() {
    for bad in [
        ResponseTemplate::new(500),
        html(503),
        html(502),
        ResponseTemplate::new(408),
    ] {
        let (server, stage) = pax8_stage().await;
        first_bad(&server, bad, 3).await;
        assert_eq!(stage.pax8().companies(None).await.unwrap().items.len(), 1);
        assert_eq!(count(&server, COMPANIES).await, 4);
    }
}

#[tokio::test]
async fn a_pause_asked_for_with_503_is_kept() {
    let (server, stage) = pax8_stage().await;
    first_bad(&server, html(503).insert_header("Retry-After", "20"), 1).await;
    let before = stage.now();
    assert!(stage.pax8().companies(None).await.is_ok());
    assert_eq!(stage.now() - before, TimeDelta::seconds(20));
}

#[tokio::test]
async fn a_vendor_that_stays_down_is_unreachable() {
    let (server, stage, error) = always_bad(html(503)).await;
    assert!(matches!(
        error,
        Error::Unreachable {
            maybe_done: false,
            ..
        }
    ));
    assert_eq!(
        error.to_string(),
        "Pax8 cannot be reached: it answered with status 503. It is tried again by itself; \
         if it lasts, look at the status page of Pax8."
    );
    assert_eq!(count(&server, COMPANIES).await, 4);
    assert_eq!(
        stage.now() - crate::stage::start(),
        TimeDelta::seconds(1 + 2 + 4)
    );
}

#[tokio::test]
async fn an_error_page_that_claims_success_is_not_data() {
    let (server, stage) = pax8_stage().await;
    first_bad(&server, html(200), 2).await;
    assert_eq!(stage.pax8().companies(None).await.unwrap().items.len(), 1);
    let (_, _, error) = always_bad(html(200)).await;
    let text = error.to_string();
    assert!(
        text.contains("it is text/html; charset=utf-8 instead of JSON"),
        "{text}"
    );
    let Error::Broken { excerpt, .. } = error else {
        panic!("{text}")
    };
    assert!(excerpt.contains("back soon"));
}

#[tokio::test]
async fn half_an_answer_is_asked_for_again() {
    let whole = companies(&["a"], 0, 1).to_string();
    let (server, stage) = pax8_stage().await;
    first_bad(&server, json_text(&whole[..whole.len() / 2]), 1).await;
    assert_eq!(stage.pax8().companies(None).await.unwrap().items.len(), 1);
    let (_, _, error) = always_bad(json_text(&whole[..whole.len() / 2])).await;
    assert!(error.to_string().contains("ends in the middle"), "{error}");
}

#[tokio::test]
async fn broken_connections_are_made_again() {
    let half = announced("200 OK", &EMPTY[..20], EMPTY.len());
    let script = vec![
        answer("200 OK", TOKEN),
        String::new(),
        half,
        answer("200 OK", EMPTY),
    ];
    let wire = Wire::scripted(script).await;
    let stage = Stage::at(wire.base.clone());
    assert!(stage.pax8().companies(None).await.unwrap().items.is_empty());
    assert_eq!(wire.requests().len(), 4);

    let wire = Wire::scripted(vec![answer("200 OK", TOKEN), String::new()]).await;
    let error = Stage::at(wire.base.clone())
        .pax8()
        .companies(None)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unreachable {
                maybe_done: false,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let error = Stage::at("http://127.0.0.1:1")
        .pax8()
        .companies(None)
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("no connection could be made"),
        "{error}"
    );
}

#[tokio::test]
async fn a_slow_answer_is_given_up_and_asked_for_again() {
    let (server, mut stage) = pax8_stage().await;
    stage.outside.patience = Patience {
        total: Duration::from_millis(300),
        ..Patience::default()
    };
    let slow = ok(&companies(&["late"], 0, 1)).set_delay(Duration::from_secs(2));
    first_bad(&server, slow, 1).await;
    assert_eq!(stage.pax8().companies(None).await.unwrap().items[0].id, "a");
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let (server, mut stage) = pax8_stage().await;
    stage.outside.patience.body_limit_bytes = 1000;
    let large = json!({"content": [], "filler": "x".repeat(2000)});
    first_bad(&server, ok(&large), u64::MAX).await;
    let error = stage.pax8().companies(None).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error}");
    assert_eq!(
        count(&server, COMPANIES).await,
        1,
        "asking again would only be as large"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = MockServer::start().await;
    let away = ResponseTemplate::new(302).insert_header("Location", elsewhere.uri());
    let (_, _, error) = always_bad(away).await;
    assert!(error.to_string().contains("redirect"), "{error}");
    assert!(
        elsewhere.received_requests().await.unwrap().is_empty(),
        "the token travelled"
    );
}

#[tokio::test]
async fn an_expired_token_is_replaced_once() {
    let server = MockServer::start().await;
    let token = |access: &str| ok(&json!({"access_token": access, "expires_in": 86400}));
    let grants = || Mock::given(method("POST")).and(path("/v1/token"));
    grants()
        .respond_with(token("old"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    grants().respond_with(token("new")).mount(&server).await;
    let list = |access: &str| {
        let bearer = format!("Bearer {access}");
        Mock::given(method("GET"))
            .and(path(COMPANIES))
            .and(header("authorization", bearer.as_str()))
    };
    list("old")
        .respond_with(ResponseTemplate::new(401))
        .mount(&server)
        .await;
    list("new")
        .respond_with(ok(&companies(&["a"], 0, 1)))
        .mount(&server)
        .await;
    let stage = Stage::at(server.uri());
    assert!(stage.pax8().companies(None).await.is_ok());
    assert_eq!(count(&server, "/v1/token").await, 2);
}

#[tokio::test]
async fn a_sign_in_that_is_never_accepted_asks_for_a_person() {
    let (server, _, error) = always_bad(ResponseTemplate::new(401)).await;
    assert!(matches!(error, Error::ReconnectNeeded { .. }));
    assert_eq!(
        error.to_string(),
        "The connection to Pax8 no longer works: it does not accept our sign-in any more. \
         Open Settings, Integrations and connect Pax8 again."
    );
    assert_eq!(count(&server, COMPANIES).await, 2);
}

#[tokio::test]
async fn wrong_credentials_ask_for_a_person_and_are_not_tried_again() {
    let server = MockServer::start().await;
    let denied = json!({"error": "access_denied", "error_description": "Unauthorized"});
    let denied = ResponseTemplate::new(401).set_body_json(denied);
    Mock::given(path("/v1/token"))
        .respond_with(denied)
        .mount(&server)
        .await;
    let error = Stage::at(server.uri()).pax8().test().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("does not accept the client id and secret"),
        "{error}"
    );
    assert_eq!(count(&server, "/v1/token").await, 1);
    assert_eq!(count(&server, COMPANIES).await, 0);
}

#[tokio::test]
async fn a_wrong_token_address_is_a_matter_of_configuration() {
    let server = MockServer::start().await;
    let stage = Stage::at(server.uri());
    for error in [
        stage.pax8().test().await.unwrap_err(),
        stage.ninjaone().test().await.unwrap_err(),
        stage.xero_app().exchange_code("c").await.unwrap_err(),
    ] {
        let text = error.to_string();
        assert!(
            text.contains("check its token address in the configuration"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn refusals_say_why() {
    let body = json!({
        "type": "INVALID", "message": "Validation failed", "status": 422,
        "details": [{"message": "Page size too large.", "instance": "/size"}],
    });
    let (_, _, error) = always_bad(ResponseTemplate::new(422).set_body_json(body)).await;
    assert_eq!(
        error.to_string(),
        "Pax8 refused this: Page size too large (/size). Correct it and try again."
    );
    let (_, _, error) =
        always_bad(ResponseTemplate::new(400).set_body_string("no such sort")).await;
    assert!(error.to_string().contains("no such sort"), "{error}");
    let (_, _, error) = always_bad(ResponseTemplate::new(403)).await;
    assert_eq!(
        error.to_string(),
        "Pax8 refused this with status 403. Correct it and try again."
    );
}

#[tokio::test]
async fn what_is_gone_is_named() {
    let (_server, stage) = pax8_stage().await;
    let error = stage.pax8().company("c-1").await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("Pax8 does not know company c-1."),
        "{error}"
    );
}

#[tokio::test]
async fn what_cannot_be_repeated_is_sent_once() {
    let webhook = NewWebhook {
        display_name: "BillingOne".to_owned(),
        url: "https://msp.example/hooks/pax8".parse().unwrap(),
        authorization: Secret::new("long and random"),
        active: true,
        contact_email: None,
        error_threshold: 3,
        webhook_topics: Vec::new(),
    };
    let (server, stage) = pax8_stage().await;
    let bad = ResponseTemplate::new(500);
    Mock::given(path("/api/v2/webhooks"))
        .respond_with(bad)
        .mount(&server)
        .await;
    let error = stage.pax8().create_webhook(&webhook).await.unwrap_err();
    assert!(error.maybe_done(), "{error:?}");
    assert_eq!(count(&server, "/api/v2/webhooks").await, 1);

    let wire = Wire::scripted(vec![answer("200 OK", TOKEN), String::new()]).await;
    let error = Stage::at(wire.base.clone())
        .pax8()
        .create_webhook(&webhook)
        .await
        .unwrap_err();
    assert!(error.maybe_done(), "{error:?}");
    assert_eq!(wire.requests().len(), 2);
}
