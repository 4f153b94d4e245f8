//! Signing in where a Supabase project keeps the accounts, on a phone.

use super::Browser;
use crate::{
    db::Engine,
    features::sign_in::by_project::tests::Both,
    testing::{OWNER, wire::session_of},
};

const NEW: &str = "seven unrelated kettles";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_of_the_project_sets_a_password() {
    let both = Both::start(Engine::Sqlite).await;
    let browser = Browser::on_a_phone(&both.product).await;
    browser.open("/reset-password").await;
    browser.see("This link is not good any more").await;
    let session = session_of(&both.project, OWNER).await;
    let token = session["access_token"].as_str().unwrap();
    // A letter leads to the same page with more behind the `#`; that alone loads nothing.
    browser.open("/sign-in").await;
    browser.see("With your account at").await;
    let letter = format!("/reset-password#access_token={token}&type=recovery");
    browser.open(&letter).await;
    browser.fill("New password", NEW).await;
    let behind = browser.run("return location.hash").await;
    assert_eq!(behind, serde_json::json!(""), "not left in the address");
    browser.press("Set password").await;
    browser.see("Your new password is set.").await;
    browser.fill("Email", OWNER).await;
    browser.fill("Password", NEW).await;
    browser.press("Sign in").await;
    browser.at("/").await;
}
