//! An amount that a person typed.

use crate::explanation::{Explanation, Meaning, Op, Operand, Reasoning, Rule, SourceRow};
use crate::fraction::Fraction;
use crate::micro::Micro;
use crate::money::{Currency, LedgerForm, Money, MoneyError};
use crate::policy::Policy;

/// A line's amount with its reason and the form it goes out in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    pub net: Money,
    pub form: LedgerForm,
    pub explanation: Explanation,
}

/// Quantity times price, rounded once; nothing is prorated. `said_by` is who typed it and when.
///
/// # Errors
/// [`MoneyError`] when it is more than can be stored.
pub fn by_hand(
    quantity: Micro,
    unit_price: Micro,
    currency: Currency,
    policy: &Policy,
    said_by: SourceRow,
) -> Result<ByHand, MoneyError> {
    let mut reasoning = Reasoning::default();
    let entered = reasoning.given(Meaning::SourceQuantity, quantity.fraction())?;
    let operands = vec![entered, Operand::micro(unit_price)];
    let value = reasoning.step(Meaning::Value, Op::Multiply, operands)?;
    let rounding = policy.rounding;
    let op = Op::RoundMoney { currency, rounding };
    let total = reasoning.step(Meaning::Total, op, vec![value])?;
    let net = Money::from_major(reasoning.value(total), currency, rounding)?;
    Ok(ByHand {
        net,
        form: LedgerForm::of(net, quantity, unit_price, Fraction::ONE)?,
        explanation: reasoning.explained(Rule::ByHand, policy, currency, vec![said_by], Vec::new()),
    })
}
