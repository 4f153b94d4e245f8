//! A period's own charge, in advance or in arrears, and its true-up to a minimum spend.

use super::levels::{Count, Levels, Step, levels};
use super::value::{Worked, multiply, prices, sum, take_discount, total};
use super::{Charge, ChargeError, Event, History, Terms};
use crate::charge::PricePer;
use crate::coverage::{ChargeKind, Key};
use crate::explanation::{Explanation, Meaning, Op, Operand, Reasoning, Rule, SourceRow};
use crate::fraction::Fraction;
use crate::micro::Micro;
use crate::period::{Cycle, Period, Tile, Timing};
use crate::policy::{Basis, Policy};
use crate::proration::share;
use crate::quantity::{Counted, QuantitySource, count};

/// One line and the policy it is charged by.
#[derive(Clone, Copy)]
pub(super) struct Charging<'a> {
    pub(super) terms: &'a Terms,
    pub(super) history: &'a History,
    pub(super) policy: &'a Policy,
}

impl Charging<'_> {
    /// The kind of a period's own charge.
    pub(super) fn own_kind(&self) -> ChargeKind {
        self.own_kind_and_rule().0
    }

    fn own_kind_and_rule(&self) -> (ChargeKind, Rule) {
        let is_metered = matches!(self.terms.rule.source, QuantitySource::Meter { .. });
        match (self.terms.cycle, self.terms.timing) {
            (Cycle::Once, _) => (ChargeKind::OneOff, Rule::OneOff),
            (_, Timing::Arrears) if is_metered => (ChargeKind::Usage, Rule::MeteredUsage),
            _ => (ChargeKind::Recurring, Rule::PeriodCharge),
        }
    }

    /// The charge for `days` of `tile`: in advance what stands at their start, in arrears every
    /// change inside them too.
    pub(super) fn own(&self, tile: &Tile, days: Period) -> Result<Charge, ChargeError> {
        let Charging { terms, policy, .. } = *self;
        let mut reasoning = Reasoning::default();
        let (known, counted) = self.known(days)?;
        let source = reasoning.given(Meaning::SourceQuantity, known.source.fraction())?;
        let mut quantity = terms.rule.reason(&mut reasoning, source, days.start())?;
        if reasoning.value(quantity) != known.at_start.fraction() {
            // Decreases held back: the highest level stands.
            let operands = vec![quantity, Operand::micro(known.at_start)];
            quantity = reasoning.step(Meaning::HeldQuantity, Op::Largest, operands)?;
        }
        let prices_of_all = prices(terms, policy, tile, days)?;
        let mut values = multiply(&mut reasoning, Meaning::Value, quantity, &prices_of_all)?;
        let (mut events, mut at_end) = (Vec::new(), known.at_start);
        if terms.timing == Timing::Arrears {
            self.add_changes(
                &mut reasoning,
                tile,
                days,
                &known.steps,
                &mut values,
                &mut events,
            )?;
            at_end = known
                .steps
                .iter()
                .fold(at_end, |level, step| level.plus(step.change));
        }
        let value = sum(&mut reasoning, values)?;
        let part = share(tile, days, PricePer::Term, policy.basis)?;
        let value = take_discount(&mut reasoning, terms, days.start(), value, Some(part))?;
        let (net, exact) = total(&mut reasoning, terms, policy, value)?;
        let (kind, rule) = self.own_kind_and_rule();
        let unit_price = prices_of_all
            .last()
            .map_or(terms.unit_price, |priced| priced.unit_price);
        let charge = Worked {
            coverage: Key {
                period_start: days.start(),
                kind,
            },
            period: days,
            quantity: at_end,
            unit_price,
            net,
            exact,
            explanation: self.explain(reasoning, rule, events),
        };
        Ok(Charge {
            count: counted,
            ..charge.charge(terms)?
        })
    }

    /// The quantity's levels: from the meter, or from what happened to the line.
    fn known(&self, days: Period) -> Result<(Levels, Option<Counted>), ChargeError> {
        let Charging {
            terms,
            history,
            policy,
        } = *self;
        let QuantitySource::Meter { counting } = terms.rule.source else {
            let known = levels(terms, history, policy, days, Count::Every)?;
            return Ok((known, None));
        };
        // In advance only the count that stands at the start can be known.
        let counted = match terms.timing {
            Timing::Arrears => count(&history.readings, days, counting, policy)?,
            Timing::Advance => {
                let first_day = Period::through(days.start(), days.start()).unwrap_or(days);
                count(&history.readings, first_day, counting, policy)?
            }
        };
        let at_start = terms.rule.billed(counted.value, days.start())?.quantity;
        let known = Levels {
            source: counted.value,
            at_start,
            steps: Vec::new(),
        };
        Ok((known, Some(counted)))
    }

    /// One value for each change, for the days it counts in.
    pub(super) fn add_changes(
        &self,
        reasoning: &mut Reasoning,
        tile: &Tile,
        days: Period,
        steps: &[Step],
        values: &mut Vec<Operand>,
        events: &mut Vec<Event>,
    ) -> Result<(), ChargeError> {
        for step in steps {
            events.extend(step.events.iter().copied());
            let Some(rest) = days.from_day(step.from).filter(|_| !step.change.is_zero()) else {
                continue;
            };
            let change = reasoning.given(Meaning::Change, step.change.fraction())?;
            let priced = prices(self.terms, self.policy, tile, rest)?;
            values.extend(multiply(reasoning, Meaning::ChangeTotal, change, &priced)?);
        }
        Ok(())
    }

    pub(super) fn explain(
        &self,
        reasoning: Reasoning,
        rule: Rule,
        events: Vec<Event>,
    ) -> Explanation {
        let rows: Vec<SourceRow> = self.history.rows.clone();
        reasoning.explained(rule, self.policy, self.terms.currency, rows, events)
    }

    /// What is missing to the minimum spend of the days `own` is for, if anything.
    pub(super) fn minimum_spend(
        &self,
        tile: &Tile,
        own: &Charge,
    ) -> Result<Option<Charge>, ChargeError> {
        let Charging { terms, policy, .. } = *self;
        let Some(minimum) = terms.minimum_spend else {
            return Ok(None);
        };
        crate::money::Money::zero(terms.currency).checked_add(minimum)?;
        let basis = if policy.basis == Basis::None {
            Basis::ActualDays
        } else {
            policy.basis
        };
        let part = share(tile, own.period, PricePer::Term, basis)?;
        let mut reasoning = Reasoning::default();
        let whole = reasoning.given(Meaning::Minimum, minimum.major())?;
        let operands = vec![whole, Operand::Number(part)];
        let due = reasoning.step(Meaning::Minimum, Op::Multiply, operands)?;
        let spent = reasoning.given(Meaning::Spent, own.net.major())?;
        let missing = reasoning.step(Meaning::Missing, Op::Subtract, vec![due, spent])?;
        if reasoning.value(missing) <= Fraction::ZERO {
            return Ok(None);
        }
        let (net, _) = total(&mut reasoning, terms, policy, missing)?;
        let worked = Worked {
            coverage: Key {
                period_start: own.period.start(),
                kind: ChargeKind::MinimumSpend,
            },
            period: own.period,
            quantity: Micro::ONE,
            unit_price: crate::quantity::exactly(net.major())?,
            net,
            exact: net.major(),
            explanation: self.explain(reasoning, Rule::MinimumSpend, Vec::new()),
        };
        Ok(Some(worked.charge(terms)?).filter(|charge| !charge.net.is_zero()))
    }
}
