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
/// What happens on one day is netted before anything else. With decreases held back (to the next
/// period, or for good) the billed quantity never falls below the highest it had: inside the
/// period, or ever.
pub(super) fn levels(
    terms: &Terms,
    history: &History,
    policy: &Policy,
    days: Period,
    count: Count,
) -> Result<Levels, ChargeError> {
    let mut events = history.events.clone();
    // An event an invoice knows goes before one of the same day that none knows.
    events.sort_by_key(|event| (event.on, !event.is_billed));
    let decreases = terms.decreases(policy);
    let same_day = |a: &Event, b: &Event| (a.on, a.is_billed) == (b.on, b.is_billed);
    let starts_inside = |event: &Event| counts_from(event, policy) > days.start();
    let inside = events.partition_point(|event| !starts_inside(event));
    let (before, inside) = events.split_at_checked(inside).unwrap_or((&events, &[]));

    let mut tally = Tally::new(terms, history, days.start())?;
    for day in before.chunk_by(same_day) {
        tally.take(day, decreases == Decreases::NotAllowed)?;
    }
    let (source, at_start) = (tally.source, tally.level);
    let mut steps: Vec<Step> = Vec::new();
    for day in inside.chunk_by(same_day) {
        let Some(first) = day.first() else { continue };
        let from = counts_from(first, policy);
        if from >= days.end() {
            break;
        }
        let change = tally.take(day, decreases != Decreases::Credit)?;
        if count == Count::Every || !first.is_billed {
            add_step(&mut steps, from, change, day);
        }
    }
    Ok(Levels {
        source,
        at_start,
        steps,
    })
}

fn add_step(steps: &mut Vec<Step>, from: NaiveDate, change: Micro, day: &[Event]) {
    match steps.last_mut().filter(|step| step.from == from) {
        Some(step) => {
            step.change = step.change.plus(change);
            step.events.extend_from_slice(day);
        }
        None => steps.push(Step {
            from,
            change,
            events: day.to_vec(),
        }),
    }
}

/// The source's quantity and the billed one, as days go by.
struct Tally<'a> {
    terms: &'a Terms,
    /// The day whose exclusions count.
    on: NaiveDate,
    source: Micro,
    level: Micro,
}

impl Tally<'_> {
    fn new<'a>(
        terms: &'a Terms,
        history: &History,
        on: NaiveDate,
    ) -> Result<Tally<'a>, ChargeError> {
        let source = match terms.rule.source {
            QuantitySource::Fixed { quantity } => quantity,
            _ => history.opening,
        };
        let level = terms.rule.billed(source, on)?.quantity;
        Ok(Tally {
            terms,
            on,
            source,
            level,
        })
    }

    /// Takes a day's events in; returns how much more is billed from it on.
    fn take(&mut self, day: &[Event], never_falls: bool) -> Result<Micro, ChargeError> {
        for event in day {
            self.source = match event.change {
                Change::Add(more) => self.source.plus(more),
                Change::Set(now) => now,
            };
        }
        let mut now = self.terms.rule.billed(self.source, self.on)?.quantity;
        if never_falls {
            now = now.max(self.level);
        }
        let change = now.minus(self.level);
        self.level = now;
        Ok(change)
    }
}
