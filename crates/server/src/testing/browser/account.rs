//! How somebody guards their account, in real browsers: an authenticator app, the day it is lost,
//! and the session somewhere else.

use super::{Browser, walk};
use crate::{
    db::Engine,
    testing::{OWNER, PASSWORD, TestApp, wire::code},
};

const SECURITY: &str = "/account/security";

/// The text that a page shows in its only place of this kind.
async fn text(browser: &Browser, selector: &str) -> String {
    let script = format!("return document.querySelector('{selector}').innerText");
    browser.run(&script).await.as_str().unwrap().to_owned()
}

/// Shows the password, and is asked for more.
async fn enter(browser: &Browser, path: &str) {
    browser.open(path).await;
    browser.fill("Email", OWNER).await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.see("Enter your code").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_app_is_added_lost_and_a_session_ended_from_afar() {
    let app = TestApp::start(Engine::Sqlite).await;
    let browser = Browser::at_a_desk(&app).await;
    browser.sign_in_to(SECURITY).await;
    browser.press("Add an authenticator app").await;
    browser.fill("Name", "Phone").await;
    browser.press("Go on").await;
    browser.see("Scan this with the app").await;
    let secret = text(&browser, "p.mono").await.replace(' ', "");
    browser.fill("Code", "000000").await;
    browser.press("Add the app").await;
    browser.see("this is not its code now").await;
    browser.fill("Code", &code(&app, &secret, 0)).await;
    browser.press("Add the app").await;
    browser.see("They are shown this once.").await;
    let recovery = text(&browser, "ol.codes li").await;
    browser.press("I have kept them").await;
    browser.see("10 of 10 left.").await;

    // The phone is lost: a recovery code lets in, once.
    browser.sign_out().await;
    enter(&browser, SECURITY).await;
    browser.fill("Code", &recovery).await;
    browser.press("Go on").await;
    browser.see("9 of 10 left.").await;
    browser.sign_out().await;
    enter(&browser, SECURITY).await;
    browser.fill("Code", &recovery).await;
    browser.press("Go on").await;
    browser.see("this code is not right").await;
    browser.fill("Code", &code(&app, &secret, 1)).await;
    browser.press("Go on").await;
    browser.see("9 of 10 left.").await;

    // A second browser ends the session of the first.
    let second = Browser::at_a_desk(&app).await;
    enter(&second, "/account/sessions").await;
    second.fill("Code", &unused_code(&app, &secret).await).await;
    second.press("Go on").await;
    second.see("This one").await;
    second.press("End all others").await;
    second.see("Everywhere else you are signed out.").await;
    browser.open(SECURITY).await;
    browser.at("/sign-in").await;
    walk::show(&second, super::PHONE, "dark").await;
    assert_eq!(second.run(walk::TOO_WIDE).await, serde_json::json!([]));
}

/// The code of now, as if this time step had not been used before.
async fn unused_code(app: &TestApp, secret: &str) -> String {
    let mut tx = app.app.db.write_global().await.unwrap();
    crate::db::sql("update factor set last_step = null")
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    code(app, secret, 0)
}
