//! Asked to stop in the middle of something, a process ends within seconds and leaves everything
//! ready for the next.

use std::time::{Duration, Instant};

use sandbox::faults::{Fault, FaultKind, Vendor};
use serde_json::json;

use crate::{
    client::Owner,
    database::postgres_is_missing,
    db::{Engine, sql},
    house::House,
};

/// Longer than anybody would wait who asked a process to stop.
const SLOW_MS: u64 = 60_000;

async fn a_sync_is_put_back_and_goes_on(engine: Engine) {
    let house = House::build(engine).await;
    let owner = Owner::sign_in(&house).await;
    let slow = Fault {
        ms: SLOW_MS,
        times: 1,
        after: 1,
        ..Fault::once(Vendor::Pax8, "/subscriptions", FaultKind::Slow)
    };
    house.sandbox.control.faults().push(slow);
    let known = house.sandbox.control.credentials();
    let body = json!({
        "vendor": "pax8",
        "client_id": known.pax8_client_id,
        "client_secret": known.pax8_client_secret,
    });
    owner.post("/api/v1/connections", "pax8", &body).await;
    owner
        .until("the sync waits for a slow answer", async || {
            house.sandbox.control.faults().waiting().is_empty()
        })
        .await;
    let worker = match engine {
        Engine::Sqlite => "serve",
        Engine::Postgres => "worker",
    };
    let begun = Instant::now();
    let status = house.stop(worker);
    assert!(status.success(), "{status}");
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );

    let database = house.database().await;
    let mut tx = database.read_global().await.unwrap();
    let jobs: Vec<(String, String, i64)> =
        sql("select kind, state, attempts from job where state <> 'done' order by kind")
            .all(&mut tx)
            .await
            .unwrap();
    drop(tx);
    // Nothing is leased, and the attempt that was cut short does not count.
    assert_eq!(jobs, [("sync".to_owned(), "queued".to_owned(), 0)]);
    owner
        .until("the sync is done", async || {
            let runs = owner.get("/api/v1/sync-runs").await;
            runs["items"][0]["state"] == "done"
        })
        .await;
    house.stop_all();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_not_but_stop_in_a_sync_on_sqlite() {
    a_sync_is_put_back_and_goes_on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_not_but_stop_in_a_sync_on_postgres() {
    if !postgres_is_missing() {
        a_sync_is_put_back_and_goes_on(Engine::Postgres).await;
    }
}
