//! Changes of lines: seen before they are made, and what they do to what was invoiced.

use serde_json::json;

use super::terms::{agreed, changed, posted};
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(TestApp::start =>
    a_change_is_seen_before_it_is_made,
    a_late_change_is_caught_up_once,
);

async fn a_change_is_seen_before_it_is_made(app: TestApp) {
    let made = agreed(&app, |_| {}).await;
    let line = made["lines"][0]["id"].as_str().unwrap();
    for month in [9, 10, 11] {
        posted(&app, line, month).await;
    }
    let path = format!("/api/v1/contract-lines/{line}/changes");
    let preview = format!("{path}/preview");
    // Before the last posted period: allowed, and the difference comes with the next invoice.
    let early = json!({ "effective_on": "2026-10-15", "quantity": "20" });
    let (status, seen) = app.post(&preview, &early).await;
    assert_eq!(status, 200, "{seen}");
    assert_eq!(seen["before"]["monthly_minor"], 39_600);
    assert_eq!(seen["after"]["monthly_minor"], 44_000);
    assert_eq!(seen["invoice_starts_on"], "2026-12-01");
    assert_eq!(seen["invoice_before_minor"], 39_600);
    // 2 more from December, and 2 × 22.00 × 17/31 of October and 44.00 of November.
    assert_eq!(seen["invoice_after_minor"], 44_000 + 2_413 + 4_400);
    let note = seen["notes"][0].as_str().unwrap();
    assert!(
        note.contains("the next invoice has a catch-up of GBP 68.13"),
        "{note}"
    );
    let fewer = json!({ "effective_on": "2026-11-11", "quantity": "15" });
    let (_, seen) = app.post(&preview, &fewer).await;
    // −3 × 22.00 × 20/30.
    assert_eq!(seen["invoice_after_minor"], 33_000 - 4_400);
    let note = seen["notes"][0].as_str().unwrap();
    assert!(note.contains("the next invoice gives GBP 44.00"), "{note}");
    let (_, now) = app.get("/api/v1/contracts/K007").await;
    assert_eq!(now["lines"][0]["events"], json!([]), "nothing was kept");

    // A person sees the same without script, and makes the change from there.
    let page = format!("/contracts/{}/lines/{line}", made["id"].as_str().unwrap());
    let typed = [
        ("kind", "quantity"),
        ("effective_on", "2027-02-01"),
        ("quantity", "25"),
    ];
    let (status, html) = app.submit(&format!("{page}/changes/preview"), &typed).await;
    assert_eq!(status, 200, "{html}");
    assert!(
        html.contains("550.00") && html.contains("Make the change"),
        "{html}"
    );
    let (status, said) = app.submit(&format!("{page}/changes"), &typed).await;
    assert!(status < 400, "{said}");
    let again = json!({ "effective_on": "2027-02-01", "quantity": "30" });
    let (status, refused) = app.post(&path, &again).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (409, &json!("overlaps"))
    );
    let said = refused["error"]["message"].as_str().unwrap();
    assert!(
        said.contains("already changes to 25 on 2027-02-01"),
        "{said}"
    );
    let (status, _) = app.submit(&format!("{page}/changes/preview"), &typed).await;
    assert_eq!(status, 409, "the form says so too");
    let between = json!({ "effective_on": "2027-01-01", "quantity": "22" });
    let (_, seen) = app.post(&preview, &between).await;
    let note = seen["notes"][0].as_str().unwrap();
    assert!(
        note.contains("the change to 25 that was made before takes over"),
        "{note}"
    );
}

/// What the preview promised stands on the next draft, and on none after it.
async fn a_late_change_is_caught_up_once(app: TestApp) {
    let made = agreed(&app, |_| {}).await;
    let line = made["lines"][0]["id"].as_str().unwrap();
    let generate = async |as_of: &str| {
        let (status, made) = app
            .post("/api/v1/generated-invoices", &json!({ "as_of": as_of }))
            .await;
        assert_eq!(status, 201, "{made}");
        let ids = made["ids"].as_array().unwrap().clone();
        let mut nets = Vec::new();
        for id in &ids {
            let path = format!("/api/v1/generated-invoices/{}", id.as_str().unwrap());
            let (_, draft) = app.get(&path).await;
            nets.push(draft["net_minor"].as_i64().unwrap());
        }
        nets
    };
    assert_eq!(
        generate("2026-11-01").await,
        [3 * 39_600],
        "September to November"
    );
    changed(
        &app,
        line,
        json!({ "effective_on": "2026-10-15", "quantity": "20" }),
    )
    .await;
    let none: [i64; 0] = [];
    assert_eq!(
        generate("2026-11-20").await,
        none,
        "it waits for the next invoice"
    );
    // 2 × 22.00 × 17/31 of October, 44.00 of November, then December with 20.
    assert_eq!(generate("2026-12-01").await, [2_413 + 4_400 + 44_000]);
    changed(
        &app,
        line,
        json!({ "effective_on": "2027-01-16", "quantity": "17" }),
    )
    .await;
    assert_eq!(
        generate("2027-01-01").await,
        [44_000],
        "once, and January as it begins"
    );
    // −3 × 22.00 × 16/31.
    assert_eq!(generate("2027-02-01").await, [-3_406 + 37_400]);
    assert_eq!(generate("2027-03-01").await, [37_400]);
}
