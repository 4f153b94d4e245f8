//! The ledger's invoices, looked at.

use crate::testing::{TestApp, on_both_engines};

on_both_engines!(TestApp::start => an_empty_organization_is_told_what_to_do);

async fn an_empty_organization_is_told_what_to_do(app: TestApp) {
    for path in [
        "/invoices",
        "/invoices?status=overdue&q=a",
        "/invoices?status=paid_this_month",
        "/missed-billing",
        "/missed-billing?tab=ready&kind=quantity_gap&q=a",
        "/missed-billing/apply",
        "/generated-invoices",
        "/generated-invoices?status=sent&q=a",
        "/generated-invoices/generate?preview=1",
        "/generated-invoices/post",
        "/vendor-bills",
        "/vendor-bills?state=void&q=a",
    ] {
        let (status, page) = app.page(path).await;
        assert_eq!(status, 200, "{path}");
        assert!(page.contains("class=\"empty\""), "{path} says nothing");
    }
    for path in [
        "/invoices/x",
        "/missed-billing/x",
        "/generated-invoices/x",
        "/invoices?status=x",
        "/vendor-bills/x",
        "/vendor-bills?state=x",
    ] {
        let (status, _) = app.page(path).await;
        assert!([404, 422].contains(&status), "{path}");
    }
    for path in ["/invoices", "/missed-billing", "/generated-invoices"] {
        let (status, csv) = app.page(&format!("{path}/export.csv")).await;
        assert_eq!((status, csv.lines().count()), (200, 1), "{path}");
    }
    let (status, sums) = app.get("/api/v1/invoices/sums").await;
    assert_eq!(
        (status, sums["outstanding"].as_array().map(Vec::len)),
        (200, Some(0))
    );
}
