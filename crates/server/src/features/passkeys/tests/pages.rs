//! The pages: adding, naming, removing, coming in.

use reqwest::{Method, Response, header};
use serde_json::{Value, json};

use super::{Authenticator, call, device, enter, offer, passkey_of, person, registered, token_of};
use crate::{
    db::{Engine, sql},
    features::sign_in::factors,
    testing::{OWNER, TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    a_person_adds_names_and_removes_a_passkey,
    a_passkey_opens_the_pages,
    a_passkey_does_not_replace_the_second_factor,
    the_last_way_in_goes_only_after_a_warning,
    an_app_may_be_named_or_none,
);

const PAGE: &str = "/account/passkeys";

/// What the script would bring.
async fn added(app: &TestApp, device: &mut Authenticator, name: &str) -> (u16, String) {
    let (status, offer) = app.post(&format!("{PAGE}/options"), &json!({})).await;
    assert_eq!(status, 200, "{offer}");
    let made = device.create(&offer["options"]).to_string();
    let challenge = offer["challenge_id"].as_str().unwrap();
    let fields = [
        ("challenge_id", challenge),
        ("credential", &made),
        ("name", name),
    ];
    app.submit(PAGE, &fields).await
}

async fn a_person_adds_names_and_removes_a_passkey(app: TestApp) {
    let (status, page) = app.page(PAGE).await;
    assert_eq!(status, 200);
    assert!(page.contains("No passkeys yet"), "{page}");
    let mut first = device(&app);
    assert_eq!(added(&app, &mut first, "Work laptop").await.0, 303);
    assert_eq!(added(&app, &mut device(&app), " ").await.0, 303);
    let (_, page) = app.page(PAGE).await;
    for words in ["Work laptop", "Passkey 2", "not yet", "was added"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let (status, page) = added(&app, &mut device(&app), &"x".repeat(121)).await;
    assert_eq!(status, 422);
    assert!(page.contains("at most 120 characters"), "{page}");
    let fields = [("name", "Kept"), ("credential", "{}")];
    let (status, page) = app.submit(PAGE, &fields).await;
    assert_eq!(status, 422);
    assert!(page.contains("value=\"Kept\""), "what was typed stays");

    let id = passkey_of(&app, OWNER).await;
    let place = format!("{PAGE}/{id}");
    let (status, page) = app.submit(&place, &[("name", "")]).await;
    assert_eq!(status, 422);
    assert!(page.contains("give the passkey a name"), "{page}");
    assert_eq!(app.submit(&place, &[("name", "Old phone")]).await.0, 303);
    assert!(app.page(PAGE).await.1.contains("renamed to Old phone"));
    let gone = format!("{place}/remove");
    assert_eq!(app.submit(&gone, &[]).await.0, 303);
    assert_eq!(app.submit(&gone, &[]).await.0, 404);
    assert_eq!(app.submit(&place, &[("name", "Back")]).await.0, 404);
    assert!(app.page(PAGE).await.1.contains("Old phone was removed"));
    let mut tx = app.app.db.read(app.org).await.unwrap();
    let acts: Vec<String> = sql("select action from audit where org_id = $1 \
         and subject_kind = 'passkey' order by at, id")
    .bind(app.org)
    .values(&mut tx)
    .await
    .unwrap();
    let wanted = ["added", "added", "renamed", "removed"].map(|act| format!("passkey.{act}"));
    assert_eq!(acts, wanted);
}

/// Submits the sign-in page's form as the script fills it.
async fn come_in(app: &TestApp, device: &mut Authenticator, next: &str) -> Response {
    device.count += 1;
    let offer = offer(app, "authentication", "").await;
    let shown = device.get(&offer["options"]).to_string();
    let challenge = offer["challenge_id"].as_str().unwrap();
    let fields = [
        ("challenge_id", challenge),
        ("credential", &shown),
        ("next", next),
    ];
    let request = app
        .anonymous(Method::POST, "/sign-in/passkey")
        .header("sec-fetch-site", "same-origin");
    request.form(&fields).send().await.unwrap()
}

fn cookie(answer: &Response) -> String {
    let set = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

fn location(answer: &Response) -> &str {
    answer.headers()[header::LOCATION].to_str().unwrap()
}

async fn open(app: &TestApp, path: &str, cookie: &str) -> Response {
    let request = app.anonymous(Method::GET, path);
    request.header(header::COOKIE, cookie).send().await.unwrap()
}

async fn a_passkey_opens_the_pages(app: TestApp) {
    let mut device = device(&app);
    added(&app, &mut device, "Laptop").await;
    let entered = come_in(&app, &mut device, "/clients").await;
    assert_eq!(location(&entered), "/clients");
    let cookie = cookie(&entered);
    assert_eq!(open(&app, "/clients", &cookie).await.status(), 200);
    assert!(app.page(PAGE).await.1.contains("Laptop signed you in"));
    let elsewhere = come_in(&app, &mut device, "https://evil.example").await;
    assert_eq!(location(&elsewhere), "/");

    device.is_forger = true;
    let refused = come_in(&app, &mut device, "/clients").await;
    assert_eq!(refused.status(), 422);
    assert!(!refused.headers().contains_key(header::SET_COOKIE));
    let page = refused.text().await.unwrap();
    assert!(page.contains("could not be verified"), "{page}");
    for fields in [vec![], vec![("challenge_id", "x"), ("credential", "x")]] {
        let request = app.anonymous(Method::POST, "/sign-in/passkey");
        let refused = request.form(&fields).send().await.unwrap();
        assert_eq!(refused.status(), 422);
    }
}

/// Gives the owner an authenticator app.
async fn with_factor(app: &TestApp) {
    let owner = person(app, OWNER).await;
    let mut tx = app.app.db.write_global().await.unwrap();
    let factor = factors::enroll(&app.app, &mut tx, owner, OWNER, "phone", None).await;
    sql("update factor set status = 'verified' where id = $1")
        .bind(factor.unwrap().id)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn a_passkey_does_not_replace_the_second_factor(app: TestApp) {
    let mut device = device(&app);
    added(&app, &mut device, "Laptop").await;
    let before = token_of(&app, OWNER).await;
    with_factor(&app).await;
    let entered = come_in(&app, &mut device, "/clients").await;
    let page = open(&app, "/clients", &cookie(&entered)).await;
    assert_eq!(location(&page), "/second-factor?next=%2Fclients");

    let (status, session) = enter(&app, &mut device).await;
    assert_eq!(status, 200, "{session}");
    let token = session["access_token"].as_str().unwrap();
    let claims = claims(token);
    assert_eq!(claims["aal"], "aal1");
    assert_eq!(claims["amr"][0]["method"], "passkey");
    for token in [token, &before] {
        for (method, path) in [
            (Method::POST, "/passkeys/registration/options"),
            (Method::POST, "/passkeys/registration/verify"),
            (
                Method::PATCH,
                "/passkeys/00000000-0000-0000-0000-000000000000",
            ),
            (
                Method::DELETE,
                "/passkeys/00000000-0000-0000-0000-000000000000",
            ),
        ] {
            let body = json!({
                "challenge_id": uuid::Uuid::nil(),
                "credential": device.create(&json!({ "user": { "id": "x" } })),
                "friendly_name": "x",
            });
            let (status, refused) = call(&app, method, path, token, &body).await;
            assert_eq!(
                (status, refused["code"].as_str()),
                (403, Some("insufficient_aal")),
                "{path}"
            );
        }
    }
}

fn claims(token: &str) -> Value {
    use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

async fn the_last_way_in_goes_only_after_a_warning(app: TestApp) {
    let token = token_of(&app, OWNER).await;
    let (mut device, passkey) = registered(&app, &token).await;
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update person set password_hash = null where email = $1")
        .bind(OWNER)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (_, page) = app.page(PAGE).await;
    assert!(page.contains("This is your only way in."), "{page}");
    let id = passkey["id"].as_str().unwrap();
    let place = format!("{PAGE}/pky_{}/remove", id.replace('-', ""));
    let (status, page) = app.submit(&place, &[]).await;
    assert_eq!(status, 422);
    assert!(page.contains("tick that you want to remove it all the same"));
    let wire = format!("/passkeys/{id}");
    let (status, refused) = call(&app, Method::DELETE, &wire, &token, &json!({})).await;
    assert_eq!(
        (status, refused["code"].as_str()),
        (422, Some("validation_failed"))
    );
    assert_eq!(enter(&app, &mut device).await.0, 200, "it is still there");
    let second = passkey_of(&app, OWNER).await;
    let one_of_two = format!("{PAGE}/{second}/remove");
    assert_eq!(app.submit(&one_of_two, &[]).await.0, 303);
    assert_eq!(app.submit(&place, &[("last", "on")]).await.0, 303);
    let gone = enter(&app, &mut device).await;
    assert_eq!(
        (gone.0, gone.1["code"].as_str()),
        (400, Some("webauthn_verification_failed"))
    );
}

async fn open_json(app: &TestApp, path: &str) -> (u16, String, Value) {
    let answer = app.anonymous(Method::GET, path).send().await.unwrap();
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
    let status = answer.status().as_u16();
    (status, kind, answer.json().await.unwrap_or_default())
}

async fn an_app_may_be_named_or_none(app: TestApp) {
    let apple = "/.well-known/apple-app-site-association";
    assert_eq!(open_json(&app, apple).await.0, 404);
    let (status, kind, origins) = open_json(&app, "/.well-known/webauthn").await;
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    assert_eq!(
        origins,
        json!({ "origins": [app.app.config.server.public_url] })
    );

    let named = TestApp::configured(Engine::Sqlite, |config| {
        "TEAM.com.example.one TEAM.com.example.two".clone_into(&mut config.passkeys.apple_apps);
        "https://app.example.com android:apk-key-hash:x".clone_into(&mut config.passkeys.origins);
    })
    .await;
    let (status, kind, apps) = open_json(&named, apple).await;
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    let both = ["TEAM.com.example.one", "TEAM.com.example.two"];
    assert_eq!(apps, json!({ "webcredentials": { "apps": both } }));
    let (_, _, origins) = open_json(&named, "/.well-known/webauthn").await;
    assert_eq!(origins["origins"][1], "https://app.example.com");
    assert_eq!(origins["origins"].as_array().unwrap().len(), 2);
    let mut other = device(&named);
    "https://app.example.com".clone_into(&mut other.origin);
    assert_eq!(
        added(&named, &mut other, "App").await.0,
        303,
        "a related origin"
    );
}
