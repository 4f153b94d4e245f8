//! Signing in, through the door.

use reqwest::Method;
use serde_json::json;

use super::{Origin, Password};
use crate::{
    fault::Fault,
    testing::{OWNER, PASSWORD, TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    a_person_signs_in_and_out,
    wrong_passwords_wait_and_unknown_accounts_look_the_same,
    many_guesses_at_once_are_all_counted,
    guesses_of_others_lock_nobody_out,
    thousands_of_wrong_passwords_open_nothing,
    a_right_password_forgets_the_wrong_ones,
);

async fn a_person_signs_in_and_out(app: TestApp) {
    let credentials = json!({ "email": "Owner@Example.com ", "password": PASSWORD });
    let (status, new) = app.post("/api/v1/session", &credentials).await;
    assert_eq!(status, 201);
    let token = new["token"].as_str().unwrap();
    let mine = || {
        app.anonymous(Method::GET, "/api/v1/session")
            .bearer_auth(token)
            .send()
    };
    assert_eq!(mine().await.unwrap().status(), 200);
    let ended = app
        .anonymous(Method::DELETE, "/api/v1/session")
        .bearer_auth(token)
        .send()
        .await;
    assert_eq!(ended.unwrap().status(), 204);
    assert_eq!(
        mine().await.unwrap().status(),
        401,
        "the token ends with the session"
    );
}

async fn wrong_passwords_wait_and_unknown_accounts_look_the_same(app: TestApp) {
    let attempt = async |email: &str| {
        let body = json!({ "email": email, "password": "wrong wrong wrong" });
        app.post("/api/v1/session", &body).await
    };
    let (known, unknown) = (attempt(OWNER).await, attempt("nobody@example.com").await);
    assert_eq!(known.0, 422);
    assert_eq!(known.1["error"]["message"], unknown.1["error"]["message"]);
    for _ in 0..9 {
        attempt(OWNER).await;
    }
    let (status, body) = attempt(OWNER).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (429, Some("too_many_attempts"))
    );
}

const WRONG: &str = "wrong wrong wrong";

/// What somebody at an address is told.
async fn try_from_address(app: &TestApp, address: &str, password: &str) -> Result<(), Fault> {
    let origin = Origin {
        user_agent: "a browser".to_owned(),
        address: address.to_owned(),
        kind: "web",
    };
    let password = Password::typed(password.to_owned());
    super::sign_in(&app.app, OWNER, password, &origin).await?;
    Ok(())
}

fn must_wait(answer: &Result<(), Fault>) -> bool {
    matches!(answer, Err(Fault::TooMany { .. }))
}

async fn many_guesses_at_once_are_all_counted(app: TestApp) {
    let guesses = (0..30).map(|_| try_from_address(&app, "192.0.2.1", WRONG));
    let answers = futures::future::join_all(guesses).await;
    assert!(answers.iter().all(Result::is_err));
    let looked_at = answers.iter().filter(|answer| !must_wait(answer)).count();
    assert!(looked_at <= 10, "{looked_at} were compared: {answers:?}");
}

async fn guesses_of_others_lock_nobody_out(app: TestApp) {
    try_from_address(&app, "192.0.2.1", PASSWORD).await.unwrap();
    // A hundred wrong ones from everywhere but there.
    for from in 0..10 {
        for _ in 0..10 {
            let guess = try_from_address(&app, &format!("198.51.100.{from}"), WRONG).await;
            assert!(!must_wait(&guess), "{guess:?}");
        }
    }
    let stranger = try_from_address(&app, "203.0.113.1", PASSWORD).await;
    assert!(must_wait(&stranger), "{stranger:?}");
    try_from_address(&app, "192.0.2.1", PASSWORD).await.unwrap();
    // Who sits where the owner does has as few tries as anybody.
    for _ in 0..10 {
        let guess = try_from_address(&app, "192.0.2.1", WRONG).await;
        assert!(!must_wait(&guess), "{guess:?}");
    }
    let guess = try_from_address(&app, "192.0.2.1", WRONG).await;
    assert!(must_wait(&guess), "{guess:?}");
}

/// Ten thousand in the long form. Whoever guesses from two hundred places is compared a hundred times
/// a quarter of an hour, and the owner comes in all the same.
async fn thousands_of_wrong_passwords_open_nothing(app: TestApp) {
    try_from_address(&app, "192.0.2.1", PASSWORD).await.unwrap();
    let is_long = std::env::var_os("BILLINGONE_PROVE").is_some();
    let rounds = if is_long { 50 } else { 3 };
    let mut compared = 0;
    for _ in 0..rounds {
        let addresses: Vec<String> = (0..200).map(|host| format!("198.51.100.{host}")).collect();
        let guesses = addresses
            .iter()
            .map(|from| try_from_address(&app, from, WRONG));
        let answers = futures::future::join_all(guesses).await;
        assert!(answers.iter().all(Result::is_err));
        compared += answers.iter().filter(|answer| !must_wait(answer)).count();
    }
    assert!(compared <= 100, "{compared} were compared");
    try_from_address(&app, "192.0.2.1", PASSWORD).await.unwrap();
}

async fn a_right_password_forgets_the_wrong_ones(app: TestApp) {
    for _ in 0..4 {
        for _ in 0..5 {
            let guess = try_from_address(&app, "192.0.2.1", WRONG).await;
            assert!(!must_wait(&guess), "{guess:?}");
        }
        try_from_address(&app, "192.0.2.1", PASSWORD).await.unwrap();
    }
}
