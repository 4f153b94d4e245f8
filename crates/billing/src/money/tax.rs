//! Tax on lines and documents, exclusive and inclusive, and discounts.

use serde::{Deserialize, Serialize};

use super::{Money, MoneyError};
use crate::fraction::Fraction;
use crate::micro::Micro;
use crate::policy::{Policy, Rounding, TaxRounding};

/// A line's amount as agreed: before tax, or with the tax inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "amounts", rename_all = "snake_case")]
pub enum TaxedAmount {
    Exclusive { net: Money },
    Inclusive { gross: Money },
}

/// A line with its tax worked out. `net + tax = gross`, always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxedLine {
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

impl TaxedAmount {
    fn currency(self) -> super::Currency {
        match self {
            TaxedAmount::Exclusive { net } => net.currency,
            TaxedAmount::Inclusive { gross } => gross.currency,
        }
    }

    /// The exact tax in major units, not yet rounded. `rate` is 0.2 for 20 %.
    fn exact_tax(self, rate: Micro) -> Result<Fraction, MoneyError> {
        let rate = rate.fraction();
        Ok(match self {
            TaxedAmount::Exclusive { net } => net.major().checked_mul(rate)?,
            TaxedAmount::Inclusive { gross } => gross
                .major()
                .checked_mul(rate)?
                .checked_div(Fraction::ONE.checked_add(rate)?)?,
        })
    }

    /// Tax rounded on this line. An inclusive gross is always hit exactly.
    pub fn taxed(self, rate: Micro, rounding: Rounding) -> Result<TaxedLine, MoneyError> {
        let tax = Money::from_major(self.exact_tax(rate)?, self.currency(), rounding)?;
        self.with_tax(tax)
    }

    fn with_tax(self, tax: Money) -> Result<TaxedLine, MoneyError> {
        Ok(match self {
            TaxedAmount::Exclusive { net } => TaxedLine {
                net,
                tax,
                gross: net.checked_add(tax)?,
            },
            TaxedAmount::Inclusive { gross } => TaxedLine {
                net: gross.checked_sub(tax)?,
                tax,
                gross,
            },
        })
    }
}

/// What a document comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentTotals {
    pub net: Money,
    pub tax: Money,
    pub gross: Money,
}

/// A document that mixes what must not be mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("tax-inclusive and tax-exclusive lines cannot share an invoice")]
    MixedAmounts,
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Totals a document's lines, each with its tax rate, the way `policy` rounds tax.
pub fn document_totals(
    currency: super::Currency,
    lines: &[(TaxedAmount, Micro)],
    policy: &Policy,
) -> Result<DocumentTotals, DocumentError> {
    let inclusive = lines
        .iter()
        .filter(|(a, _)| matches!(a, TaxedAmount::Inclusive { .. }))
        .count();
    if inclusive != 0 && inclusive != lines.len() {
        return Err(DocumentError::MixedAmounts);
    }
    let stated = Money::sum(
        currency,
        lines.iter().map(|(amount, _)| match amount {
            TaxedAmount::Exclusive { net } => *net,
            TaxedAmount::Inclusive { gross } => *gross,
        }),
    )?;
    let tax = match policy.tax_rounding {
        TaxRounding::Line => {
            let mut tax = Money::zero(currency);
            for (amount, rate) in lines {
                tax = tax.checked_add(amount.taxed(*rate, policy.rounding)?.tax)?;
            }
            tax
        }
        TaxRounding::Document => {
            let mut exact = Fraction::ZERO;
            for (amount, rate) in lines {
                exact = exact
                    .checked_add(amount.exact_tax(*rate)?)
                    .map_err(MoneyError::from)?;
            }
            Money::from_major(exact, currency, policy.rounding)?
        }
    };
    let whole = if inclusive == 0 {
        TaxedAmount::Exclusive { net: stated }
    } else {
        TaxedAmount::Inclusive { gross: stated }
    };
    let TaxedLine { net, tax, gross } = whole.with_tax(tax)?;
    Ok(DocumentTotals { net, tax, gross })
}

/// Something taken off a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Discount {
    /// In per cent, at most two decimals: 12.5 takes an eighth off.
    Percent {
        percent: Micro,
    },
    Amount {
        amount: Money,
    },
}

/// A discount that cannot be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DiscountError {
    #[error("a discount is between 0 and 100 per cent with at most two decimals")]
    BadPercent,
    #[error("a discount cannot be negative or more than its line")]
    MoreThanTheLine,
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// The line's total with the discount taken off, rounded once.
pub fn discounted(
    total: Money,
    discount: Discount,
    rounding: Rounding,
) -> Result<Money, DiscountError> {
    match discount {
        Discount::Percent { percent } => {
            if percent.0 % 10_000 != 0 || !(0..=100_000_000).contains(&percent.0) {
                return Err(DiscountError::BadPercent);
            }
            let keep = Fraction::ratio(i128::from(100_000_000 - percent.0), 100_000_000);
            let left = total.major().checked_mul(keep).map_err(MoneyError::from)?;
            Ok(Money::from_major(left, total.currency, rounding)?)
        }
        Discount::Amount { amount } => {
            let left = total.checked_sub(amount)?;
            let fits = amount.minor >= 0 && left.minor >= 0;
            if fits {
                Ok(left)
            } else {
                Err(DiscountError::MoreThanTheLine)
            }
        }
    }
}
