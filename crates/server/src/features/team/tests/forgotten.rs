//! A forgotten password.

use reqwest::{Method, header};

use super::{Post, enter, enter_as, open, send, token_of};
use crate::testing::{OWNER, PASSWORD, TestApp, on_both_engines};

on_both_engines!(Post::start =>
    a_letter_sets_a_new_password_once,
    nobody_learns_whose_address_it_is,
    a_letter_leads_to_this_product_whatever_a_request_says,
    letters_are_counted,
);

const NEW: &str = "seven unrelated kettles";

async fn forget(app: &TestApp, email: &str) -> (u16, String) {
    let answer = send(app, "", "/forgot-password", &[("email", email)]).await;
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn a_letter_sets_a_new_password_once(post: Post) {
    let app = &post.app;
    let here = enter_as(app, OWNER).await;
    assert_eq!(forget(app, OWNER).await.0, 200);
    let first = post.link(OWNER).await;
    assert_eq!(forget(app, OWNER).await.0, 200);
    let link = post.link(OWNER).await;
    let (status, page) = open(app, "", &link).await;
    assert_eq!(status, 200);
    assert!(page.contains(OWNER), "{page}");
    let token = token_of(&link);
    let reset = async |password: &str| {
        let fields = [("token", token), ("password", password)];
        let answer = send(app, "", "/reset-password", &fields).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let (status, page) = reset("short").await;
    assert_eq!(status, 422);
    assert!(page.contains("at least 12 characters"), "{page}");
    assert_eq!(open(app, &here, "/").await.0, 200, "nothing happened yet");
    assert_eq!(reset(NEW).await.0, 303);
    assert_eq!(open(app, &here, "/").await.0, 303, "signed out everywhere");
    assert!(enter(app, OWNER, PASSWORD).await.is_none());
    let again = enter(app, OWNER, NEW).await.unwrap();
    let (_, page) = open(app, &again, "/account/history").await;
    assert!(page.contains("A new password was set by a link"), "{page}");
    let (status, page) = reset("eight unrelated kettles").await;
    assert_eq!(status, 422);
    assert!(page.contains("not good any more"), "once: {page}");
    assert_eq!(open(app, "", &first).await.0, 422, "the others end with it");
    assert_eq!(open(app, "", "/reset-password?token=x.y").await.0, 422);
    let wrong_door = link.replace("reset-password", "invitation");
    assert_eq!(open(app, "", &wrong_door).await.0, 422);
}

async fn nobody_learns_whose_address_it_is(post: Post) {
    let app = &post.app;
    let (status, known) = forget(app, OWNER).await;
    let (as_well, unknown) = forget(app, "nobody@example.com").await;
    assert_eq!((status, as_well), (200, 200));
    assert_eq!(
        known.replace(OWNER, "X"),
        unknown.replace("nobody@example.com", "X")
    );
    app.run_jobs().await;
    post.mail.take(OWNER);
    assert_eq!(forget(app, "nobody").await.0, 422);
    let two = forget(app, "owner@example.com, all@example.com").await;
    assert_eq!(two.0, 422);
}

async fn a_letter_leads_to_this_product_whatever_a_request_says(post: Post) {
    let app = &post.app;
    let request = app
        .anonymous(Method::POST, "/forgot-password")
        .header(header::HOST, "evil.example")
        .header("x-forwarded-host", "evil.example")
        .header("sec-fetch-site", "same-origin")
        .form(&[("email", OWNER)]);
    assert_eq!(request.send().await.unwrap().status(), 200);
    app.run_jobs().await;
    let letter = post.mail.take(OWNER);
    assert!(!letter.contains("evil"), "{letter}");
}

async fn letters_are_counted(post: Post) {
    let app = &post.app;
    for _ in 0..3 {
        assert_eq!(forget(app, OWNER).await.0, 200);
    }
    let (status, page) = forget(app, OWNER).await;
    assert_eq!(status, 429);
    assert!(page.contains("too many attempts"), "{page}");
    for number in 0..17 {
        let email = format!("nobody{number}@example.com");
        assert_eq!(forget(app, &email).await.0, 200, "{email}");
    }
    assert_eq!(
        forget(app, "other@example.com").await.0,
        429,
        "from one network"
    );
}
