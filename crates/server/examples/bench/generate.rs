//! Drafts of everything that can be invoiced: planned, explained and written, then taken back, so
//! that the next run does the same again.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use billingone::features::generated_invoices::{Scope, generate};
use chrono::Months;
use serde_json::{Value, json};

use crate::{
    place::{self, peak_bytes},
    rows, said,
};

/// So many clients with a contract of ten lines each, sixty to a size.
pub async fn fill(url: &str, size: u32) -> Result<Value> {
    let place = place::make(url).await?;
    rows::fill(&place, size).await?;
    place::take_statistics(url).await?;
    place.app.db.close().await;
    Ok(json!({ "size": size }))
}

/// What one contract costs, in seconds.
pub async fn measure(url: &str) -> Result<Value> {
    let place = place::open(url).await?;
    let today = place.app.now().0.date_naive();
    let next_month = today
        .checked_add_months(Months::new(1))
        .context("the calendar ends")?;
    let scope = Scope {
        client: None,
        contract: None,
        as_of: next_month,
        today,
    };
    let started = Instant::now();
    let mut tx = place.app.db.write(place.org).await?;
    let made = generate::generate(&place.app, &mut tx, place.org, None, &scope).await?;
    let took = started.elapsed();
    drop(tx);
    let drafts = u32::try_from(made.ids.len())?;
    ensure!(
        drafts > 0 && made.problems.is_empty(),
        "{drafts} drafts, {:?}",
        made.problems
    );
    place.app.db.close().await;
    let whole = took.as_secs_f64();
    Ok(said(
        took / drafts,
        json!({ "drafts": drafts, "whole_seconds": whole, "peak_bytes": peak_bytes()? }),
    ))
}
