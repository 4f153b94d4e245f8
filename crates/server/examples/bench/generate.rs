//! Drafts of everything that can be invoiced, a few clients at a time as a run makes them: planned,
//! explained and written, then taken back, so that the next run does the same again.

use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use billingone::features::{
    clients::Span,
    generated_invoices::{Scope, generate, runs::AT_ONCE, store},
};
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
    let started = Instant::now();
    let mut tx = place.app.db.write(place.org).await?;
    let (mut drafts, mut last) = (0_u32, Span::ALL.from);
    loop {
        let clients = store::clients_after(&mut tx, place.org, last, AT_ONCE).await?;
        let (Some(from), Some(to)) = (clients.first(), clients.last()) else {
            break;
        };
        let scope = Scope {
            clients: Span {
                from: *from,
                to: *to,
            },
            contract: None,
            as_of: next_month,
            today,
        };
        let made = generate::generate(&place.app, &mut tx, place.org, None, &scope).await?;
        ensure!(made.problems.is_empty(), "{:?}", made.problems);
        drafts = drafts.saturating_add(u32::try_from(made.ids.len())?);
        last = *to;
    }
    let took = started.elapsed();
    drop(tx);
    ensure!(drafts > 0, "no drafts");
    place.app.db.close().await;
    let whole = took.as_secs_f64();
    Ok(said(
        took / drafts,
        json!({ "drafts": drafts, "whole_seconds": whole, "peak_bytes": peak_bytes()? }),
    ))
}
