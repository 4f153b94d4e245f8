//! The next twelve invoices of a contract as people and programs read them: totals, and what
//! causes each change.

use billing::timeline::{Cause, CauseKind};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Contract, Line, Standing, Word,
    change::UPLIFT,
    line::line_id,
    lines_of_contract,
    preview::{self, Coming},
};
use crate::{
    db::{ContractId, ContractLineId, Day, Exact, OrgId, Tx},
    fault::Fault,
    ui::format,
};

const INVOICES: usize = 12;

/// The next twelve invoices of a contract, if nothing changes; without tax.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContractTimeline {
    pub contract: ContractId,
    pub currency: String,
    /// Empty where the contract is over.
    pub invoices: Vec<TimelineInvoice>,
}

/// One coming invoice.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineInvoice {
    pub starts_on: Day,
    pub ends_on: Day,
    /// Null while it cannot be worked out: see `problem`.
    pub net_minor: Option<i64>,
    pub problem: Option<String>,
    /// What makes it differ from the invoice before; the amounts add up to the difference.
    pub changes: Vec<TimelineChange>,
}

/// One cause of a change.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelineChange {
    /// quantity | price | uplift | line_begins | line_ends | trial_ends | in_its_period |
    /// out_of_its_period | part_period | periods | discount | catch_up | late_price |
    /// correction | minimum_spend | one_off
    pub kind: String,
    pub line: ContractLineId,
    pub line_reference: String,
    /// Units of a quantity, a unit price of a price or uplift, days of a part period, a number of
    /// periods; of everything else an amount.
    pub before: Exact,
    pub after: Exact,
    pub amount_minor: i64,
    /// The day it happened, where there is one.
    pub on: Option<Day>,
    pub sentence: String,
}

/// Works the timeline out as of `today`.
pub async fn timeline(
    tx: &mut Tx,
    org: OrgId,
    contract: &Contract,
    today: Day,
) -> Result<ContractTimeline, Fault> {
    let lines = lines_of_contract(tx, org, contract.id).await?;
    let coming = match contract.terms.standing(today) {
        Standing::Expired => Vec::new(),
        _ => preview::coming(tx, org, contract, &lines, today.0, INVOICES).await?,
    };
    Ok(ContractTimeline {
        contract: contract.id,
        currency: contract.terms.currency.clone(),
        invoices: coming.iter().map(|one| invoice(one, &lines)).collect(),
    })
}

fn invoice(coming: &Coming, lines: &[Line]) -> TimelineInvoice {
    let changes = coming.causes.iter().filter_map(|cause| {
        let id = line_id(cause.line);
        let line = lines.iter().find(|line| line.id == id)?;
        Some(change(cause, line))
    });
    TimelineInvoice {
        starts_on: Day(coming.window.start()),
        ends_on: Day(coming.window.end()),
        net_minor: coming.total.map(|total| total.minor),
        problem: coming.problem.clone(),
        changes: changes.collect(),
    }
}

fn change(cause: &Cause, line: &Line) -> TimelineChange {
    let is_uplift = cause.kind == CauseKind::Price
        && line.live_events().any(|event| {
            event.applied_as.as_deref() == Some(UPLIFT) && Some(event.effective_on.0) == cause.on
        });
    TimelineChange {
        kind: if is_uplift {
            UPLIFT.to_owned()
        } else {
            Word(cause.kind).text()
        },
        line: line.id,
        line_reference: line.terms.reference.clone(),
        before: Exact::from_micros(cause.before.0),
        after: Exact::from_micros(cause.after.0),
        amount_minor: cause.amount.minor,
        on: cause.on.map(Day),
        sentence: sentence(cause, line, is_uplift),
    }
}

/// The cause for people; the amount stands beside it.
fn sentence(cause: &Cause, line: &Line, is_uplift: bool) -> String {
    let item = &line.terms.description;
    let what = what_changed(cause, line, is_uplift).unwrap_or_else(|| what_comes(cause));
    format!("{item}: {what}")
}

fn from_day(cause: &Cause) -> String {
    match cause.on {
        Some(on) => format!(" from {}", format::date(on)),
        None => String::new(),
    }
}

/// Quantities and prices.
fn what_changed(cause: &Cause, line: &Line, is_uplift: bool) -> Option<String> {
    let from = from_day(cause);
    let price = |price: billing::Micro| format::unit_price(price.0, &line.currency);
    Some(match cause.kind {
        CauseKind::Quantity if cause.before == cause.after => {
            "its quantity changed inside a period".to_owned()
        }
        CauseKind::Quantity => format!(
            "quantity {} → {}{from}",
            format::quantity(cause.before.0),
            format::quantity(cause.after.0)
        ),
        CauseKind::Price if is_uplift => format!(
            "uplift {} → {}{from}",
            price(cause.before),
            price(cause.after)
        ),
        CauseKind::Price if cause.before == cause.after => {
            "its price changed inside a period".to_owned()
        }
        CauseKind::Price => format!(
            "price {} → {}{from}",
            price(cause.before),
            price(cause.after)
        ),
        _ => return None,
    })
}

/// Charges that come or go.
fn what_comes(cause: &Cause) -> String {
    let on = cause.on.map(format::date).unwrap_or_default();
    let goes = |is: &str, was: &str| {
        if cause.after.is_zero() {
            was.to_owned()
        } else {
            is.to_owned()
        }
    };
    match cause.kind {
        CauseKind::LineBegins => format!("begins{}", on_day(&on)),
        CauseKind::LineEnds => format!("has ended{}", on_day(&on)),
        CauseKind::TrialEnds => format!("the trial is over{}", on_day(&on)),
        CauseKind::InItsPeriod => {
            "is invoiced in this period and was not in the one before".to_owned()
        }
        CauseKind::OutOfItsPeriod => "stood on the invoice before and comes again later".to_owned(),
        CauseKind::PartPeriod => format!("{} days instead of {}", cause.after, cause.before),
        CauseKind::Periods => format!("{} periods instead of {}", cause.after, cause.before),
        CauseKind::Discount => "its discount changes".to_owned(),
        CauseKind::CatchUp => goes(
            &format!(
                "catch-up of changes inside the period before{}",
                from_day(cause)
            ),
            "the catch-up on the invoice before comes once",
        ),
        CauseKind::LatePrice => goes(
            &format!("a new price inside the period before{}", from_day(cause)),
            "the late price on the invoice before comes once",
        ),
        CauseKind::Correction => goes(
            "a correction of settled usage",
            "the correction on the invoice before comes once",
        ),
        CauseKind::MinimumSpend => "what is missing to the minimum spend changes".to_owned(),
        CauseKind::OneOff => goes("comes once", "came once, on the invoice before"),
        CauseKind::Quantity | CauseKind::Price => "changes".to_owned(),
    }
}

fn on_day(on: &str) -> String {
    if on.is_empty() {
        String::new()
    } else {
        format!(" on {on}")
    }
}
