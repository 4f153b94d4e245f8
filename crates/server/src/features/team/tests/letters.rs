//! Letters and their links, in the words of Supabase Auth's clients.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Post, enter, token_of};
use crate::{
    http::Role,
    testing::{
        OWNER, TestApp, on_both_engines,
        wire::{call, code, session_of},
    },
};

on_both_engines!(Post::start =>
    a_client_recovers_by_the_token_of_a_letter,
    a_link_that_an_app_asked_for_leads_on_to_it,
    a_client_invites_and_somebody_joins,
    a_letter_alone_is_no_second_factor,
);

mod without_mail {
    use super::*;

    on_both_engines!(TestApp::start => a_client_is_told_that_nothing_is_sent);

    async fn a_client_is_told_that_nothing_is_sent(app: TestApp) {
        let (status, said) = recover(&app, "/recover", &json!({ "email": OWNER })).await;
        assert_eq!(
            (status, &said["code"]),
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                &json!("email_provider_disabled")
            )
        );
    }
}

const NEW: &str = "seven unrelated kettles";

async fn recover(app: &TestApp, path: &str, body: &Value) -> (StatusCode, Value) {
    call(app, Method::POST, path, "", body).await
}

async fn verify(app: &TestApp, kind: &str, token: &str) -> (StatusCode, Value) {
    let body = json!({ "type": kind, "token_hash": token });
    call(app, Method::POST, "/verify", "", &body).await
}

async fn a_client_recovers_by_the_token_of_a_letter(post: Post) {
    let app = &post.app;
    for email in [OWNER, "nobody@example.com"] {
        let (status, said) = recover(app, "/recover", &json!({ "email": email })).await;
        assert_eq!((status, said), (StatusCode::OK, json!({})));
    }
    let link = post.link(OWNER).await;
    let token = token_of(&link);
    for (kind, status, code) in [
        ("invite", 403, "otp_expired"),
        ("magiclink", 400, "validation_failed"),
    ] {
        let (got, said) = verify(app, kind, token).await;
        assert_eq!((got.as_u16(), &said["code"]), (status, &json!(code)));
    }
    let (status, session) = verify(app, "recovery", token).await;
    assert_eq!(status, 200, "{session}");
    let access = session["access_token"].as_str().unwrap();
    let body = json!({ "password": NEW });
    let (status, said) = call(app, Method::PUT, "/user", access, &body).await;
    assert_eq!(status, 200, "{said}");
    assert!(enter(app, OWNER, NEW).await.is_some());
    let (status, said) = verify(app, "recovery", token).await;
    assert_eq!(
        (status.as_u16(), &said["code"]),
        (403, &json!("otp_expired"))
    );
    let pkce = json!({ "email": OWNER, "code_challenge": "x", "code_challenge_method": "s256" });
    assert_eq!(recover(app, "/recover", &pkce).await.0, 400);
}

async fn a_link_that_an_app_asked_for_leads_on_to_it(post: Post) {
    let app = &post.app;
    let ours = format!("{}/app%3Fx", app.app.config.server.public_url);
    let path = format!("/recover?redirect_to={ours}");
    recover(app, &path, &json!({ "email": OWNER })).await;
    let link = post.link(OWNER).await;
    assert!(link.starts_with("/auth/v1/verify?"), "{link}");
    let onward = async |link: &str| {
        let answer = app.anonymous(Method::GET, link).send().await.unwrap();
        assert_eq!(answer.status(), 302);
        answer.headers()["location"].to_str().unwrap().to_owned()
    };
    let evil = link.split("&redirect_to").next().unwrap().to_owned();
    let location = onward(&link).await;
    let base = &app.app.config.server.public_url;
    assert!(
        location.starts_with(&format!("{base}/app?x#access_token=")),
        "{location}"
    );
    assert!(location.contains("type=recovery"), "{location}");
    let location = onward(&format!("{evil}&redirect_to=https://evil.example/")).await;
    assert!(
        location.starts_with(&format!("{base}#error=")),
        "{location}"
    );
    assert!(location.contains("otp_expired"), "{location}");

    recover(
        app,
        "/recover?redirect_to=https://evil.example/",
        &json!({ "email": OWNER }),
    )
    .await;
    assert!(post.link(OWNER).await.starts_with("/reset-password?"));
}

async fn a_client_invites_and_somebody_joins(post: Post) {
    let app = &post.app;
    let session = session_of(app, OWNER).await;
    let owner = session["access_token"].as_str().unwrap();
    let new = json!({ "email": "ann@example.com", "data": { "role": "finance", "name": "Ann" } });
    let (status, user) = call(app, Method::POST, "/invite", owner, &new).await;
    assert_eq!(status, 200, "{user}");
    assert_eq!(user["email_confirmed_at"], Value::Null);
    assert_eq!(user["app_metadata"]["role"], "finance");
    let link = post.link("ann@example.com").await;
    let (status, session) = verify(app, "invite", token_of(&link)).await;
    assert_eq!(status, 200, "{session}");
    assert_eq!(session["user"]["app_metadata"]["role"], "finance");
    let ann = session["access_token"].as_str().unwrap();
    let body = json!({ "password": NEW });
    assert_eq!(call(app, Method::PUT, "/user", ann, &body).await.0, 200);
    assert!(enter(app, "ann@example.com", NEW).await.is_some());

    let (status, said) = call(app, Method::POST, "/invite", owner, &new).await;
    assert_eq!(
        (status.as_u16(), &said["code"]),
        (422, &json!("email_exists"))
    );
    let (status, said) = call(app, Method::POST, "/invite", ann, &new).await;
    assert_eq!((status.as_u16(), &said["code"]), (403, &json!("not_admin")));
    let elsewhere = app.another_organization().await;
    app.add_person_to(elsewhere, "bob@example.com", Role::Viewer)
        .await;
    let bob = json!({ "email": "bob@example.com", "data": {} });
    assert_eq!(call(app, Method::POST, "/invite", owner, &bob).await.0, 200);
    let link = post.link("bob@example.com").await;
    let (status, said) = verify(app, "invite", token_of(&link)).await;
    assert_eq!(
        (status.as_u16(), &said["code"]),
        (422, &json!("user_already_exists"))
    );
}

async fn a_letter_alone_is_no_second_factor(post: Post) {
    let app = &post.app;
    let session = session_of(app, OWNER).await;
    let token = session["access_token"].as_str().unwrap();
    let new = json!({ "factor_type": "totp", "friendly_name": "Phone" });
    let (_, begun) = call(app, Method::POST, "/factors", token, &new).await;
    let factor = format!("/factors/{}", begun["id"].as_str().unwrap());
    let (_, challenge) = call(
        app,
        Method::POST,
        &format!("{factor}/challenge"),
        token,
        &json!({}),
    )
    .await;
    let shown = code(app, begun["totp"]["secret"].as_str().unwrap(), 0);
    let answer = json!({ "challenge_id": challenge["id"], "code": shown });
    let (status, _) = call(
        app,
        Method::POST,
        &format!("{factor}/verify"),
        token,
        &answer,
    )
    .await;
    assert_eq!(status, 200);
    recover(app, "/recover", &json!({ "email": OWNER })).await;
    let link = post.link(OWNER).await;
    let (_, session) = verify(app, "recovery", token_of(&link)).await;
    let access = session["access_token"].as_str().unwrap();
    let (status, said) = call(
        app,
        Method::PUT,
        "/user",
        access,
        &json!({ "password": NEW }),
    )
    .await;
    assert_eq!(
        (status.as_u16(), &said["code"]),
        (403, &json!("insufficient_aal"))
    );
    let request = app
        .anonymous(Method::GET, "/api/v1/clients")
        .bearer_auth(access);
    assert_eq!(request.send().await.unwrap().status(), 403);
}
