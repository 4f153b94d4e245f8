//! Lines that no period of a contract line makes: corrections of settled usage, and one-offs.

use super::own::Charging;
use super::value::{Worked, total};
use super::{Charge, ChargeError, History, Terms};
use crate::coverage::{ChargeKind, Key};
use crate::explanation::{Meaning, Op, Operand, Reasoning, Rule, SourceRow};
use crate::fraction::Fraction;
use crate::id::Id;
use crate::micro::Micro;
use crate::money::{LedgerForm, Money};
use crate::period::{Period, Tile};
use crate::policy::Policy;
use crate::quantity::exactly;

/// What a period's usage comes to now, less what has been invoiced for it: its own line, or
/// nothing if the two agree.
pub fn correction(
    terms: &Terms,
    history: &History,
    policy: &Policy,
    tile: &Tile,
    invoiced: Money,
) -> Result<Option<Charge>, ChargeError> {
    let charging = Charging {
        terms,
        history,
        policy,
    };
    let days = tile
        .service
        .from_day(terms.owed_from())
        .unwrap_or(tile.service);
    let now = charging.own(tile, days)?;
    let mut reasoning = Reasoning::default();
    let due = reasoning.given(Meaning::Value, now.net.major())?;
    let spent = reasoning.given(Meaning::Spent, invoiced.major())?;
    Money::zero(terms.currency).checked_add(invoiced)?;
    let rest = reasoning.step(Meaning::Missing, Op::Subtract, vec![due, spent])?;
    let (net, exact) = total(&mut reasoning, terms, policy, rest)?;
    if net.is_zero() {
        return Ok(None);
    }
    let worked = Worked {
        coverage: Key {
            period_start: days.start(),
            kind: ChargeKind::Correction,
        },
        period: days,
        quantity: Micro::ONE,
        unit_price: exactly(net.major())?,
        net,
        exact,
        explanation: charging.explain(reasoning, Rule::UsageCorrection, Vec::new()),
    };
    Ok(Some(Charge {
        count: now.count,
        ..worked.charge(terms)?
    }))
}

/// Something passed on or added once: `quantity × unit_price`.
pub fn one_off(
    line: Id,
    period: Period,
    (quantity, unit_price): (Micro, Micro),
    currency: crate::money::Currency,
    policy: &Policy,
    rows: Vec<SourceRow>,
) -> Result<Charge, ChargeError> {
    let mut reasoning = Reasoning::default();
    let operands = vec![Operand::micro(quantity), Operand::micro(unit_price)];
    let value = reasoning.step(Meaning::Value, Op::Multiply, operands)?;
    let op = Op::RoundMoney {
        currency,
        rounding: policy.rounding,
    };
    let exact = reasoning.value(value);
    reasoning.step(Meaning::Total, op, vec![value])?;
    let net = Money::from_major(exact, currency, policy.rounding)?;
    Ok(Charge {
        line,
        coverage: Key {
            period_start: period.start(),
            kind: ChargeKind::OneOff,
        },
        period,
        quantity,
        unit_price,
        share: Fraction::ONE,
        net,
        form: LedgerForm::of(net, quantity, unit_price, Fraction::ONE)?,
        on_its_own: false,
        count: None,
        explanation: reasoning.explained(Rule::OneOff, policy, currency, rows, Vec::new()),
    })
}
