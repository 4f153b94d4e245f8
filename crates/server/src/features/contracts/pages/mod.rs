//! Contracts: the list, one contract, making one in three steps, and changing a line from a day.

mod create;
mod detail;
mod edit;
mod forms;
mod line;
mod lines;
mod list;

use std::fmt::Write as _;

pub use create::{activate, basics, change_basics, create, new, review};
pub use detail::detail;
pub use edit::{change, edit, end};
pub use line::{change_line, line_page, undo, waive};
pub use lines::{add, lines, remove};
pub use list::{csv, list};

use super::{Line, Standing, view::ContractSummary};
use crate::{
    db::{ContractId, ContractLineId},
    fault::Fault,
    ui::{Badge, Tone},
};
use billing::quantity::QuantitySource;

/// A contract's standing as a badge.
pub fn standing_badge(standing: Standing) -> Badge {
    let tone = match standing {
        Standing::Active => Tone::Good,
        Standing::Upcoming | Standing::Draft => Tone::Info,
        Standing::PendingRenewal | Standing::Ending => Tone::Risk,
        Standing::Expired => Tone::Neutral,
    };
    Badge::new(standing.title(), tone)
}

fn contract_id(text: &str) -> Result<ContractId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this contract"))
}

fn line_id(text: &str) -> Result<ContractLineId, Fault> {
    text.parse()
        .map_err(|_| Fault::NotFound("this contract line"))
}

/// Where a line's quantity comes from, in words.
pub fn rule_words(line: &Line) -> String {
    let stored = &line.terms.rule;
    let mut words = match &stored.rule.source {
        QuantitySource::Fixed { .. } => "Fixed".to_owned(),
        QuantitySource::Subscription => match line.follows.len() {
            1 => "Follows 1 subscription".to_owned(),
            many => format!("Follows {many} subscriptions"),
        },
        QuantitySource::Meter { .. } => {
            format!("Counts {}", stored.meter.as_deref().unwrap_or("a meter"))
        }
    };
    let excluded: billing::Micro = stored.rule.exclusions.iter().map(|e| e.quantity).sum();
    if !excluded.is_zero() {
        let _ = write!(words, ", less {excluded} excluded");
    }
    if !stored.rule.included.is_zero() {
        let _ = write!(words, ", {} included", stored.rule.included);
    }
    if let Some(minimum) = stored.rule.minimum {
        let _ = write!(words, ", at least {minimum}");
    }
    words
}

fn cycle_words(word: &str) -> &'static str {
    match word {
        "weekly" => "Weekly",
        "monthly" => "Monthly",
        "quarterly" => "Quarterly",
        "half_yearly" => "Half-yearly",
        "annual" => "Annual",
        "two_yearly" => "Every two years",
        "three_yearly" => "Every three years",
        _ => "Once",
    }
}

fn timing_words(word: &str) -> &'static str {
    if word == "arrears" {
        "in arrears"
    } else {
        "in advance"
    }
}

/// How many a list found.
fn mrr_known(row: &ContractSummary) -> bool {
    row.mrr_minor.is_some()
}
