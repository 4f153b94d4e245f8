//! The same desk where no script runs: every act is a form, every dialog a link's target.

use serde_json::json;

use super::{Browser, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_act_works_without_script() {
    let app = world::agreed().await;
    let worker = world::work(&app);
    let browser = Browser::at_a_desk(&app).await;
    let off = json!({ "value": true });
    browser
        .devtools("Emulation.setScriptExecutionDisabled", off)
        .await;

    browser.sign_in_to("/missed-billing?tab=ready").await;
    assert_eq!(
        browser
            .run("return document.documentElement.className")
            .await,
        ""
    );
    browser.open_first_row().await;
    browser.press("Snooze").await;
    browser.press_in("Snooze this finding", "Snooze").await;
    browser.see("Snoozed until").await;
    browser.press("Undo").await;
    browser.see("Undone. The finding is open again.").await;

    let (_, clients) = app.get("/api/v1/clients?limit=2").await;
    let client = clients["items"][1]["reference"].as_str().unwrap();
    create_contract(&browser, client).await;
    browser.follow("Generated invoices").await;
    browser.press("Generate").await;
    browser
        .pick_date("Everything that can be charged by", world::NEXT_MONTH)
        .await;
    browser.press("Preview").await;
    browser.see(ORDER).await;
    browser.press_beginning("Make ").await;
    browser.see("Made ").await;
    browser
        .fill("Search client, reference or number", ORDER)
        .await;
    browser.press("Apply").await;
    browser.open_first_row().await;
    browser.see("Firewall care").await;
    browser.press("Approve").await;
    browser.see("Approved. It waits under Ready to post.").await;
    worker.finish().await;
}

/// The client's purchase order, by which the draft is found again.
const ORDER: &str = "PO-4711";

async fn create_contract(browser: &Browser, client: &str) {
    browser.follow("Contracts").await;
    browser.press("New contract").await;
    browser.fill("Client", client).await;
    browser.fill("Name", "Firewalls").await;
    browser.fill("Purchase order", ORDER).await;
    browser.press("Next: lines").await;
    browser.see("The draft is kept. Now its lines.").await;
    let item = browser.attribute("#items option", "value").await;
    browser.fill("Item", &item).await;
    browser.fill("What the client reads", "Firewall care").await;
    browser.fill("Unit price", "40.00").await;
    browser.fill("Fixed number", "3").await;
    browser.press("Add line").await;
    browser.see("Firewall care").await;
    browser.press("Next: review").await;
    browser.see("120.00").await;
    browser.press("Activate").await;
    browser.see("Firewalls is active.").await;
}
