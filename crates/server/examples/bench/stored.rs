//! From stored state to findings: load, pure pass, record.

use std::time::Instant;

use anyhow::{Result, ensure};
use billingone::features::reconciliation;
use serde_json::{Value, json};

use crate::{
    place::{self, peak_bytes},
    rows, said,
};

pub async fn fill(url: &str, size: u32) -> Result<Value> {
    let place = place::make(url).await?;
    rows::fill(&place, size).await?;
    place::take_statistics(url).await?;
    let summary = reconciliation::run(&place.app, place.org).await?;
    place.app.db.close().await;
    Ok(json!({ "found": summary.found }))
}

/// As the job of a server that has run for a while.
pub async fn reconcile(url: &str, first: bool) -> Result<Value> {
    let place = place::open(url).await?;
    for _ in 0..place::WARM_UP {
        reconciliation::run(&place.app, place.org).await?;
    }
    if first {
        for statement in [
            "delete from finding_event where org_id = $1",
            "delete from finding where org_id = $1",
            "delete from reconciliation_row where org_id = $1",
        ] {
            place.run(statement).await?;
        }
    }
    let started = Instant::now();
    let summary = reconciliation::run(&place.app, place.org).await?;
    let took = started.elapsed();
    ensure!(summary.found > 0, "nothing was found: {summary:?}");
    ensure!(
        first || summary.changed + summary.healed == 0,
        "something had changed: {summary:?}"
    );
    place.app.db.close().await;
    Ok(said(
        took,
        json!({ "found": summary.found, "peak_bytes": peak_bytes()? }),
    ))
}
