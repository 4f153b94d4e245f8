//! Contracts: the list, one contract, making one in three steps, and changing a line from a day.

mod amend;
mod create;
mod detail;
mod edit;
mod end;
mod forms;
mod line;
mod lines;
mod list;
mod renew;
mod rules;
mod typed_line;
mod uplift;
mod uplifts;

use std::fmt::Write as _;

use axum::routing::{get, post};

pub use forms::{Wrong, cycle_field, given, timing_field};
pub use typed_line::TypedLine;

use super::{Line, Standing, view::ContractSummary};
use crate::{
    db::{ContractId, ContractLineId},
    fault::Fault,
    http::Routes,
    ui::{Badge, Tone},
};
use billing::quantity::QuantitySource;

pub fn routes() -> Routes {
    Routes::new()
        .route("/contracts", get(list::list))
        .route("/contracts.csv", get(list::csv))
        .route("/contracts/create", get(create::new).post(create::create))
        .route(
            "/contracts/uplifts",
            get(uplifts::list).post(uplifts::decide),
        )
        .route("/contracts/uplifts.csv", get(uplifts::csv))
        .route("/quantity-rules", get(rules::list))
        .route("/quantity-rules.csv", get(rules::csv))
        .route("/contracts/{id}", get(detail::detail))
        .route(
            "/contracts/{id}/basics",
            get(create::basics).post(create::change_basics),
        )
        .route("/contracts/{id}/lines", get(lines::lines).post(lines::add))
        .route("/contracts/{id}/review", get(create::review))
        .route("/contracts/{id}/activate", post(create::activate))
        .route("/contracts/{id}/edit", get(edit::edit).post(edit::change))
        .route("/contracts/{id}/end", get(end::show).post(end::end))
        .route("/contracts/{id}/renew", get(renew::show).post(renew::renew))
        .route(
            "/contracts/{id}/uplift",
            get(uplift::show).post(uplift::set),
        )
        .merge(line_routes())
}

fn line_routes() -> Routes {
    Routes::new()
        .route("/contracts/{id}/lines/{line}", get(line::line_page))
        .route("/contracts/{id}/lines/{line}/remove", post(lines::remove))
        .route(
            "/contracts/{id}/lines/{line}/changes",
            post(line::change_line),
        )
        .route(
            "/contracts/{id}/lines/{line}/changes/preview",
            post(amend::preview),
        )
        .route(
            "/contracts/{id}/lines/{line}/changes/{event}/undo",
            post(line::undo),
        )
        .route("/contracts/{id}/lines/{line}/waive", post(line::waive))
}

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

pub fn cycle_words(word: &str) -> &'static str {
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

pub fn timing_words(word: &str) -> &'static str {
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
