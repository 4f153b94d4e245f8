//! Who has a second factor shows it everywhere, each code once.

use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};

use super::{call, session, text};
use crate::{
    db::{GeneratedInvoiceId, sql},
    http::Pick,
    testing::{OWNER, PASSWORD, TestApp, on_both_engines, wire::code},
};

on_both_engines!(TestApp::start =>
    a_page_and_the_api_ask_for_the_factor,
    what_cannot_be_undone_asks_for_a_fresh_code,
);

/// Gives the owner a factor; its secret.
async fn enrolled(app: &TestApp) -> String {
    let signed_in = session(app).await;
    let token = text(&signed_in, "access_token");
    let new = json!({ "factor_type": "totp", "friendly_name": "phone" });
    let (status, factor) = call(app, Method::POST, "/factors", token, &new).await;
    assert_eq!(status, 200, "{factor}");
    let place = format!("/factors/{}", text(&factor, "id"));
    let asked = format!("{place}/challenge");
    let (_, challenge) = call(app, Method::POST, &asked, token, &json!({})).await;
    let secret = factor["totp"]["secret"].as_str().unwrap();
    let answer = json!({ "challenge_id": challenge["id"], "code": code(app, secret, -1) });
    let shown = format!("{place}/verify");
    let (status, raised) = call(app, Method::POST, &shown, token, &answer).await;
    assert_eq!(status, 200, "{raised}");
    secret.to_owned()
}

async fn submit(app: &TestApp, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Response {
    let request = app
        .anonymous(Method::POST, path)
        .header("sec-fetch-site", "same-origin")
        .header(header::COOKIE, cookie);
    request.form(fields).send().await.unwrap()
}

/// The cookie of a session that has shown the password.
async fn signed_in(app: &TestApp) -> String {
    let fields = [
        ("email", OWNER),
        ("password", PASSWORD),
        ("next", "/clients"),
    ];
    let signed_in = submit(app, "/sign-in", "", &fields).await;
    let cookie = signed_in.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn a_page_and_the_api_ask_for_the_factor(app: TestApp) {
    let secret = enrolled(&app).await;
    let (status, refused) = app.get("/api/v1/session").await;
    assert_eq!(status, 401, "the session from before has ended: {refused}");

    let credentials = json!({ "email": OWNER, "password": PASSWORD });
    let (_, new) = app.post("/api/v1/session", &credentials).await;
    let low = app
        .anonymous(Method::GET, "/api/v1/clients")
        .bearer_auth(text(&new, "token"));
    let answer = low.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let refused: Value = answer.json().await.unwrap();
    assert_eq!(refused["error"]["code"], "insufficient_aal");

    let cookie = signed_in(&app).await;
    let open = || {
        app.anonymous(Method::GET, "/clients")
            .header(header::COOKIE, &cookie)
            .send()
    };
    let sent = open().await.unwrap();
    assert_eq!(sent.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        sent.headers()[header::LOCATION],
        "/second-factor?next=%2Fclients"
    );

    let show = async |code: &str| {
        let fields = [("code", code), ("next", "/clients")];
        submit(&app, "/second-factor", &cookie, &fields).await
    };
    assert_eq!(
        show("000000").await.status(),
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let used = code(&app, &secret, -1);
    assert_eq!(
        show(&used).await.status(),
        StatusCode::UNPROCESSABLE_ENTITY,
        "each once"
    );
    let good = show(&code(&app, &secret, 0)).await;
    assert_eq!(good.headers()[header::LOCATION], "/clients");
    assert_eq!(open().await.unwrap().status(), StatusCode::OK);
}

async fn what_cannot_be_undone_asks_for_a_fresh_code(app: TestApp) {
    let secret = enrolled(&app).await;
    let cookie = signed_in(&app).await;
    let first = code(&app, &secret, 0);
    let fields = [("code", first.as_str()), ("next", "/clients")];
    submit(&app, "/second-factor", &cookie, &fields).await;
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update session set factor_at = factor_at - 3600000000")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let page = app
        .anonymous(Method::GET, "/generated-invoices/post")
        .header(header::COOKIE, &cookie);
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    // A draft that nobody has: past the factor, it is not found.
    let post = async |factor: &str| {
        let pick = Pick {
            id: GeneratedInvoiceId(uuid::Uuid::nil()),
            version: 1,
        };
        let pick = pick.to_string();
        let fields = [("pick", pick.as_str()), ("factor", factor)];
        submit(&app, "/generated-invoices/post", &cookie, &fields).await
    };
    for wrong in ["", PASSWORD, "000000", &first] {
        let refused = post(wrong).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{wrong}"
        );
    }
    let shown = post(&code(&app, &secret, 1)).await;
    assert_eq!(shown.status(), StatusCode::NOT_FOUND);
}
