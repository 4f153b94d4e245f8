//! Drafts that are made by themselves, some days ahead.

use super::{super::ahead::every_morning, agreed_world};
use crate::testing::{TestApp, on_both_engines};

on_both_engines!(agreed_world => drafts_are_made_ahead_where_it_is_asked_for);

async fn morning(app: &TestApp) -> usize {
    let mut tx = app.app.db.write_global().await.unwrap();
    every_morning(&app.app, &mut tx).await.unwrap();
    tx.commit().await.unwrap();
    app.run_jobs().await;
    let (_, drafts) = app.get("/api/v1/generated-invoices?limit=200").await;
    drafts["items"].as_array().unwrap().len()
}

async fn drafts_are_made_ahead_where_it_is_asked_for(app: TestApp) {
    assert_eq!(morning(&app).await, 0, "nobody has asked for it");
    let (_, organization) = app.get("/api/v1/organization").await;
    let version = organization["version"].to_string();
    let asked = |days| [("version", version.as_str()), ("drafts_ahead_days", days)];
    let place = "/settings/organization/invoicing";
    assert_eq!(app.submit(place, &asked("many")).await.0, 422);
    assert_eq!(app.submit(place, &asked("20")).await.0, 303);
    let made = morning(&app).await;
    assert!(made > 40, "{made} drafts");
    assert_eq!(
        morning(&app).await,
        made,
        "the same again makes nothing twice"
    );
}
