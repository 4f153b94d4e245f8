//! Jobs whose worker is gone.

use chrono::TimeDelta;

use super::{
    requeue_orphans,
    store::{self, NewJob},
};
use crate::{
    db::{At, JobId, sql},
    testing::{TestApp, on_both_engines},
};

on_both_engines!(TestApp::start =>
    a_key_s_orphans_come_back_as_one,
    an_orphan_gives_way_to_the_job_that_waits,
    who_still_has_a_lease_is_left_alone,
);

/// One more job of the only key; how a state is written into it, so is its lease.
async fn job(app: &TestApp, state: &str, lease_until: Option<At>) -> JobId {
    let now = app.app.clock.wall_now();
    let id = app.app.new_id();
    let mut tx = app.app.db.write_global().await.unwrap();
    let new = NewJob {
        id,
        kind: "reconcile",
        org: None,
        payload: "{}".to_owned(),
        dedup_key: Some("the key".to_owned()),
        lane: None,
        run_at: now,
        created_at: now,
    };
    store::insert(&mut tx, new).await.unwrap();
    sql("update job set state = $2, lease_until = $3 where id = $1")
        .bind(id)
        .bind(state)
        .bind(lease_until)
        .run_one(&mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// What the next look for orphans makes of them.
async fn states(app: &TestApp, everything: bool) -> Vec<String> {
    let mut tx = app.app.db.write_global().await.unwrap();
    let now = At(app.app.clock.wall_now());
    requeue_orphans(&mut tx, now, everything).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = app.app.db.read_global().await.unwrap();
    sql("select state from job where dedup_key = 'the key' order by state")
        .values(&mut tx)
        .await
        .unwrap()
}

/// So many minutes from now.
fn minutes(app: &TestApp, minutes: i64) -> At {
    At(app.app.clock.wall_now() + TimeDelta::minutes(minutes))
}

async fn a_key_s_orphans_come_back_as_one(app: TestApp) {
    job(&app, "running", Some(minutes(&app, -1))).await;
    job(&app, "running", Some(minutes(&app, -1))).await;
    assert_eq!(states(&app, false).await, ["done", "queued"]);
}

async fn an_orphan_gives_way_to_the_job_that_waits(app: TestApp) {
    job(&app, "running", Some(minutes(&app, -1))).await;
    job(&app, "queued", None).await;
    assert_eq!(states(&app, false).await, ["done", "queued"]);
}

async fn who_still_has_a_lease_is_left_alone(app: TestApp) {
    job(&app, "running", Some(minutes(&app, 1))).await;
    assert_eq!(states(&app, false).await, ["running"]);
    // Whoever is alone knows that nobody holds anything.
    assert_eq!(states(&app, true).await, ["queued"]);
}
