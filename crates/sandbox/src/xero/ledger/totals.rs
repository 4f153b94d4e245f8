//! Xero's sums: each line to two places, its tax to two places, then added up.

use rust_decimal::Decimal;

use super::Ledger;
use crate::xero::amount::{Amount, Currency};
use crate::xero::records::{Discount, Document, Line, LineAmounts};

/// A line or a total beyond what Xero can hold (9,999,999,999.99).
#[derive(Debug, thiserror::Error)]
#[error("the line amount is larger than 9,999,999,999.99")]
pub struct Overflow;

const LARGEST: Amount = Amount::from_minor(999_999_999_999);

impl Ledger {
    /// Fills in the amounts of every line and the totals of the document.
    pub(in crate::xero) fn total_up(&self, document: &mut Document) -> Result<(), Overflow> {
        let line_amounts = document.line_amounts;
        let mut discount = Amount::ZERO;
        for line in &mut document.lines {
            let rate = line
                .tax_type
                .as_deref()
                .and_then(|code| self.tax_rate(code));
            let rate = rate.map_or(Decimal::ZERO, |rate| rate.rate);
            let before_discount = extend(line, line_amounts, rate).ok_or(Overflow)?;
            discount += before_discount - line.line_amount;
        }
        let lines = document
            .lines
            .iter()
            .map(|line| line.line_amount)
            .sum::<Amount>();
        document.total_tax = document.lines.iter().map(|line| line.tax_amount).sum();
        document.sub_total = match line_amounts {
            LineAmounts::Inclusive => lines - document.total_tax,
            LineAmounts::Exclusive | LineAmounts::NoTax => lines,
        };
        document.total_discount = discount;
        Ok(())
    }
}

impl Ledger {
    /// Works out a line without its tax.
    pub(in crate::xero) fn extend_line(
        line: &mut Line,
        line_amounts: LineAmounts,
    ) -> Result<(), Overflow> {
        extend(line, line_amounts, Decimal::ZERO)
            .map(|_| ())
            .ok_or(Overflow)
    }

    /// The vendor's own rate of the day, where a client sends none. It stands still here.
    pub(in crate::xero) fn day_rate(&self, currency: Currency) -> Decimal {
        if currency == self.organisation.base_currency {
            return Decimal::ONE;
        }
        match currency {
            Currency::EUR => Decimal::new(1_150_000, 6),
            Currency::USD => Decimal::new(1_310_000, 6),
            _ => Decimal::new(2_000_000, 6),
        }
    }
}

/// Works out one line and returns what it was before its discount.
fn extend(line: &mut Line, line_amounts: LineAmounts, rate: Decimal) -> Option<Amount> {
    let gross = line.quantity.checked_mul(line.unit_amount)?;
    let net = match line.discount {
        Discount::None => gross,
        Discount::Rate(percent) => {
            gross.checked_mul(Decimal::ONE_HUNDRED.checked_sub(percent)?)? / Decimal::ONE_HUNDRED
        }
        Discount::Amount(amount) => gross.checked_sub(amount.decimal())?,
    };
    line.line_amount = Amount::rounded(net).filter(|amount| within(*amount))?;
    if !line.tax_is_given || line_amounts == LineAmounts::NoTax {
        line.tax_amount = tax(line.line_amount, line_amounts, rate)?;
    }
    Amount::rounded(gross)
}

fn tax(amount: Amount, line_amounts: LineAmounts, rate: Decimal) -> Option<Amount> {
    let part = match line_amounts {
        LineAmounts::NoTax => return Some(Amount::ZERO),
        LineAmounts::Exclusive => Decimal::ONE_HUNDRED,
        LineAmounts::Inclusive => Decimal::ONE_HUNDRED.checked_add(rate)?,
    };
    Amount::rounded(amount.decimal().checked_mul(rate)?.checked_div(part)?)
}

fn within(amount: Amount) -> bool {
    amount <= LARGEST && -amount <= LARGEST
}
