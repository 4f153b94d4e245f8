//! Sync All, and the page follows by itself: progress, counts and the end, without a reload.

use reqwest::Method;
use serde_json::json;

use super::{Browser, world};

const PROGRESS: &str = "#sync-progress";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_arrives_without_a_reload() {
    let app = world::beginning().await;
    app.connect_vendors().await;
    // Xero thinks for a while in the middle of its list, so that it is seen on its way.
    let slow = json!({ "vendor": "xero", "kind": "slow", "path": "/Invoices", "ms": 5000 });
    app.control(Method::POST, "faults", &slow).await;
    let browser = Browser::at_a_desk(&app).await;
    browser.sign_in_to("/settings/integrations").await;
    browser.run("document.body.dataset.loaded = 'once'").await;
    browser.press("Sync All").await;
    browser.see("Syncing 3 sources.").await;
    let waiting = browser.read(PROGRESS).await;

    let worker = world::work(&app);
    browser.see("Xero · ").await;
    let under_way = browser.read(PROGRESS).await;
    assert_ne!(under_way, waiting);
    // At the end each of the three says what it brought.
    let is_done = |text: &str| !text.contains(" · ") && text.matches(" new").count() == 3;
    browser.read_once(PROGRESS, is_done).await;
    assert_eq!(
        browser.run("return document.body.dataset.loaded").await,
        "once"
    );
    assert_eq!(browser.complaints().await, [""; 0]);
    worker.finish().await;
}
