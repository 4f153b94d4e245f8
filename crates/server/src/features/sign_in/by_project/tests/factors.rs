//! Codes that are shown to the project.

use reqwest::{Method, header};
use serde_json::{Value, json};

use super::Both;
use crate::{
    features::{
        account::tests::between,
        team::tests::{enter_as, open, send},
    },
    testing::{
        OWNER, on_both_engines,
        wire::{code, session_of},
    },
};

on_both_engines!(Both::start =>
    its_code_is_asked_for_after_the_password,
    an_app_is_added_and_removed_there,
    who_must_have_a_factor_gets_one_there,
    a_password_is_changed_there,
);

/// An authenticator app of the owner at the project; its id and secret.
async fn app_there(both: &Both) -> (String, String) {
    let session = session_of(&both.project, OWNER).await;
    let token = session["access_token"].as_str().unwrap();
    let new = json!({ "factor_type": "totp", "friendly_name": "Phone" });
    let begun = both.ask(Method::POST, "/factors", token, &new).await;
    let (id, secret) = (text(&begun["id"]), text(&begun["totp"]["secret"]));
    let code = code(&both.project, &secret, -1);
    show(both, token, &id, &code).await;
    (id, secret)
}

/// Shows the project a code; the session of it.
async fn show(both: &Both, token: &str, factor: &str, code: &str) -> Value {
    let path = format!("/factors/{factor}/challenge");
    let challenge = both.ask(Method::POST, &path, token, &json!({})).await;
    let shown = json!({ "challenge_id": challenge["id"], "code": code });
    let path = format!("/factors/{factor}/verify");
    both.ask(Method::POST, &path, token, &shown).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn its_code_is_asked_for_after_the_password(both: Both) {
    let (id, secret) = app_there(&both).await;
    let product = &both.product;
    let cookie = enter_as(product, OWNER).await;
    let answer = product.anonymous(Method::GET, "/clients");
    let answer = answer.header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let to = answer.headers()[header::LOCATION].to_str().unwrap();
    assert!(to.starts_with("/second-factor"), "{to}");
    let wrong = [("code", "000000"), ("next", "/clients")];
    let answer = send(product, &cookie, "/second-factor", &wrong).await;
    assert_eq!(answer.status(), 422);
    let code = code(&both.project, &secret, 0);
    let right = [("code", code.as_str()), ("next", "/clients")];
    let answer = send(product, &cookie, "/second-factor", &right).await;
    assert_eq!(answer.headers()[header::LOCATION], "/clients");
    assert_eq!(both.opens(&cookie, "/clients").await, 200);
    both.let_time_pass().await;
    assert_eq!(
        both.opens(&cookie, "/clients").await,
        200,
        "it still counts"
    );
    // Whoever looks after the project takes the app away there.
    let session = session_of(&both.project, OWNER).await;
    let token = text(&session["access_token"]);
    let next = crate::testing::wire::code(&both.project, &secret, 1);
    let raised = show(&both, &token, &id, &next).await;
    let token = text(&raised["access_token"]);
    both.ask(
        Method::DELETE,
        &format!("/factors/{id}"),
        &token,
        &Value::Null,
    )
    .await;
    let cookie = enter_as(product, OWNER).await;
    assert_eq!(
        both.opens(&cookie, "/clients").await,
        200,
        "none is asked for"
    );
}

/// The owner's factors that count at the project.
async fn factors_there(both: &Both) -> usize {
    let session = session_of(&both.project, OWNER).await;
    let factors = session["user"]["factors"].as_array().unwrap();
    let counts = |factor: &&Value| factor["status"] == "verified";
    factors.iter().filter(counts).count()
}

async fn an_app_is_added_and_removed_there(both: Both) {
    let product = &both.product;
    let cookie = enter_as(product, OWNER).await;
    let path = "/account/security/factors";
    // Whoever turned back begins again, with the same name.
    for _ in 0..2 {
        let answer = send(product, &cookie, path, &[("name", "Phone")]).await;
        assert_eq!(answer.status(), 303);
    }
    let answer = send(product, &cookie, path, &[("name", "Phone")]).await;
    let place = answer.headers()[header::LOCATION]
        .to_str()
        .unwrap()
        .to_owned();
    let (_, page) = open(product, &cookie, &place).await;
    let secret = between(&page, "<p class=\"mono\">", "</p>").replace(' ', "");
    let answer = send(product, &cookie, &place, &[("code", "000000")]).await;
    assert_eq!(answer.status(), 422);
    assert_eq!(factors_there(&both).await, 0);
    let shown = code(&both.project, &secret, 0);
    let answer = send(product, &cookie, &place, &[("code", &shown)]).await;
    assert_eq!(answer.status(), 200, "the recovery codes");
    assert_eq!(factors_there(&both).await, 1);
    let removal = format!("{place}/remove");
    let answer = send(product, &cookie, &removal, &[]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(factors_there(&both).await, 0);
    assert_eq!(both.opens(&cookie, "/clients").await, 200);
}

async fn who_must_have_a_factor_gets_one_there(both: Both) {
    let product = &both.product;
    let mut tx = product.app.db.write_global().await.unwrap();
    crate::db::sql("update organization set mfa_required = $1")
        .bind(true)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let cookie = enter_as(product, OWNER).await;
    assert_eq!(both.opens(&cookie, "/clients").await, 303);
    let answer = send(product, &cookie, "/enroll", &[("next", "/clients")]).await;
    assert_eq!(answer.status(), 303);
    let (_, page) = open(product, &cookie, "/enroll?next=%2Fclients").await;
    let secret = between(&page, "<p class=\"mono\">", "</p>").replace(' ', "");
    let shown = code(&both.project, &secret, 0);
    let fields = [("code", shown.as_str()), ("next", "/clients")];
    let answer = send(product, &cookie, "/enroll/confirm", &fields).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(both.opens(&cookie, "/clients").await, 200);
    assert_eq!(factors_there(&both).await, 1);
}

async fn a_password_is_changed_there(both: Both) {
    const NEW: &str = "seven unrelated kettles";
    let product = &both.product;
    let cookie = enter_as(product, OWNER).await;
    let path = "/account/security/password";
    let wrong = [("factor", "wrong wrong wrong"), ("password", NEW)];
    let answer = send(product, &cookie, path, &wrong).await;
    assert_eq!(answer.status(), 422);
    let right = [("factor", crate::testing::PASSWORD), ("password", NEW)];
    let answer = send(product, &cookie, path, &right).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(both.opens(&cookie, "/").await, 200);
    both.refusal(OWNER, crate::testing::PASSWORD).await;
    let body = json!({ "email": OWNER, "password": NEW });
    both.ask(Method::POST, "/token?grant_type=password", "", &body)
        .await;
}
