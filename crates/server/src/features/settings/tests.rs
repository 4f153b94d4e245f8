//! Settings that are about the product itself.

use crate::testing::{TestApp, on_both_engines};

on_both_engines!(TestApp::start => jobs_can_be_looked_at_before_there_are_any);

async fn jobs_can_be_looked_at_before_there_are_any(app: TestApp) {
    let (status, page) = app.page("/settings/jobs").await;
    assert_eq!(status, 200);
    assert!(page.contains("No jobs here"), "{page}");
    let (status, _) = app.submit("/settings/jobs/job_zz/retry", &[]).await;
    assert_eq!(status, 404);
}
