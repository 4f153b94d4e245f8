//! What an invoice would come to, worked out of nothing but the question: terms, events, readings and
//! a period. It is how others check our arithmetic, so nothing is read and nothing is stored.

pub mod api;
mod asked;
#[cfg(test)]
mod tests;
mod told;

use billing::{
    Currency, Id, Micro, Money, Period, Policy,
    charge::{Charged, History, Run, Terms, charges_as_counted},
    money::{DocumentError, DocumentTotals, MoneyError, TaxedAmount, allocate, document_totals},
    policy::TaxRounding,
};

pub use asked::Asked;
pub use told::{Line, Stop, Told, Totals};

use crate::fault::Fault;

/// One line as asked about, in the words of `billing`.
struct Agreed {
    key: String,
    terms: Terms,
    history: History,
    tax_rate: Micro,
}

/// Works out the invoice of the period.
///
/// # Errors
/// 422 that names the line or field which cannot be worked out.
pub fn preview(asked: Asked) -> Result<Told, Fault> {
    let (policy, period) = (asked.policy()?, asked.period()?);
    let currency = asked.currency()?;
    let (mut charged, mut stops) = (Vec::new(), Vec::new());
    for agreed in asked.agreed(currency, period)? {
        let one = charge(&agreed, &policy, period)?;
        let missing = one.uncounted.iter();
        stops.extend(missing.map(|gap| Stop::uncounted(&agreed.key, gap)));
        for charge in one.charges {
            stops.extend(Stop::too_old(&agreed.key, &charge));
            // What comes to nothing stands on no invoice.
            if !charge.net.is_zero() {
                charged.push((agreed.key.clone(), agreed.tax_rate, charge));
            }
        }
    }
    let amounts: Vec<(TaxedAmount, Micro)> = charged
        .iter()
        .map(|(_, rate, charge)| (TaxedAmount::Exclusive { net: charge.net }, *rate))
        .collect();
    let totalled = totalled(currency, &amounts, &policy);
    let (totals, taxes) =
        totalled.map_err(|error| Fault::invalid("cannot_be_totalled", error.to_string()))?;
    let lines = charged.into_iter().zip(taxes);
    let lines: Result<Vec<Line>, Fault> = lines
        .map(|((key, _, charge), tax)| Line::new(key, &charge, tax))
        .collect();
    Ok(Told {
        lines: lines?,
        totals: Totals::from(totals),
        stops,
        holds: Vec::new(),
    })
}

fn charge(agreed: &Agreed, policy: &Policy, period: Period) -> Result<Charged, Fault> {
    let Agreed {
        key,
        terms,
        history,
        ..
    } = agreed;
    let charged = charges_as_counted(terms, history, policy, &Run::alone(period));
    charged.map_err(|error| Fault::field("lines", format!("line {key}: {error}")))
}

/// What all comes to, and the tax of each line. Rounded on the document, it is split so that nothing
/// of it is lost.
fn totalled(
    currency: Currency,
    amounts: &[(TaxedAmount, Micro)],
    policy: &Policy,
) -> Result<(DocumentTotals, Vec<Money>), DocumentError> {
    let totals = document_totals(currency, amounts, policy)?;
    let mut taxes = Vec::with_capacity(amounts.len());
    for (amount, rate) in amounts {
        taxes.push(amount.taxed(*rate, policy.rounding)?.tax);
    }
    if policy.tax_rounding == TaxRounding::Document {
        let rounded = Money::sum(currency, taxes.iter().copied())?;
        spread(&mut taxes, totals.tax.checked_sub(rounded)?)?;
    }
    Ok((totals, taxes))
}

/// Adds what the document's rounding differs by to the lines with the most tax.
fn spread(taxes: &mut [Money], missing: Money) -> Result<(), MoneyError> {
    if missing.is_zero() {
        return Ok(());
    }
    let weights: Vec<u64> = taxes.iter().map(|tax| tax.minor.unsigned_abs()).collect();
    for (tax, part) in taxes.iter_mut().zip(allocate(missing, &weights)?) {
        *tax = tax.checked_add(part)?;
    }
    Ok(())
}

/// A line's place in the question as the id that `billing` carries.
fn place(at: usize) -> Id {
    Id(u128::try_from(at).unwrap_or_default())
}
