//! The form in which a line goes out to the ledger.

use serde::{Deserialize, Serialize};

use super::{Money, MoneyError, line_total};
use crate::fraction::Fraction;
use crate::micro::Micro;
use crate::policy::Rounding;

/// What the ledger is given as quantity and price.
///
/// A ledger multiplies the two itself, with a price of four places. A line whose total that
/// product misses goes out as one unit of the whole, the true quantity in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "form", rename_all = "snake_case")]
pub enum LedgerForm {
    QuantityTimesPrice {
        quantity: Micro,
        unit_amount: Micro,
    },
    OneOfTotal {
        unit_amount: Micro,
        true_quantity: Micro,
    },
}

const FOUR_PLACES: i64 = 100;

impl LedgerForm {
    /// `share` is the part of the full price that `total` stands for.
    pub fn of(
        total: Money,
        quantity: Micro,
        unit_price: Micro,
        share: Fraction,
    ) -> Result<LedgerForm, MoneyError> {
        let exact = unit_price.fraction().checked_mul(share)?;
        let steps = exact
            .checked_mul(Fraction::whole(10_000))?
            .round(Rounding::HalfUp);
        let price = i64::try_from(steps)
            .ok()
            .and_then(|steps| steps.checked_mul(FOUR_PLACES))
            .map(Micro)
            .ok_or(MoneyError::TooLarge)?;
        let reached = line_total(
            quantity,
            price,
            Fraction::ONE,
            total.currency,
            Rounding::HalfUp,
        )?;
        if reached == total && !quantity.is_zero() {
            return Ok(LedgerForm::QuantityTimesPrice {
                quantity,
                unit_amount: price,
            });
        }
        let digits = total.currency.minor_digits();
        let unit_amount = 10_i64
            .checked_pow(6_u32.saturating_sub(digits))
            .and_then(|factor| total.minor.checked_mul(factor))
            .map(Micro)
            .ok_or(MoneyError::TooLarge)?;
        Ok(LedgerForm::OneOfTotal {
            unit_amount,
            true_quantity: quantity,
        })
    }
}
