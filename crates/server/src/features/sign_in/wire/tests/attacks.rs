//! Tokens that were forged, stolen, used again or are simply old.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use reqwest::Method;
use serde_json::{Value, json};

use super::{call, refresh, session, text, user};
use crate::{
    db::sql,
    http::tokens::keys,
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    a_refresh_token_is_used_once,
    ten_tabs_get_the_same_token,
    a_stolen_refresh_token_ends_the_session,
    forged_tokens_are_not_believed,
    a_new_signing_key_signs_nobody_out,
    an_access_token_opens_the_api_while_its_session_stands,
    errors_have_two_shapes,
    without_a_token_every_door_of_a_person_is_closed,
);

async fn a_refresh_token_is_used_once(app: TestApp) {
    let first = session(&app).await;
    let (status, second) = refresh(&app, text(&first, "refresh_token")).await;
    assert_eq!(status, 200, "{second}");
    assert_ne!(first["refresh_token"], second["refresh_token"]);
    let (status, third) = refresh(&app, text(&second, "refresh_token")).await;
    assert_eq!(status, 200, "{third}");
    let (status, unknown) = refresh(&app, "r1_nobody").await;
    assert_eq!(status, 400);
    assert_eq!(unknown["code"], "refresh_token_not_found");
}

async fn ten_tabs_get_the_same_token(app: TestApp) {
    let first = session(&app).await;
    let token = text(&first, "refresh_token");
    let answers = futures::future::join_all((0..10).map(|_| refresh(&app, token))).await;
    let next: Vec<&Value> = answers
        .iter()
        .filter(|(status, _)| *status == 200)
        .map(|(_, body)| &body["refresh_token"])
        .collect();
    assert!(!next.is_empty(), "{answers:?}");
    assert!(next.iter().all(|token| *token == next[0]), "{answers:?}");
    // Whoever lost against the others is told so and may ask again.
    assert!(
        answers
            .iter()
            .all(|(status, _)| *status == 200 || *status == 409),
        "{answers:?}"
    );
}

/// As if the last use were so long ago that it was no lost answer.
async fn make_uses_old(app: &TestApp) {
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update refresh_token set used_at = used_at - 60000000 where used_at is not null")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn a_stolen_refresh_token_ends_the_session(app: TestApp) {
    let first = session(&app).await;
    let (_, second) = refresh(&app, text(&first, "refresh_token")).await;
    make_uses_old(&app).await;
    let (status, refused) = refresh(&app, text(&first, "refresh_token")).await;
    assert_eq!(
        (status.as_u16(), text(&refused, "code")),
        (400, "refresh_token_already_used")
    );
    let (status, _) = refresh(&app, text(&second, "refresh_token")).await;
    assert_eq!(status, 400, "the descendant ends with it");
    let (status, refused) = user(&app, text(&second, "access_token")).await;
    assert_eq!(
        (status.as_u16(), text(&refused, "code")),
        (403, "session_not_found")
    );
}

async fn forged_tokens_are_not_believed(app: TestApp) {
    let real = session(&app).await;
    let token = text(&real, "access_token");
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts.as_slice() else {
        panic!("{token}");
    };
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let decode = |part: &str| -> Value {
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    let mut raised = decode(claims);
    raised["aal"] = json!("aal2");
    let mut unsigned = decode(header);
    unsigned["alg"] = json!("none");
    let mut symmetric = decode(header);
    symmetric["alg"] = json!("HS256");
    let mut stranger = decode(header);
    stranger["kid"] = json!("00000000-0000-0000-0000-000000000000");
    for forged in [
        format!("{header}.{}.{signature}", encode(&raised)),
        format!("{}.{claims}.", encode(&unsigned)),
        format!("{}.{claims}.{signature}", encode(&symmetric)),
        format!("{}.{claims}.{signature}", encode(&stranger)),
        format!("{header}.{claims}.AAAA"),
        "a.b.c".to_owned(),
        "..".to_owned(),
    ] {
        let (status, refused) = user(&app, &forged).await;
        assert_eq!(
            (status.as_u16(), text(&refused, "code")),
            (403, "bad_jwt"),
            "{forged}"
        );
        let api = app
            .anonymous(Method::GET, "/api/v1/session")
            .bearer_auth(&forged);
        assert_eq!(api.send().await.unwrap().status(), 401, "{forged}");
    }
    let (status, refused) = user(&app, "").await;
    assert_eq!(
        (status.as_u16(), text(&refused, "code")),
        (401, "no_authorization")
    );
    assert_eq!(user(&app, token).await.0, 200);
}

async fn a_new_signing_key_signs_nobody_out(app: TestApp) {
    let before = session(&app).await;
    let mut tx = app.app.db.write_global().await.unwrap();
    let key = keys::rotate(&app.app, &mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(user(&app, text(&before, "access_token")).await.0, 200);
    let after = session(&app).await;
    let (_, published) = call(
        &app,
        Method::GET,
        "/.well-known/jwks.json",
        "",
        &Value::Null,
    )
    .await;
    let kids: Vec<&str> = published["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| text(key, "kid"))
        .collect();
    assert_eq!(kids.len(), 2, "{published}");
    let header = text(&after, "access_token").split('.').next().unwrap();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
    assert!(
        String::from_utf8(header)
            .unwrap()
            .contains(&key.0.to_string())
    );
    // Once every token by the old key has expired, it is not published any more.
    let mut tx = app.app.db.write_global().await.unwrap();
    sql("update signing_key set retired_at = retired_at - 901000000 where retired_at is not null")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let (_, published) = call(
        &app,
        Method::GET,
        "/.well-known/jwks.json",
        "",
        &Value::Null,
    )
    .await;
    assert_eq!(published["keys"].as_array().unwrap().len(), 1);
    let (status, refused) = user(&app, text(&before, "access_token")).await;
    assert_eq!((status.as_u16(), text(&refused, "code")), (403, "bad_jwt"));
}

async fn an_access_token_opens_the_api_while_its_session_stands(app: TestApp) {
    let session = session(&app).await;
    let token = text(&session, "access_token");
    let ask = || {
        app.anonymous(Method::GET, "/api/v1/session")
            .bearer_auth(token)
            .send()
    };
    assert_eq!(ask().await.unwrap().status(), 200);
    let (status, _) = call(&app, Method::POST, "/logout", token, &Value::Null).await;
    assert_eq!(status, 204);
    assert_eq!(
        ask().await.unwrap().status(),
        401,
        "not once the session is over"
    );
}

async fn errors_have_two_shapes(app: TestApp) {
    let ask = |request: reqwest::RequestBuilder| async {
        let answer = request.send().await.unwrap();
        let code = answer.headers()["x-sb-error-code"]
            .to_str()
            .unwrap()
            .to_owned();
        (code, answer.json::<Value>().await.unwrap())
    };
    let path = "/auth/v1/token?grant_type=password";
    let request = || app.anonymous(Method::POST, path).json(&json!({}));
    let (code, old) = ask(request()).await;
    assert_eq!(code, "invalid_credentials");
    assert_eq!(
        old,
        json!({
            "code": 400, "error_code": "invalid_credentials", "msg": "Invalid login credentials"
        })
    );
    let (_, new) = ask(request().header("x-supabase-api-version", "2024-01-01")).await;
    assert_eq!(
        new,
        json!({ "code": "invalid_credentials", "message": "Invalid login credentials" })
    );
}

async fn without_a_token_every_door_of_a_person_is_closed(app: TestApp) {
    for (method, path) in [
        (Method::GET, "/user"),
        (Method::PUT, "/user"),
        (Method::POST, "/logout"),
        (Method::POST, "/factors"),
        (Method::DELETE, "/factors/1"),
        (Method::POST, "/factors/1/challenge"),
        (Method::POST, "/factors/1/verify"),
        (Method::GET, "/passkeys"),
        (Method::POST, "/passkeys/registration/options"),
        (Method::POST, "/passkeys/registration/verify"),
        (Method::PATCH, "/passkeys/1"),
        (Method::DELETE, "/passkeys/1"),
    ] {
        let (status, refused) = call(&app, method, path, "", &Value::Null).await;
        let said = (status.as_u16(), text(&refused, "code"));
        assert_eq!(said, (401, "no_authorization"), "{path}");
    }
}
