//! Passwords of the project, and sessions that follow those it has.

use reqwest::{Method, header};
use serde_json::{Value, json};

use super::Both;
use crate::{
    db::sql,
    features::team::tests::{enter, enter_as, open, send},
    jobs, queue,
    testing::{OWNER, PASSWORD, on_both_engines, wire::call},
};

on_both_engines!(Both::start =>
    its_password_opens_a_session_that_is_ours,
    what_ends_there_ends_here,
    what_ends_here_ends_there,
    old_tokens_are_renewed_once,
    nobody_is_let_in_while_it_does_not_answer,
    accounts_are_asked_for_there,
);

const NEW: &str = "seven unrelated kettles";

async fn its_password_opens_a_session_that_is_ours(both: Both) {
    let cookie = enter_as(&both.product, OWNER).await;
    assert_eq!(both.opens(&cookie, "/").await, 200);
    assert!(cookie.contains("=b1_"), "opaque: {cookie}");
    let mut tx = both.product.app.db.read_global().await.unwrap();
    let kept = sql("select project_tokens from session where kind = 'web'");
    let kept: Vec<u8> = kept.value(&mut tx).await.unwrap();
    drop(tx);
    let kept = String::from_utf8_lossy(&kept).into_owned();
    assert!(!kept.contains("eyJ") && !kept.contains("r1_"), "sealed");
    let told = both.refusal(OWNER, "wrong wrong wrong").await;
    assert!(told.contains("is wrong"), "{told}");
    both.change_password_there(NEW).await;
    both.refusal(OWNER, PASSWORD).await;
    assert!(enter(&both.product, OWNER, NEW).await.is_some());
}

async fn what_ends_there_ends_here(both: Both) {
    let cookie = enter_as(&both.product, OWNER).await;
    let body = json!({ "email": OWNER, "password": PASSWORD });
    let other = both.ask(Method::POST, "/token?grant_type=password", "", &body);
    let other = other.await;
    let token = other["access_token"].as_str().unwrap();
    call(&both.project, Method::POST, "/logout", token, &Value::Null).await;
    assert_eq!(both.opens(&cookie, "/").await, 200, "asked a moment ago");
    both.let_time_pass().await;
    assert_eq!(both.opens(&cookie, "/").await, 303, "to signing in");
    let api = both.product.anonymous(Method::GET, "/api/v1/session");
    let answer = api.header(header::COOKIE, &cookie).send().await.unwrap();
    assert_eq!(answer.status(), 401);
}

async fn what_ends_here_ends_there(both: Both) {
    let cookie = enter_as(&both.product, OWNER).await;
    let alive = "select count(*) from session where kind = 'auth' and revoked_at is null";
    let before = count(&both, alive).await;
    let answer = send(&both.product, &cookie, "/sign-out", &[]).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(both.opens(&cookie, "/").await, 303);
    assert_eq!(both.product.run_jobs().await, 1);
    assert_eq!(count(&both, alive).await, before - 1);
    // All others are ended from a third browser, the API's too; nobody signs out of them.
    enter_as(&both.product, OWNER).await;
    let here = enter_as(&both.product, OWNER).await;
    let answer = send(&both.product, &here, "/account/sessions/end-others", &[]).await;
    assert_eq!(answer.status(), 303);
    queue::tick(&both.product.app, jobs::SCHEDULES)
        .await
        .unwrap();
    both.product.run_jobs().await;
    assert_eq!(count(&both, alive).await, 1);
    assert_eq!(both.opens(&here, "/").await, 200);
    let mut tx = both.product.app.db.read_global().await.unwrap();
    let kept = sql("select count(*) from session where project_tokens is not null");
    assert_eq!(
        kept.value::<i64>(&mut tx).await.unwrap(),
        1,
        "that of this one"
    );
}

/// What a question to the project's tables counts.
async fn count(both: &Both, statement: &'static str) -> i64 {
    let mut tx = both.project.app.db.read_global().await.unwrap();
    sql(statement).value(&mut tx).await.unwrap()
}

/// Ten requests at once come when the access token is too old for all of them.
async fn old_tokens_are_renewed_once(both: Both) {
    let cookie = enter_as(&both.product, OWNER).await;
    let mut tx = both.product.app.db.read_global().await.unwrap();
    let session = sql("select id from session where kind = 'web'");
    let session: crate::db::SessionId = session.value(&mut tx).await.unwrap();
    drop(tx);
    let app = &both.product.app;
    let mut tx = app.db.write_global().await.unwrap();
    let by = super::super::project_store::By::Id(session);
    let row = super::super::project_store::session(&mut tx, by)
        .await
        .unwrap();
    let mut kept = super::super::tokens::opened(app, &row.unwrap()).unwrap();
    kept.expires_at = app.clock.wall_now().timestamp();
    super::super::tokens::replace(app, &mut tx, session, &kept)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    both.let_time_pass().await;
    let used = "select count(*) from refresh_token where used_at is not null";
    let before = count(&both, used).await;
    let ten = (0..10).map(|_| both.opens(&cookie, "/more"));
    let seen = futures::future::join_all(ten).await;
    assert_eq!(seen, [200; 10]);
    assert_eq!(count(&both, used).await, before + 1);
}

async fn nobody_is_let_in_while_it_does_not_answer(both: Both) {
    let cookie = enter_as(&both.product, OWNER).await;
    both.door.shut();
    assert_eq!(both.opens(&cookie, "/").await, 200, "asked a moment ago");
    both.let_time_pass().await;
    let (status, page) = open(&both.product, &cookie, "/").await;
    assert_eq!(status, 503);
    assert!(page.contains("does not answer"), "{page}");
    let fields = [("email", OWNER), ("password", PASSWORD)];
    let answer = send(&both.product, "", "/sign-in", &fields).await;
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("does not answer"));
    both.door.open();
    assert_eq!(both.opens(&cookie, "/").await, 200, "nobody was signed out");
}

/// Nothing of ours lets anybody in beside it.
async fn accounts_are_asked_for_there(both: Both) {
    let product = &both.product;
    let body = json!({ "email": OWNER, "password": PASSWORD });
    for path in ["/token?grant_type=password", "/signup", "/recover"] {
        let (status, told) = call(product, Method::POST, path, "", &body).await;
        assert_eq!(status, 404, "{path}");
        assert!(told["message"].to_string().contains("Supabase"), "{told}");
    }
    let path = "/.well-known/jwks.json";
    let (status, _) = call(product, Method::GET, path, "", &Value::Null).await;
    assert_eq!(status, 404, "no keys that anybody should believe");
    let (_, page) = open(product, "", "/sign-in").await;
    assert!(
        page.contains("<strong dir=\"auto\">localhost</strong>"),
        "{page}"
    );
    assert!(!page.contains("passkey"), "{page}");
    let brought = [("challenge_id", "x"), ("credential", "{}")];
    let answer = send(product, "", "/sign-in/passkey", &brought).await;
    assert_eq!(answer.status(), 422);
    let cookie = enter_as(product, OWNER).await;
    assert_eq!(both.opens(&cookie, "/account/passkeys").await, 404);
    let (_, page) = open(product, &cookie, "/account/security").await;
    assert!(!page.contains("/account/passkeys"), "not offered");
}
