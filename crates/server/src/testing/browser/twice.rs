//! A double click on what must happen once.

use serde_json::json;

use super::{Browser, world};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_double_click_approves_and_posts_once() {
    let app = world::agreed().await;
    let worker = world::work(&app);
    let drafts = world::clean_drafts(&app).await;
    let id = drafts[0]["id"].as_str().unwrap();
    let browser = Browser::at_a_desk(&app).await;
    browser
        .sign_in_to(&format!("/generated-invoices/{id}"))
        .await;
    browser.double_click("Approve").await;
    browser.see("Approved. It waits under Ready to post.").await;
    browser.press("Post").await;
    browser.see("This cannot be undone here.").await;
    browser.double_click("Post 1 invoice").await;
    browser.see("Posted").await;

    let (_, draft) = app.get(&format!("/api/v1/generated-invoices/{id}")).await;
    let acts = draft["history"].as_array().unwrap().iter();
    let approvals = acts.filter(|act| act["action"] == "draft.approved").count();
    assert_eq!(approvals, 1, "{draft}");
    let invoices = world::in_ledger(&app, draft["number"].as_str().unwrap()).await;
    assert_eq!(invoices.len(), 1, "{invoices:?}");
    assert_eq!(invoices[0]["created"], json!(1));
    assert!(world::in_ledger(&app, "B1-00002").await.is_empty());
    worker.finish().await;
}
