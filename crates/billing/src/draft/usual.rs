//! Drafts with nothing unusual, which may be approved together: nothing stops or holds them, what
//! they were made from is fresh, no finding is ready to apply, and every difference from the last
//! invoice is planned or small.

use serde::{Deserialize, Serialize};

use super::approval::differs_by_more;
use super::{Above, Difference, Hold, Stop};
use crate::micro::Micro;
use crate::money::Money;

/// A line may move this far without an event behind it.
pub const SMALL: Micro = Micro(50_000);

/// What is looked at besides the draft itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings<'a> {
    pub stops: &'a [Stop],
    pub holds: &'a [Hold],
    pub differences: &'a [Difference],
    /// The last invoice before tax; none for the first.
    pub last: Option<Money>,
    /// A source that is broken or old, by name.
    pub stale_source: Option<&'a str>,
    /// Findings of the client that could be applied now.
    pub ready_findings: u64,
    pub above: &'a [Above],
}

/// Why a draft is usual: the reasons a person is shown before they agree to many at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usual {
    /// Differences with an event or a planned step behind them.
    pub planned: usize,
    /// Differences without one, none larger than [`SMALL`].
    pub small: usize,
}

/// Why a draft wants to be looked at alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "unusual", rename_all = "snake_case", deny_unknown_fields)]
pub enum Unusual {
    Stopped,
    Held,
    FirstInvoice,
    StaleSource {
        name: String,
    },
    ReadyFindings {
        count: u64,
    },
    NeedsSecondPerson,
    /// Differences that nothing explains and that are not small.
    Unexplained {
        count: usize,
    },
}

/// Looks at a draft: usual, or every reason why not.
pub fn look(around: &Surroundings<'_>) -> Result<Usual, Vec<Unusual>> {
    let mut found = Vec::new();
    if !around.stops.is_empty() {
        found.push(Unusual::Stopped);
    }
    if !around.holds.is_empty() {
        found.push(Unusual::Held);
    }
    if around.last.is_none() {
        found.push(Unusual::FirstInvoice);
    }
    if let Some(name) = around.stale_source {
        let name = name.to_owned();
        found.push(Unusual::StaleSource { name });
    }
    if around.ready_findings > 0 {
        let count = around.ready_findings;
        found.push(Unusual::ReadyFindings { count });
    }
    if !around.above.is_empty() {
        found.push(Unusual::NeedsSecondPerson);
    }
    let (planned, rest): (Vec<_>, Vec<_>) = around
        .differences
        .iter()
        .partition(|difference| difference.reason.is_planned());
    let large = rest
        .iter()
        .filter(|difference| !is_small(difference))
        .count();
    if large > 0 {
        found.push(Unusual::Unexplained { count: large });
    }
    if found.is_empty() {
        Ok(Usual {
            planned: planned.len(),
            small: rest.len(),
        })
    } else {
        Err(found)
    }
}

fn is_small(difference: &Difference) -> bool {
    match (difference.before, difference.now) {
        (Some(before), Some(now)) => !differs_by_more(now.net, before.net, SMALL),
        _ => false,
    }
}
