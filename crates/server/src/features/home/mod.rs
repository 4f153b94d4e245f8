//! What everyone sees first: the frame around every page, and Home, which says what needs a
//! person and what it is worth. Decides nothing and changes nothing; it leads to where one does.

pub mod api;
mod attention;
mod figures;
mod next;
pub mod pages;
mod setup;
mod store;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;

use crate::{
    db::{At, OrgId, Tx},
    fault::Fault,
};

pub use crate::http::Frame;
pub use figures::{Amount, Attention, Home, Mrr, MrrMonth, Pile, home};
pub use next::{Next, What};
pub use setup::{Setup, Step};
pub use store::{SourceRow, Waiting};

/// What the frame of a page tells beside the page itself.
pub struct Standing {
    pub sources: Vec<SourceRow>,
    pub waiting: Waiting,
}

pub async fn standing(tx: &mut Tx, org: OrgId) -> Result<Standing, Fault> {
    Ok(Standing {
        sources: store::sources(tx, org).await?,
        waiting: store::waiting(tx, org).await?,
    })
}

/// Data older than this is called stale: the distributor and the ledger are read hourly.
const STALE_AFTER: TimeDelta = TimeDelta::hours(3);

/// Counts are taken nightly.
const COUNTS_STALE_AFTER: TimeDelta = TimeDelta::hours(27);

/// Since when what is shown is surely complete: the oldest last sync of what is read hourly.
pub fn data_from(sources: &[SourceRow]) -> Option<At> {
    let hourly = || sources.iter().filter(|source| source.is_hourly());
    hourly()
        .filter_map(|source| source.last_synced_at)
        .min()
        .or_else(|| {
            sources
                .iter()
                .filter_map(|source| source.last_synced_at)
                .min()
        })
}

pub fn is_stale(at: At, now: At) -> bool {
    now.0 - at.0 > STALE_AFTER
}

impl SourceRow {
    /// The distributor and the ledger are.
    pub fn is_hourly(&self) -> bool {
        self.vendor != "ninjaone"
    }

    /// Broken, never read, or not read when it should have been.
    pub fn is_behind(&self, now: At) -> bool {
        let patience = if self.is_hourly() {
            STALE_AFTER
        } else {
            COUNTS_STALE_AFTER
        };
        self.problem.is_some() || self.last_synced_at.is_none_or(|at| now.0 - at.0 > patience)
    }
}

/// The connected sources, by name.
pub async fn sources(tx: &mut Tx, org: OrgId) -> Result<Vec<SourceRow>, Fault> {
    Ok(store::sources(tx, org).await?)
}
