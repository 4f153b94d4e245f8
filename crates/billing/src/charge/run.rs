//! Everything of one line that belongs on the invoice of a window.

use chrono::NaiveDate;

use super::own::Charging;
use super::{Charge, ChargeError, History, Terms, Uncounted};
use crate::coverage::{ChargeKind, Key, settled_on};
use crate::period::{Period, Tile, Timing, add_months, sub_days};
use crate::policy::Policy;
use crate::quantity::QuantitySource;

/// What to invoice.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The contract's period that is being invoiced in advance.
    pub window: Period,
    /// The day the invoice is made.
    pub run_on: NaiveDate,
    /// Service before this day is not charged: it was invoiced elsewhere, or is given up.
    pub since: NaiveDate,
    /// In arrears, only what became chargeable after this day; none relies on `since` and
    /// `covered` alone.
    pub arrears_after: Option<NaiveDate>,
    /// Changes before this day are not caught up.
    pub catch_up_from: NaiveDate,
    /// Coverage that is no longer planned.
    pub covered: &'a [Key],
}

impl Run<'static> {
    /// A window by itself, nothing stored: earlier windows are taken to have been invoiced in
    /// their turn, as a preview does.
    pub fn alone(window: Period) -> Run<'static> {
        let before = before(window);
        Run {
            window,
            run_on: window.start(),
            since: window.start(),
            arrears_after: Some(before),
            catch_up_from: before,
            covered: &[],
        }
    }
}

/// The start of the window before this one: as many months, or else as many days, earlier.
fn before(window: Period) -> NaiveDate {
    use chrono::Datelike;
    let (start, end) = (window.start(), window.end());
    let months = i64::from(end.year() - start.year()) * 12 + i64::from(end.month())
        - i64::from(start.month());
    let day = start.day().max(end.day());
    if months > 0 && add_months(start, months, day) == end {
        add_months(start, -months, day)
    } else {
        sub_days(start, u64::try_from(window.days()).unwrap_or(1))
    }
}

impl Run<'_> {
    pub(super) fn has(&self, period_start: NaiveDate, kind: ChargeKind) -> bool {
        self.covered.contains(&Key { period_start, kind })
    }
}

/// What a run comes to as far as it was counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charged {
    /// In the order of their periods.
    pub charges: Vec<Charge>,
    /// Periods that are owed too and have no good count.
    pub uncounted: Vec<Uncounted>,
}

/// The charges of one line for a run, in the order of their periods.
///
/// A recurring charge that comes to nothing is returned with a net of zero, so that its coverage
/// can be recorded as nil; a catch-up that comes to nothing is not returned.
///
/// # Errors
/// [`ChargeError::NoCount`] where one of the periods has no good count.
pub fn charges(
    terms: &Terms,
    history: &History,
    policy: &Policy,
    run: &Run<'_>,
) -> Result<Vec<Charge>, ChargeError> {
    let charged = charges_as_counted(terms, history, policy, run)?;
    match charged.uncounted.first() {
        Some(gap) => Err(gap.why.into()),
        None => Ok(charged.charges),
    }
}

/// The same, with the periods that lack a count named beside those that can be charged.
pub fn charges_as_counted(
    terms: &Terms,
    history: &History,
    policy: &Policy,
    run: &Run<'_>,
) -> Result<Charged, ChargeError> {
    let charging = Charging {
        terms,
        history,
        policy,
    };
    let schedule = terms.schedule()?;
    let first = run
        .since
        .min(run.catch_up_from)
        .min(run.arrears_after.unwrap_or(run.since))
        .min(before(run.window));
    // Usage of a period that was over by then may have settled since, up to two months later.
    let first = sub_days(first, 62);
    let Charged {
        mut charges,
        mut uncounted,
    } = Charged::default();
    for tile in schedule.tiles(first, run.window.end()) {
        let Some(days) = charging.owed_days(&tile) else {
            continue;
        };
        if charging.is_due(days, run) {
            match charging.own(&tile, days) {
                Ok(own) => {
                    charges.extend(charging.minimum_spend(&tile, &own)?);
                    charges.push(own);
                }
                Err(ChargeError::NoCount(why)) => uncounted.push(Uncounted {
                    coverage: Key {
                        period_start: days.start(),
                        kind: charging.own_kind(),
                    },
                    period: days,
                    unit_price: terms.price_on(tile.service.start()),
                    why,
                }),
                Err(other) => return Err(other),
            }
        }
        if terms.timing == Timing::Advance && charging.follows_events() {
            charges.extend(charging.catch_up(&tile, days, run)?);
            charges.extend(charging.late_price_steps(&tile, days, run)?);
        }
    }
    charges.sort_by_key(|charge| charge.coverage);
    Ok(Charged { charges, uncounted })
}

impl Charging<'_> {
    fn follows_events(&self) -> bool {
        !matches!(self.terms.rule.source, QuantitySource::Meter { .. })
    }

    /// The days of a period that can be charged for: from the end of a trial on and, in arrears,
    /// not before `bill_from`.
    fn owed_days(&self, tile: &Tile) -> Option<Period> {
        let Charging { terms, .. } = *self;
        let free_until = terms.trial_until.unwrap_or(terms.start);
        match terms.timing {
            Timing::Advance => tile.service.from_day(free_until),
            Timing::Arrears => tile.service.from_day(free_until.max(terms.bill_from)),
        }
    }

    /// Whether the period's own charge belongs on this run's invoice.
    fn is_due(&self, days: Period, run: &Run<'_>) -> bool {
        if run.has(days.start(), self.own_kind()) {
            return false;
        }
        match self.terms.timing {
            // One that began before `bill_from` was invoiced where it began.
            Timing::Advance => {
                let since = run.since.max(self.terms.bill_from);
                since <= days.start() && days.start() < run.window.end()
            }
            Timing::Arrears => {
                let on = self.chargeable_on(days);
                let is_new = match run.arrears_after {
                    Some(after) => on > after,
                    None => run.since <= days.start(),
                };
                is_new && on <= run.run_on
            }
        }
    }

    /// In arrears: usage once it has settled, everything else when its period is over.
    fn chargeable_on(&self, days: Period) -> NaiveDate {
        match self.own_kind() {
            ChargeKind::Usage => settled_on(days.end(), self.policy.settle_day),
            _ => days.end(),
        }
    }
}
