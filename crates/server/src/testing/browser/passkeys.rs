//! A passkey in a real browser: made, used to come in, and followed by the second factor. Chromium
//! has a virtual device for it (WebAuthn, section 11: user agent automation). WebKitGTK knows no
//! passkeys, so there the page must say so.

use serde_json::{Value, json};

use super::{Browser, DESK, Own, PATIENCE, PHONE, accessibility, walk, within};
use crate::{
    db::{Engine, sql},
    features::sign_in::factors,
    testing::{OWNER, TestApp, wire::code},
};

const PAGE: &str = "/account/passkeys";
const ADD: &str = "Add a passkey";
const ENTER: &str = "Sign in with passkey";

impl Browser {
    async fn issue(&self, path: &'static str, body: Value) -> Value {
        self.client.issue_cmd(Own { path, body }).await.unwrap()
    }

    /// A device that knows its owner and agrees to everything.
    async fn attach_device(&self) {
        let device = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true,
        });
        self.issue("webauthn/authenticator", device).await;
    }

    pub(super) async fn sign_out(&self) {
        self.open("/more").await;
        self.press("Sign out").await;
        within(PATIENCE, "the way out", async || {
            let now = self.path().await;
            (now != "/more").then_some(()).ok_or(now)
        })
        .await;
    }

    pub(super) async fn at(&self, wanted: &str) {
        within(PATIENCE, wanted, async || {
            let now = self.path().await;
            (now == wanted).then_some(()).ok_or(now)
        })
        .await;
    }
}

/// Gives the owner an authenticator app; its secret, in base 32.
async fn with_factor(app: &TestApp) -> String {
    let mut tx = app.app.db.write_global().await.unwrap();
    let owner = sql("select id from person where email = $1").bind(OWNER);
    let owner = owner.value(&mut tx).await.unwrap();
    let factor = factors::enroll(&app.app, &mut tx, owner, OWNER, "phone", None).await;
    let factor = factor.unwrap();
    sql("update factor set status = 'verified' where id = $1")
        .bind(factor.id)
        .run(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    factor.secret
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_passkey_is_made_used_and_followed_by_the_second_factor() {
    let app = TestApp::start(Engine::Sqlite).await;
    let browser = Browser::at_a_desk(&app).await;
    accessibility::prepare(&browser).await;
    browser.sign_in_to(PAGE).await;
    browser.see("No passkeys yet").await;
    browser.attach_device().await;
    browser.fill("Name", "Work laptop").await;
    browser.press(ADD).await;
    browser
        .see("Work laptop is added. It can sign you in from now on.")
        .await;
    browser.press(ADD).await;
    browser
        .see("This device has a passkey for your account already.")
        .await;

    browser.sign_out().await;
    // The virtual device may come in by itself: it is also offered behind the email field.
    come_in(&browser).await;
    browser.at("/").await;
    browser.open(PAGE).await;
    browser.see("Work laptop signed you in").await;
    for (size, theme) in [
        (PHONE, "light"),
        (PHONE, "dark"),
        (DESK, "dark"),
        (DESK, "light"),
    ] {
        walk::show(&browser, size, theme).await;
        assert_eq!(
            accessibility::violations(&browser).await,
            Vec::<String>::new()
        );
        assert_eq!(browser.run(walk::TOO_WIDE).await, json!([]), "{size:?}");
    }

    let secret = with_factor(&app).await;
    browser.client.delete_all_cookies().await.unwrap();
    browser.open("/sign-in?next=/account/passkeys").await;
    come_in(&browser).await;
    browser.see("Enter your code").await;
    browser.fill("Code", &code(&app, &secret, 0)).await;
    browser.press("Go on").await;
    browser.at(PAGE).await;

    browser.press("Rename").await;
    browser.see("Rename this passkey").await;
    browser.press_in("Rename this passkey", "Rename").await;
    browser.see("It is called Work laptop now.").await;
    browser.press("Remove").await;
    browser.press_in("Remove this passkey", "Remove").await;
    browser.see("No passkeys yet").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
}

/// Presses the button, unless the page has gone on without.
async fn come_in(browser: &Browser) {
    within(PATIENCE, ENTER, async || {
        if browser.path().await != "/sign-in" {
            return Ok(());
        }
        let button = browser.shown(&super::button(ENTER)).await?;
        let pressed = button.click().await;
        pressed.map_err(|why| why.to_string())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_without_passkeys_is_offered_none() {
    let app = TestApp::start(Engine::Sqlite).await;
    let browser = Browser::on_a_phone(&app).await;
    browser.open("/sign-in").await;
    let known = browser.run("return 'PublicKeyCredential' in window").await;
    assert_eq!(known, json!(false), "WebKit knows passkeys now: test them");
    browser.see("Password").await;
    assert!(browser.shown(&super::button(ENTER)).await.is_err());
    browser.sign_in_to(PAGE).await;
    browser
        .see("Adding one needs scripts and a browser that knows passkeys.")
        .await;
    assert!(browser.shown(&super::button(ADD)).await.is_err());
}
