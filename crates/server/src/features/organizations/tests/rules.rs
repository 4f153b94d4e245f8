//! What an organization asks of sessions acts at the next request of every one.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use super::{change, change_as, enrolled, organization};
use crate::{
    db::sql,
    http::Role,
    testing::{
        OWNER, PASSWORD, TestApp, on_both_engines,
        wire::{call, code, session_of},
    },
};

on_both_engines!(TestApp::start =>
    nobody_asks_others_for_what_they_have_not,
    who_has_no_factor_reaches_nothing_but_enrolment,
    a_stream_ends_with_the_rule,
    limits_end_sessions_that_go_on,
    rules_ask_for_a_fresh_factor,
    limits_have_bounds,
);

const MEMBER: &str = "member@example.com";

async fn nobody_asks_others_for_what_they_have_not(app: TestApp) {
    let (status, refused) = change(&app, json!({ "mfa_required": true })).await;
    assert_eq!(status, 422, "{refused}");
    assert!(refused["error"]["fields"]["mfa_required"].is_string());
    let rules = [
        ("version", "1"),
        ("mfa_required", "on"),
        ("step_up_minutes", "15"),
    ];
    let (status, page) = app.submit("/settings/organization/rules", &rules).await;
    assert_eq!(status, 422);
    assert!(page.contains("lock you out"), "{page}");
    assert_eq!(organization(&app).await["mfa_required"], false);
}

/// Turns the rule on, as the owner with an app of their own.
async fn ask_everybody(app: &TestApp) {
    let owner = enrolled(app, OWNER).await;
    let rule = json!({ "version": 1, "mfa_required": true });
    let (status, changed) = change_as(app, &owner, rule).await;
    assert_eq!(status, 200, "{changed}");
}

/// A form of somebody, as their browser sends it.
async fn submit(app: &TestApp, token: &str, path: &str, fields: &[(&str, &str)]) -> Response {
    let request = app.anonymous(Method::POST, path).bearer_auth(token);
    request.form(fields).send().await.unwrap()
}

async fn open(app: &TestApp, token: &str, path: &str) -> Response {
    let request = app.anonymous(Method::GET, path).bearer_auth(token);
    request.send().await.unwrap()
}

async fn who_has_no_factor_reaches_nothing_but_enrolment(app: TestApp) {
    let member = app.add_person(MEMBER, Role::Finance).await;
    let other = app.add_person("other@example.com", Role::Viewer).await;
    let wire = session_of(&app, MEMBER).await;
    assert_eq!(wire["user"]["app_metadata"]["apps"], json!(["billing"]));
    assert_eq!(open(&app, &member, "/clients").await.status(), 200);
    ask_everybody(&app).await;

    let answer = open(&app, &member, "/api/v1/clients").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let refused: Value = answer.json().await.unwrap();
    assert_eq!(refused["error"]["code"], "mfa_enrollment_required");
    let sent = open(&app, &member, "/clients?q=a").await;
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    let to = "/enroll?next=%2Fclients%3Fq%3Da";
    assert_eq!(sent.headers()[header::LOCATION], to);
    only_enrolment_on_the_wire(&app, &wire).await;

    let page = open(&app, &member, to).await.text().await.unwrap();
    assert!(page.contains("Northwind IT"), "{page}");
    assert!(page.contains("You have none yet"), "{page}");
    let next = ("next", "/clients");
    let begun = submit(&app, &member, "/enroll", &[next]).await;
    assert_eq!(begun.status(), StatusCode::SEE_OTHER);
    let page = open(&app, &member, to).await.text().await.unwrap();
    let secret = secret_on(&page);
    let wrong = submit(&app, &member, "/enroll/confirm", &[next, ("code", "1")]).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        open(&app, &member, "/clients").await.status(),
        StatusCode::SEE_OTHER
    );
    let shown = code(&app, &secret, 0);
    let done = submit(&app, &member, "/enroll/confirm", &[next, ("code", &shown)]).await;
    assert_eq!(done.status(), StatusCode::OK);
    let page = done.text().await.unwrap();
    assert!(page.contains("Recovery codes"), "{page}");
    assert_eq!(open(&app, &member, "/clients").await.status(), 200);

    // Whoever would rather not may still leave.
    let leave = app.anonymous(Method::DELETE, "/api/v1/session");
    let left = leave.bearer_auth(&other).send().await.unwrap();
    assert_eq!(left.status(), StatusCode::NO_CONTENT);
    assert_eq!(open(&app, &other, "/api/v1/session").await.status(), 401);
}

async fn only_enrolment_on_the_wire(app: &TestApp, session: &Value) {
    let token = session["access_token"].as_str().unwrap();
    let (status, _) = call(app, Method::GET, "/user", token, &Value::Null).await;
    assert_eq!(status, 200);
    for (method, path) in [(Method::PUT, "/user"), (Method::GET, "/passkeys")] {
        let (status, refused) = call(app, method, path, token, &json!({})).await;
        assert_eq!(status, 403, "{path}: {refused}");
        assert_eq!(refused["code"], "insufficient_aal");
    }
    let refresh = json!({ "refresh_token": session["refresh_token"] });
    let path = "/token?grant_type=refresh_token";
    let (status, renewed) = call(app, Method::POST, path, "", &refresh).await;
    assert_eq!(status, 200, "{renewed}");
    assert_eq!(renewed["user"]["app_metadata"]["apps"], json!([]));
    let new = json!({ "factor_type": "totp", "friendly_name": "phone" });
    let token = renewed["access_token"].as_str().unwrap();
    let (status, begun) = call(app, Method::POST, "/factors", token, &new).await;
    assert_eq!(status, 200, "{begun}");
    let place = format!("/factors/{}", begun["id"].as_str().unwrap());
    let (status, _) = call(app, Method::DELETE, &place, token, &Value::Null).await;
    assert_eq!(status, 200);
    let out = "/logout?scope=local";
    let (status, _) = call(app, Method::POST, out, token, &Value::Null).await;
    assert_eq!(status, 204);
}

/// The key that the page shows, in groups of four.
fn secret_on(page: &str) -> String {
    let (_, rest) = page.split_once("<p class=\"mono\">").unwrap();
    rest.split('<').next().unwrap().replace(' ', "")
}

async fn a_stream_ends_with_the_rule(app: TestApp) {
    let member = app.add_person(MEMBER, Role::Viewer).await;
    let mut stream = open(&app, &member, "/events").await;
    assert_eq!(stream.status(), StatusCode::OK);
    ask_everybody(&app).await;
    let ended = async { while let Ok(Some(_)) = stream.chunk().await {} };
    tokio::time::timeout(Duration::from_secs(10), ended)
        .await
        .expect("the stream goes on");
    let refused = open(&app, &member, "/events").await;
    assert_eq!(refused.status(), StatusCode::SEE_OTHER);
}

/// Lets sessions look older than they are.
async fn age(app: &TestApp, minutes: i64) {
    let mut tx = app.app.db.write_global().await.unwrap();
    sql(
        "update session set created_at = created_at - $1, last_active_at = last_active_at - $1, \
         factor_at = factor_at - $1",
    )
    .bind(minutes * 60_000_000)
    .run(&mut tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

async fn limits_end_sessions_that_go_on(mut app: TestApp) {
    for rule in [json!({ "session_hours": 1 }), json!({ "idle_minutes": 30 })] {
        let member = app.add_person(MEMBER, Role::Viewer).await;
        let wire = session_of(&app, MEMBER).await;
        let token = wire["access_token"].as_str().unwrap();
        age(&app, 70).await;
        app.sign_in_again().await;
        let read = async |path: &str, token: &str| open(&app, token, path).await.status().as_u16();
        let (status, _) =
            change(&app, json!({ "session_hours": null, "idle_minutes": null })).await;
        assert_eq!(status, 200);
        let (status, changed) = change(&app, rule.clone()).await;
        assert_eq!(status, 200, "{changed}");
        assert_eq!(read("/api/v1/session", &member).await, 401, "{rule}");
        assert_eq!(read("/api/v1/session", token).await, 401, "{rule}");
        assert_eq!(read("/api/v1/session", &app.token).await, 200, "{rule}");
        let (status, _) = call(&app, Method::GET, "/user", token, &Value::Null).await;
        assert_eq!(status, 403, "{rule}");
        let refresh = json!({ "refresh_token": wire["refresh_token"] });
        let path = "/token?grant_type=refresh_token";
        let (status, refused) = call(&app, Method::POST, path, "", &refresh).await;
        assert_eq!(
            (status.as_u16(), &refused["code"]),
            (400, &json!("session_expired"))
        );
    }
}

async fn rules_ask_for_a_fresh_factor(app: TestApp) {
    let (status, _) = change(&app, json!({ "step_up_minutes": 5 })).await;
    assert_eq!(status, 200);
    age(&app, 6).await;
    let (status, refused) = change(&app, json!({ "step_up_minutes": 60 })).await;
    assert_eq!(status, 403, "{refused}");
    let (status, renamed) = change(&app, json!({ "name": "Northwind" })).await;
    assert_eq!(status, 200, "a name asks for nothing: {renamed}");
    let (_, page) = app.page("/settings/organization").await;
    assert!(page.contains("Your password"), "{page}");
    let version = renamed["version"].to_string();
    let mut rules = vec![
        ("version", version.as_str()),
        ("session_hours", "48"),
        ("idle_minutes", ""),
        ("step_up_minutes", "60"),
    ];
    let (status, page) = app.submit("/settings/organization/rules", &rules).await;
    assert_eq!(status, 422, "{page}");
    assert!(page.contains("value=\"48\""), "{page}");
    rules.push(("factor", PASSWORD));
    let (status, page) = app.submit("/settings/organization/rules", &rules).await;
    assert_eq!(status, 303, "{page}");
    let now = organization(&app).await;
    assert_eq!(now["session_hours"], 48);
    assert_eq!(now["step_up_minutes"], 60);
    // By the new limit what was shown then is fresh.
    age(&app, 30).await;
    let (status, changed) = change(&app, json!({ "step_up_minutes": 90 })).await;
    assert_eq!(status, 200, "{changed}");
}

async fn limits_have_bounds(app: TestApp) {
    for (field, wrong) in [
        ("session_hours", 0),
        ("session_hours", 24 * 30 + 1),
        ("idle_minutes", 14),
        ("idle_minutes", 168 * 60 + 1),
        ("step_up_minutes", 0),
        ("step_up_minutes", 1441),
    ] {
        let (status, refused) = change(&app, json!({ field: wrong })).await;
        assert_eq!(status, 422, "{field} {wrong}: {refused}");
        assert!(refused["error"]["fields"][field].is_string(), "{refused}");
    }
}
