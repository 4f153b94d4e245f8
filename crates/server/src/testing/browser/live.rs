//! Sync All, and the page follows by itself: progress, counts and the end, without a reload.

use sandbox::faults::{Fault, FaultKind, Vendor};

use super::{Browser, world};

const PROGRESS: &str = "#sync-progress";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_arrives_without_a_reload() {
    let app = world::beginning().await;
    app.connect_vendors().await;
    // Xero wants no calls in the middle of its list until it has been seen on its way.
    let limits = Fault {
        times: u32::MAX,
        ms: 1000,
        ..Fault::once(Vendor::Xero, "/Invoices", FaultKind::LimitMinute)
    };
    let faults = app.sandbox.as_ref().unwrap().control.faults();
    faults.push(limits);
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
    browser.see("continue at").await;
    faults.clear();
    // At the end each of the three says what it brought.
    let is_done = |text: &str| !text.contains(" · ") && text.matches(" new").count() == 3;
    browser.read_once(PROGRESS, is_done).await;
    let has_synced = |text: &str| text.contains("Last sync") && !text.contains("not yet");
    browser.read_once("#xero-state", has_synced).await;
    assert_eq!(
        browser.run("return document.body.dataset.loaded").await,
        "once"
    );
    assert_eq!(browser.complaints().await, [""; 0]);
    worker.finish().await;
}
