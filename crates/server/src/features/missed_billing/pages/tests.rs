//! The main job as a person does it in the browser, form by form.

use crate::{
    db::Engine,
    testing::{PASSWORD, TestApp, on_both_engines},
};

on_both_engines!(agreed_world =>
    a_finding_is_applied_and_taken_back,
    a_finding_is_snoozed_ignored_and_reviewed,
    ticked_findings_are_applied_together,
    a_draft_goes_from_preview_to_posted,
    every_page_renders,
);

async fn agreed_world(engine: Engine) -> TestApp {
    let app = TestApp::with_sandbox(engine, sandbox::Options::new("")).await;
    app.sync_vendors().await;
    app.load_setup().await;
    app.post("/api/v1/reconcile", &serde_json::json!({})).await;
    app.run_jobs().await;
    app
}

/// What stands between two marks of a page.
fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let (_, rest) = page
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before:?} in {page}"));
    rest.split_once(after)
        .unwrap_or_else(|| panic!("no {after:?} after {before:?}"))
        .0
}

/// Addresses of the list's rows.
fn rows(page: &str) -> Vec<String> {
    let parts = page.split("class=\"row-link clamp\" href=\"").skip(1);
    parts
        .map(|part| part.split_once('"').unwrap().0.to_owned())
        .collect()
}

async fn page(app: &TestApp, path: &str) -> String {
    let (status, page) = app.page(path).await;
    assert_eq!(status, 200, "{path}: {page}");
    page
}

fn version(page: &str) -> String {
    between(page, "name=\"version\" value=\"", "\"").to_owned()
}

async fn first_ready(app: &TestApp) -> String {
    let list = page(app, "/missed-billing?tab=ready&kind=quantity_gap").await;
    rows(&list).remove(0)
}

async fn a_finding_is_applied_and_taken_back(app: TestApp) {
    let place = first_ready(&app).await;
    let finding = page(&app, &place).await;
    for part in [
        "Proposed change",
        "Bill back",
        "Why this amount?",
        "Bought",
        "Contracted",
    ] {
        assert!(finding.contains(part), "{part} is missing");
    }
    let version = version(&finding);
    let (status, again) = app
        .submit(&format!("{place}/apply"), &[("version", &version)])
        .await;
    assert_eq!(status, 422);
    assert!(
        again.contains("aria-invalid"),
        "it says what is wrong where it is"
    );
    let form = [("version", version.as_str()), ("when", "next_period")];
    let (status, _) = app.submit(&format!("{place}/apply"), &form).await;
    assert_eq!(status, 303);
    let (status, stale) = app.submit(&format!("{place}/apply"), &form).await;
    assert_eq!(status, 409, "{stale}");
    let applied = page(&app, &place).await;
    assert!(applied.contains("Applied"));
    let undo = between(&applied, "/undo?version=", "\"").to_owned();
    let (status, _) = app
        .submit(&format!("{place}/undo?version={undo}"), &[])
        .await;
    assert_eq!(status, 303);
    assert!(page(&app, &place).await.contains("Proposed change"));
}

async fn a_finding_is_snoozed_ignored_and_reviewed(app: TestApp) {
    let place = first_ready(&app).await;
    let seen = version(&page(&app, &place).await);
    let (status, refused) = app
        .submit(
            &format!("{place}/snooze"),
            &[("version", &seen), ("until", "2001-01-01")],
        )
        .await;
    assert_eq!(status, 422);
    assert!(
        refused.contains("<dialog id=\"snooze\" open"),
        "the question stays open"
    );
    let (status, _) = app
        .submit(
            &format!("{place}/snooze"),
            &[("version", &seen), ("until", "2026-12-20")],
        )
        .await;
    assert_eq!(status, 303);
    assert_eq!(
        rows(&page(&app, "/missed-billing?tab=snoozed").await),
        std::slice::from_ref(&place)
    );
    let seen = version(&page(&app, &place).await);
    let reason = "Agreed by telephone";
    let (status, _) = app
        .submit(
            &format!("{place}/ignore"),
            &[("version", &seen), ("reason", reason)],
        )
        .await;
    assert_eq!(status, 303);
    let ignored = page(&app, &place).await;
    assert!(ignored.contains(reason));
    let seen = version(&ignored);
    let (status, _) = app
        .submit(&format!("{place}/review"), &[("version", &seen)])
        .await;
    assert_eq!(status, 303);
    assert_eq!(
        rows(&page(&app, "/missed-billing?tab=reviewed").await),
        [place]
    );
}

async fn ticked_findings_are_applied_together(app: TestApp) {
    let list = page(&app, "/missed-billing?tab=ready").await;
    let picks: Vec<&str> = list
        .split("name=\"pick\" value=\"")
        .skip(1)
        .take(3)
        .map(|part| part.split_once('"').unwrap().0)
        .collect();
    let query: Vec<String> = picks.iter().map(|pick| format!("pick={pick}")).collect();
    let summary = page(&app, &format!("/missed-billing/apply?{}", query.join("&"))).await;
    assert!(summary.contains("Apply 3 findings"));
    let mut form: Vec<(&str, &str)> = picks.iter().map(|pick| ("pick", *pick)).collect();
    form.push(("when", "next_period"));
    let (status, answer) = app.submit("/missed-billing/apply", &form).await;
    assert_eq!(status, 303, "{answer}");
    assert_eq!(
        rows(&page(&app, "/missed-billing?tab=applied").await).len(),
        3
    );
}

async fn a_draft_goes_from_preview_to_posted(app: TestApp) {
    let preview = page(
        &app,
        "/generated-invoices/generate?preview=1&as_of=2026-12-01",
    )
    .await;
    assert!(
        preview.contains("ready to apply to these clients"),
        "findings come first"
    );
    assert!(preview.contains("Make "));
    let (status, _) = app
        .submit(
            "/generated-invoices/generate",
            &[("client", ""), ("as_of", "2026-12-01")],
        )
        .await;
    assert_eq!(status, 303);
    let place = clean_draft(&app).await;
    let draft = page(&app, &place).await;
    assert!(draft.contains("Why this amount?"));
    let seen = version(&draft);
    let (status, _) = app
        .submit(&format!("{place}/approve"), &[("version", &seen)])
        .await;
    assert_eq!(status, 303);
    let (status, _) = app
        .submit(&format!("{place}/approve"), &[("version", &seen)])
        .await;
    assert_eq!(status, 303, "a second press is no news and changes nothing");
    let confirm = page(&app, "/generated-invoices/post").await;
    assert!(confirm.contains("Post 1 invoice"));
    let pick = between(&confirm, "name=\"pick\" value=\"", "\"");
    let wrong = [("pick", pick), ("factor", "not the password")];
    let (status, refused) = app.submit("/generated-invoices/post", &wrong).await;
    assert_eq!(status, 422);
    assert!(refused.contains("this is not your password"));
    let right = [("pick", pick), ("factor", PASSWORD)];
    let (status, _) = app.submit("/generated-invoices/post", &right).await;
    assert_eq!(status, 303);
    app.run_jobs().await;
    let posted = page(&app, &place).await;
    assert!(
        posted.contains("Posted") && posted.contains("B1-00001"),
        "{posted}"
    );
    assert!(
        page(&app, "/generated-invoices?status=sent")
            .await
            .contains("B1-00001")
    );
}

/// The first draft that can be approved as it is.
async fn clean_draft(app: &TestApp) -> String {
    for place in rows(&page(app, "/generated-invoices").await) {
        let draft = page(app, &place).await;
        if draft.contains("Approve</button>") && !draft.contains("name=\"release\"") {
            return place;
        }
    }
    panic!("every draft is stopped or held");
}

async fn every_page_renders(app: TestApp) {
    for list in [
        "/missed-billing?tab=all",
        "/invoices",
        "/invoices?status=overdue",
    ] {
        for place in rows(&page(&app, list).await) {
            page(&app, &place).await;
        }
    }
    let cards = page(&app, "/invoices?status=paid_this_month").await;
    assert!(cards.contains("Paid this month") && cards.contains("aria-current=\"true\""));
}
