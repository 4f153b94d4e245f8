//! Whose accounts they are.

use reqwest::{Method, header};
use serde_json::json;

use super::Both;
use crate::{
    db::{EmailLinkId, sql},
    features::{
        sign_in::links,
        team::tests::{cookie_of, enter, enter_as, invited, open, send},
    },
    http::Role,
    testing::{OWNER, PASSWORD, on_both_engines, wire::session_of},
};

on_both_engines!(Both::start =>
    who_has_no_place_here_is_told_so,
    an_address_that_nobody_confirmed_says_nothing,
    another_account_of_the_same_address_is_somebody_else,
    an_invitation_is_accepted_with_the_account_there,
    a_letter_of_the_project_sets_a_new_password,
);

const KIM: &str = "kim@example.com";

async fn who_has_no_place_here_is_told_so(both: Both) {
    both.project.add_person(KIM, Role::Owner).await;
    let told = both.refusal(KIM, PASSWORD).await;
    assert!(told.contains("no place in an organization"), "{told}");
    let told = both.refusal(KIM, "wrong wrong wrong").await;
    assert!(!told.contains("no place"), "only with the password: {told}");
}

async fn an_address_that_nobody_confirmed_says_nothing(both: Both) {
    both.project.add_person(KIM, Role::Owner).await;
    place_here(&both).await;
    confirmed_there(&both, None).await;
    let told = both.refusal(KIM, PASSWORD).await;
    assert!(told.contains("no place in an organization"), "{told}");
    confirmed_there(&both, Some(1)).await;
    enter_as(&both.product, KIM).await;
}

/// Gives Kim a place in the product, without any account.
async fn place_here(both: &Both) {
    let app = &both.product.app;
    let mut tx = app.db.write_global().await.unwrap();
    let org = both.product.org;
    crate::features::sign_in::add_person(app, &mut tx, org, KIM, "Kim", Role::Finance, None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// When Kim confirmed their address at the project.
async fn confirmed_there(both: &Both, at: Option<i64>) {
    let mut tx = both.project.app.db.write_global().await.unwrap();
    sql("update person set email_confirmed_at = $2 where email = $1")
        .bind(KIM)
        .bind(at)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn another_account_of_the_same_address_is_somebody_else(both: Both) {
    enter_as(&both.product, OWNER).await;
    let mut tx = both.product.app.db.write_global().await.unwrap();
    sql("update person set project_account = 'of before'")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let told = both.refusal(OWNER, PASSWORD).await;
    assert!(told.contains("no place in an organization"), "{told}");
}

async fn an_invitation_is_accepted_with_the_account_there(both: Both) {
    both.project.add_person(KIM, Role::Viewer).await;
    let made = invited(&both.product, KIM, "finance").await;
    let id: EmailLinkId = made["id"].as_str().unwrap().parse().unwrap();
    let token = links::token(&both.product.app, id);
    let (_, page) = open(&both.product, "", &format!("/invitation?token={token}")).await;
    assert!(page.contains("That of your account at localhost"), "{page}");
    let wrong = [
        ("token", token.as_str()),
        ("name", "Kim"),
        ("password", "wrong wrong wrong"),
    ];
    let answer = send(&both.product, "", "/invitation", &wrong).await;
    assert_eq!(answer.status(), 422);
    let right = [
        ("token", token.as_str()),
        ("name", "Kim"),
        ("password", PASSWORD),
    ];
    let answer = send(&both.product, "", "/invitation", &right).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(both.opens(&cookie_of(&answer), "/").await, 200);
    assert!(enter(&both.product, KIM, PASSWORD).await.is_some());
}

async fn a_letter_of_the_project_sets_a_new_password(both: Both) {
    const NEW: &str = "seven unrelated kettles";
    let product = &both.product;
    let cookie = enter_as(product, OWNER).await;
    let (_, page) = open(product, "", "/forgot-password").await;
    assert!(page.contains("Send me a link"), "{page}");
    let answer = send(product, "", "/forgot-password", &[("email", OWNER)]).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(product.run_jobs().await, 1);
    both.project.run_jobs().await;
    let letter = both.mail.take(OWNER);
    assert!(
        letter.contains("accounts@example.com"),
        "the project's: {letter}"
    );
    let (_, page) = open(product, "", "/reset-password").await;
    assert!(page.contains("data-fragment"), "{page}");
    // What a letter brings behind the `#`.
    let session = session_of(&both.project, OWNER).await;
    let token = session["access_token"].as_str().unwrap();
    let asks = async |token: &str, password: &str| {
        let fields = [("access_token", token), ("password", password)];
        send(product, "", "/reset-password", &fields).await
    };
    assert_eq!(asks("eyJ.eyJ.x", NEW).await.status(), 422);
    let answer = asks(token, "short").await;
    assert_eq!(answer.status(), 422);
    let page = answer.text().await.unwrap();
    assert!(page.contains("at least 12 characters") && page.contains(token));
    let answer = asks(token, NEW).await;
    assert_eq!(answer.headers()[header::LOCATION], "/sign-in");
    assert_eq!(both.opens(&cookie, "/").await, 303, "signed out");
    both.refusal(OWNER, PASSWORD).await;
    let body = json!({ "email": OWNER, "password": NEW });
    both.ask(Method::POST, "/token?grant_type=password", "", &body)
        .await;
    assert_eq!(asks(token, NEW).await.status(), 422, "its session is over");
}
