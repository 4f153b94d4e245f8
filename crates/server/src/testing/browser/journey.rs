//! The main job: a finding is applied, a draft made, approved and posted, and Xero has the invoice.

use reqwest::Method;
use serde_json::json;

use super::{Browser, world};
use crate::{
    testing::{PASSWORD, TestApp},
    ui::format,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_finding_to_one_invoice_at_a_desk() {
    let app = world::agreed().await;
    let worker = world::work(&app);
    let browser = Browser::at_a_desk(&app).await;
    tell(&app, &browser, "Generated invoices").await;
    worker.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_a_finding_to_one_invoice_on_a_phone() {
    let app = world::agreed().await;
    let worker = world::work(&app);
    let browser = Browser::on_a_phone(&app).await;
    tell(&app, &browser, "Drafts").await;
    worker.finish().await;
}

/// `drafts` is how the navigation calls the generated invoices.
async fn tell(app: &TestApp, browser: &Browser, drafts: &str) {
    browser
        .sign_in_to("/missed-billing?tab=ready&kind=quantity_gap")
        .await;
    let client = browser.open_first_row().await;
    apply(browser).await;
    make_draft(browser, drafts, &client).await;
    browser.press("Approve").await;
    browser.see("Approved. It waits under Ready to post.").await;
    let total = browser.read(".total dd").await;
    post(app, browser).await;

    let number = "B1-00001";
    browser.see("Posted").await;
    browser.see(number).await;
    let invoices = world::in_ledger(app, number).await;
    assert_eq!(invoices.len(), 1, "{invoices:?}");
    assert_eq!(invoices[0]["status"], "AUTHORISED");
    assert_eq!(invoices[0]["created"], 1);
    let minor = invoices[0]["total_minor"].as_i64().unwrap();
    let currency = invoices[0]["currency"].as_str().unwrap();
    let same = total.starts_with(currency) && total.ends_with(&format::amount(minor, currency));
    assert!(same, "{total} on the page, {minor} in Xero");
}

async fn apply(browser: &Browser) {
    browser.see("Proposed change").await;
    for choice in ["Bill back", "From now", "Next period"] {
        let said = browser.choose(choice).await;
        assert!(
            said.contains("on the next draft"),
            "the choice has its amount: {said}"
        );
    }
    browser.press("Apply").await;
    browser.see("Applied.").await;
}

async fn make_draft(browser: &Browser, drafts: &str, client: &str) {
    browser.follow(drafts).await;
    browser.press("Generate").await;
    browser.select("Client", client).await;
    browser
        .pick_date("Everything that can be charged by", world::NEXT_MONTH)
        .await;
    browser.press("Preview").await;
    let foreseen = browser.read("article .total dd").await;
    browser.press("Make 1 draft").await;
    browser
        .see("Made a draft. Look at it and approve it.")
        .await;
    assert_eq!(
        browser.read(".total dd").await,
        foreseen,
        "as the preview said"
    );
}

/// Posting asks who it is, once the last password is older than a quarter of an hour.
async fn post(app: &TestApp, browser: &Browser) {
    app.control(Method::POST, "advance", &json!({ "seconds": 16 * 60 }))
        .await;
    browser.press("Post").await;
    browser.see("This cannot be undone here.").await;
    browser.fill("Your password", "not the password").await;
    browser.press("Post 1 invoice").await;
    browser.see("this is not your password").await;
    browser.fill("Your password", PASSWORD).await;
    browser.press("Post 1 invoice").await;
}
