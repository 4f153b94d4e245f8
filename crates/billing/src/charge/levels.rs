//! A line's quantity over time: what it was at a period's start, and each change inside it.

use chrono::NaiveDate;

use super::{Change, ChargeError, Event, History, Terms};
use crate::micro::Micro;
use crate::period::{Period, add_days};
use crate::policy::{ChangeDay, Decreases, Policy};
use crate::quantity::QuantitySource;

/// A change of the billed quantity that counts from a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) from: NaiveDate,
    pub(super) change: Micro,
    /// What happened on that day, in order.
    pub(super) events: Vec<Event>,
}

/// The quantity at a period's start and what changed inside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Levels {
    /// The source's quantity at the start, before the rule.
    pub(super) source: Micro,
    pub(super) at_start: Micro,
    /// Changes of which an invoice has not yet taken account.
    pub(super) steps: Vec<Step>,
}

/// Which events an invoice may already have taken into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    Every,
    OnlyUnbilled,
}

/// The day from which an event counts.
pub(super) fn counts_from(event: &Event, policy: &Policy) -> NaiveDate {
    match policy.change_day {
        ChangeDay::Included => event.on,
        ChangeDay::Excluded => add_days(event.on, 1),
    }
}

/// The line's levels in `days`, which lie in one period of it.
///
/// With decreases held back (to the next period, or for good) the billed quantity never falls
/// below the highest it had: inside the period, or ever.
pub(super) fn levels(
    terms: &Terms,
    history: &History,
    policy: &Policy,
    days: Period,
    count: Count,
) -> Result<Levels, ChargeError> {
    let mut source = match terms.rule.source {
        QuantitySource::Fixed { quantity } => quantity,
        _ => history.opening,
    };
    let mut events: Vec<&Event> = history.events.iter().collect();
    // An event an invoice knows goes before one of the same day that none knows.
    events.sort_by_key(|event| (event.on, !event.is_billed));
    let billed = |source: Micro| terms.rule.billed(source, days.start()).map(|b| b.quantity);

    let mut level = billed(source)?;
    let (before, inside): (Vec<&Event>, Vec<&Event>) = events
        .into_iter()
        .partition(|event| counts_from(event, policy) <= days.start());
    for event in before {
        source = after(source, event.change);
        let now = billed(source)?;
        level = if policy.decreases == Decreases::NotAllowed {
            level.max(now)
        } else {
            now
        };
    }
    let (at_start, source_at_start) = (level, source);

    let mut steps: Vec<Step> = Vec::new();
    for event in inside {
        let from = counts_from(event, policy);
        if from >= days.end() {
            break;
        }
        source = after(source, event.change);
        let mut now = billed(source)?;
        if policy.decreases != Decreases::Credit {
            now = now.max(level);
        }
        let change = now.minus(level);
        level = now;
        if count == Count::OnlyUnbilled && event.is_billed {
            continue;
        }
        match steps.last_mut().filter(|step| step.from == from) {
            Some(step) => {
                step.change = step.change.plus(change);
                step.events.push(*event);
            }
            None => steps.push(Step {
                from,
                change,
                events: vec![*event],
            }),
        }
    }
    Ok(Levels {
        source: source_at_start,
        at_start,
        steps,
    })
}

fn after(source: Micro, change: Change) -> Micro {
    match change {
        Change::Add(more) => source.plus(more),
        Change::Set(now) => now,
    }
}
