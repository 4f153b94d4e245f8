//! What makes one invoice of a line differ from the one before it, each cause with its part of
//! the difference. The parts add up to the difference exactly.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::charge::{Charge, ChargeError, History, Terms};
use crate::coverage::ChargeKind;
use crate::fraction::Fraction;
use crate::id::Id;
use crate::micro::{self, Micro};
use crate::money::{Currency, Money, MoneyError};
use crate::period::{Period, Timing};
use crate::policy::{Policy, PriceChange};

/// Why an amount is another than on the invoice before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    Quantity,
    Price,
    LineBegins,
    LineEnds,
    TrialEnds,
    /// A line of a longer cycle stands on this invoice and not on the one before.
    InItsPeriod,
    /// It stood on the one before, and comes again later.
    OutOfItsPeriod,
    /// Another share of a period is charged.
    PartPeriod,
    /// More or fewer periods of the line lie in this one: five weeks instead of four.
    Periods,
    Discount,
    /// Changes inside a period that had been invoiced.
    CatchUp,
    /// A price that started inside a period that had been invoiced.
    LatePrice,
    /// Of settled usage.
    Correction,
    MinimumSpend,
    OneOff,
}

/// One cause and its part of the difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cause {
    pub line: Id,
    pub kind: CauseKind,
    /// Units of a quantity, a unit price of a price, days of a part period, a number of periods;
    /// of everything else an amount in major units.
    pub before: Micro,
    pub after: Micro,
    pub amount: Money,
    /// The day it happened, where there is one.
    #[serde(default)]
    pub on: Option<NaiveDate>,
}

/// Two invoices of one line, and what they were made from.
#[derive(Clone, Copy, Debug)]
pub struct Invoices<'a> {
    pub terms: &'a Terms,
    pub history: &'a History,
    pub policy: &'a Policy,
    pub before: &'a [Charge],
    pub after: &'a [Charge],
    /// What the later one invoices.
    pub window: Period,
}

/// The causes of one line, none where nothing differs.
pub fn causes(invoices: &Invoices<'_>) -> Result<Vec<Cause>, ChargeError> {
    let mut found = invoices.own()?;
    for (kind, of) in [
        (CauseKind::CatchUp, ChargeKind::CatchUp),
        (CauseKind::LatePrice, ChargeKind::PriceStep),
        (CauseKind::Correction, ChargeKind::Correction),
        (CauseKind::MinimumSpend, ChargeKind::MinimumSpend),
    ] {
        let (before, after) = (of_kind(invoices.before, of), of_kind(invoices.after, of));
        let on = after.first().map(|charge| charge.period.start());
        found.push(invoices.amounts(kind, &before, &after, on)?);
    }
    found.retain(|cause| !cause.amount.is_zero());
    Ok(found)
}

fn of_kind(charges: &[Charge], kind: ChargeKind) -> Vec<&Charge> {
    let of_kind = charges.iter().filter(|charge| charge.kind() == kind);
    of_kind.collect()
}

/// The charges of periods themselves.
fn own(charges: &[Charge]) -> Vec<&Charge> {
    let is_own = |charge: &&Charge| {
        matches!(
            charge.kind(),
            ChargeKind::Recurring | ChargeKind::Usage | ChargeKind::OneOff
        )
    };
    charges.iter().filter(is_own).collect()
}

/// What charges come to together: one quantity at one price for a share.
struct Level {
    quantity: Micro,
    unit_price: Micro,
    share: Fraction,
    net: Money,
    days: i64,
    count: usize,
    last: Period,
}

impl Level {
    fn of(charges: &[&Charge], currency: Currency) -> Result<Option<Level>, ChargeError> {
        let Some(last) = charges.last() else {
            return Ok(None);
        };
        let full = last
            .quantity
            .fraction()
            .checked_mul(last.unit_price.fraction())?;
        let (mut exact, mut shares, mut days) = (Fraction::ZERO, Fraction::ZERO, 0);
        for charge in charges {
            let own = charge
                .quantity
                .fraction()
                .checked_mul(charge.unit_price.fraction())?;
            exact = exact.checked_add(own.checked_mul(charge.share)?)?;
            shares = shares.checked_add(charge.share)?;
            days += charge.period.days();
        }
        Ok(Some(Level {
            quantity: last.quantity,
            unit_price: last.unit_price,
            share: if full.is_zero() {
                shares
            } else {
                exact.checked_div(full)?
            },
            net: sum(charges, currency)?,
            days,
            count: charges.len(),
            last: last.period,
        }))
    }
}

fn sum(charges: &[&Charge], currency: Currency) -> Result<Money, MoneyError> {
    Money::sum(currency, charges.iter().map(|charge| charge.net))
}

impl Invoices<'_> {
    fn own(&self) -> Result<Vec<Cause>, ChargeError> {
        let currency = self.terms.currency;
        let (before, after) = (own(self.before), own(self.after));
        match (Level::of(&before, currency)?, Level::of(&after, currency)?) {
            (None, None) => Ok(Vec::new()),
            (None, Some(_)) => {
                let first = after.iter().map(|charge| charge.period.start()).min();
                let kind = self.beginning(&after, first);
                Ok(vec![self.amounts(kind, &before, &after, first)?])
            }
            (Some(_), None) => {
                let (kind, on) = self.ending(&before);
                Ok(vec![self.amounts(kind, &before, &after, on)?])
            }
            (Some(was), Some(is)) => self.steps(&was, &is),
        }
    }

    fn beginning(&self, after: &[&Charge], first: Option<NaiveDate>) -> CauseKind {
        let terms = self.terms;
        let is_once = after
            .iter()
            .any(|charge| charge.kind() == ChargeKind::OneOff);
        match first {
            _ if is_once => CauseKind::OneOff,
            Some(first) if terms.trial_until == Some(first) => CauseKind::TrialEnds,
            Some(first) if first <= terms.owed_from() => CauseKind::LineBegins,
            _ => CauseKind::InItsPeriod,
        }
    }

    fn ending(&self, before: &[&Charge]) -> (CauseKind, Option<NaiveDate>) {
        let is_once = before
            .iter()
            .any(|charge| charge.kind() == ChargeKind::OneOff);
        let ended = self.terms.end.filter(|end| *end <= self.window.start());
        match ended {
            _ if is_once => (CauseKind::OneOff, None),
            Some(end) => (CauseKind::LineEnds, Some(end)),
            None => (CauseKind::OutOfItsPeriod, None),
        }
    }

    /// A cause that is told in amounts.
    fn amounts(
        &self,
        kind: CauseKind,
        before: &[&Charge],
        after: &[&Charge],
        on: Option<NaiveDate>,
    ) -> Result<Cause, ChargeError> {
        let currency = self.terms.currency;
        let (before, after) = (sum(before, currency)?, sum(after, currency)?);
        Ok(Cause {
            line: self.terms.line,
            kind,
            before: major(before)?,
            after: major(after)?,
            amount: after.checked_sub(before)?,
            on,
        })
    }

    /// From one amount to the other, first by quantity, then by price, then by share: what comes
    /// last takes what rounding left.
    fn steps(&self, was: &Level, is: &Level) -> Result<Vec<Cause>, ChargeError> {
        let differs = [
            was.quantity != is.quantity,
            was.unit_price != is.unit_price,
            was.share != is.share,
        ];
        let Some(last) = differs.iter().rposition(|differs| *differs) else {
            let rest = is.net.checked_sub(was.net)?;
            return Ok(vec![self.cause(CauseKind::PartPeriod, was, is, rest)]);
        };
        let mut found = Vec::new();
        let mut reached = was.net;
        for (at, _) in differs.iter().enumerate().filter(|(_, differs)| **differs) {
            let next = if at == last {
                is.net
            } else {
                let price = if at == 0 {
                    was.unit_price
                } else {
                    is.unit_price
                };
                let exact = is
                    .quantity
                    .fraction()
                    .checked_mul(price.fraction())?
                    .checked_mul(was.share)?;
                Money::from_major(exact, self.terms.currency, self.policy.rounding)?
            };
            let kind = match at {
                0 => CauseKind::Quantity,
                1 => CauseKind::Price,
                _ => self.share_kind(was, is),
            };
            found.push(self.cause(kind, was, is, next.checked_sub(reached)?));
            reached = next;
        }
        Ok(found)
    }

    fn cause(&self, kind: CauseKind, was: &Level, is: &Level, amount: Money) -> Cause {
        let whole = |number: usize| Micro::whole(i32::try_from(number).unwrap_or(i32::MAX));
        let days = |number: i64| Micro::whole(i32::try_from(number).unwrap_or(i32::MAX));
        let (before, after) = match kind {
            CauseKind::Quantity => (was.quantity, is.quantity),
            CauseKind::Price => (was.unit_price, is.unit_price),
            CauseKind::Periods => (whole(was.count), whole(is.count)),
            CauseKind::Discount => (
                major(was.net).unwrap_or_default(),
                major(is.net).unwrap_or_default(),
            ),
            _ => (days(was.days), days(is.days)),
        };
        Cause {
            line: self.terms.line,
            kind,
            before,
            after,
            amount,
            on: self.happened(kind, was.last, is.last),
        }
    }

    /// The last day on which the quantity or price changed since the period before began.
    fn happened(&self, kind: CauseKind, was: Period, is: Period) -> Option<NaiveDate> {
        let since = |on: &NaiveDate| was.start() < *on && *on < is.end();
        match kind {
            CauseKind::Quantity => {
                let events = self.history.events.iter().map(|event| event.on);
                events.filter(since).max()
            }
            CauseKind::Price => {
                let steps = self.terms.price_steps.iter().map(|step| step.from);
                steps.filter(since).max()
            }
            CauseKind::Discount => self.terms.discount.and_then(|discount| discount.until),
            _ => None,
        }
    }

    fn share_kind(&self, was: &Level, is: &Level) -> CauseKind {
        let lies_inside = |on: NaiveDate| {
            [was.last, is.last]
                .iter()
                .any(|days| days.start() < on && on < days.end())
        };
        let discounted = |days: Period| {
            let discount = self.terms.discount;
            discount.is_some_and(|discount| discount.applies_on(days.start()))
        };
        let both_prices = self.policy.price_change == PriceChange::Immediately;
        if was.count != is.count {
            CauseKind::Periods
        } else if discounted(was.last) != discounted(is.last) {
            CauseKind::Discount
        } else if self.terms.timing == Timing::Arrears
            && self
                .history
                .events
                .iter()
                .any(|event| lies_inside(event.on))
        {
            CauseKind::Quantity
        } else if both_prices
            && self
                .terms
                .price_steps
                .iter()
                .any(|step| lies_inside(step.from))
        {
            CauseKind::Price
        } else {
            CauseKind::PartPeriod
        }
    }
}

/// An amount in major units, exactly.
fn major(amount: Money) -> Result<Micro, MoneyError> {
    let per_minor = micro::ONE / amount.currency.minor_per_major();
    amount
        .minor
        .checked_mul(per_minor)
        .map(Micro)
        .ok_or(MoneyError::TooLarge)
}
