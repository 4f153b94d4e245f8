//! Changes inside periods that have already been invoiced, collapsed to one line per period.

use chrono::NaiveDate;

use super::levels::{Count, Levels, Step, levels};
use super::own::Charging;
use super::run::Run;
use super::value::{Worked, multiply, sum, take_discount, total};
use super::{Charge, ChargeError, Event};
use crate::coverage::{ChargeKind, Key};
use crate::explanation::{Meaning, Reasoning, Rule};
use crate::period::{Period, Tile};
use crate::policy::{Increases, Policy};
use crate::proration::share;

impl Charging<'_> {
    /// The catch-up of one invoiced period, if anything in it changed.
    ///
    /// An event strictly inside the period changed it after it was invoiced. One at its start or
    /// before is caught up only if the period is known to be invoiced without it.
    pub(super) fn catch_up(
        &self,
        tile: &Tile,
        days: Period,
        run: &Run<'_>,
    ) -> Result<Option<Charge>, ChargeError> {
        let Charging {
            terms,
            history,
            policy,
        } = *self;
        let mut known = levels(terms, history, policy, days, Count::OnlyUnbilled)?;
        known
            .steps
            .retain(|step| run.catches_up(step, terms.bill_from, policy));
        if run.has(days.start(), self.own_kind()) {
            self.add_late(&mut known, days, run)?;
        }
        let mut reasoning = Reasoning::default();
        let (mut values, mut events) = (Vec::new(), Vec::new());
        self.add_changes(
            &mut reasoning,
            tile,
            days,
            &known.steps,
            &mut values,
            &mut events,
        )?;
        if values.is_empty() {
            return Ok(None);
        }
        let value = sum(&mut reasoning, values)?;
        let value = take_discount(&mut reasoning, terms, days.start(), value, None)?;
        let (net, exact) = total(&mut reasoning, terms, policy, value)?;
        if net.is_zero() {
            return Ok(None);
        }
        let first = known.steps.iter().map(|step| step.from).min();
        let from = first.unwrap_or(days.start()).max(days.start());
        let worked = Worked {
            coverage: run.catch_up_key(from),
            period: days.from_day(from).unwrap_or(days),
            quantity: known.steps.iter().map(|step| step.change).sum(),
            unit_price: terms.price_on(tile.service.start()),
            net,
            exact,
            explanation: self.explain(reasoning, Rule::CatchUp, events),
        };
        let charge = worked.charge(terms)?;
        let on_its_own = policy.increases == Increases::OwnInvoice && charge.net.minor > 0;
        Ok(Some(Charge {
            on_its_own,
            ..charge
        }))
    }

    /// Events that should have been in the period from its first day and were not known then.
    fn add_late(&self, known: &mut Levels, days: Period, run: &Run<'_>) -> Result<(), ChargeError> {
        let Charging {
            terms,
            history,
            policy,
        } = *self;
        let is_late = |event: &&Event| {
            !event.is_billed
                && event.on >= run.catch_up_from
                && super::levels::counts_from(event, policy) <= days.start()
        };
        let late: Vec<Event> = history.events.iter().filter(is_late).copied().collect();
        if late.is_empty() {
            return Ok(());
        }
        let mut without = history.clone();
        without.events.retain(|event| !is_late(&event));
        let before = levels(terms, &without, policy, days, Count::Every)?.at_start;
        let change = known.at_start.minus(before);
        known.steps.insert(
            0,
            Step {
                from: days.start(),
                change,
                events: late,
            },
        );
        Ok(())
    }

    /// A price step agreed after its period was invoiced: the difference from its day on.
    pub(super) fn late_price_steps(
        &self,
        tile: &Tile,
        days: Period,
        run: &Run<'_>,
    ) -> Result<Vec<Charge>, ChargeError> {
        let Charging {
            terms,
            history,
            policy,
        } = *self;
        let mut charges = Vec::new();
        if policy.price_change != crate::policy::PriceChange::Immediately {
            return Ok(charges);
        }
        let known = levels(terms, history, policy, days, Count::Every)?;
        for step in terms.price_steps.iter().filter(|step| step.is_late) {
            let inside = days.start() < step.from
                && step.from < days.end()
                && step.from < run.window.start();
            if !inside
                || step.from < run.catch_up_from.max(terms.bill_from)
                || run.has(step.from, ChargeKind::PriceStep)
            {
                continue;
            }
            let Some(rest) = days.from_day(step.from) else {
                continue;
            };
            let before = terms.price_on(step.from.pred_opt().unwrap_or(step.from));
            let rise = step.unit_price.minus(before);
            let part = share(tile, rest, terms.price_per, policy.basis)?;
            let mut reasoning = Reasoning::default();
            let quantity = reasoning.given(Meaning::BilledQuantity, known.at_start.fraction())?;
            let priced = [super::value::Priced {
                unit_price: rise,
                share: part,
            }];
            let values = multiply(&mut reasoning, Meaning::ChangeTotal, quantity, &priced)?;
            let value = sum(&mut reasoning, values)?;
            let (net, exact) = total(&mut reasoning, terms, policy, value)?;
            if net.is_zero() {
                continue;
            }
            let worked = Worked {
                coverage: Key {
                    period_start: step.from,
                    kind: ChargeKind::PriceStep,
                },
                period: rest,
                quantity: known.at_start,
                unit_price: rise,
                net,
                exact,
                explanation: self.explain(reasoning, Rule::PriceStep, Vec::new()),
            };
            charges.push(worked.charge(terms)?);
        }
        Ok(charges)
    }
}

impl Run<'_> {
    /// A second catch-up from the same day corrects the first.
    fn catch_up_key(&self, period_start: NaiveDate) -> Key {
        let kind = if self.has(period_start, ChargeKind::CatchUp) {
            ChargeKind::Correction
        } else {
            ChargeKind::CatchUp
        };
        Key { period_start, kind }
    }

    fn catches_up(&self, step: &Step, bill_from: NaiveDate, policy: &Policy) -> bool {
        let from = self.catch_up_from.max(bill_from);
        let happened: Option<NaiveDate> = step.events.iter().map(|event| event.on).max();
        let in_time = |on: NaiveDate| match policy.increases {
            Increases::OwnInvoice => on <= self.run_on && on < self.window.end(),
            Increases::NextInvoice => on < self.window.start(),
        };
        happened.is_some_and(|on| on >= from && in_time(on))
    }
}
