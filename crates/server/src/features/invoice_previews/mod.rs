//! What an invoice would come to, worked out of nothing but the question: terms, events, readings and
//! a period. It is how others check our arithmetic, so nothing is read and nothing is stored.

pub mod api;
mod asked;
#[cfg(test)]
mod tests;
mod told;

use billing::{
    Id, Micro, Money, Period, Policy,
    charge::{Charge, Charged, History, Run, Terms, charges_as_counted},
    money::{DocumentError, TaxedAmount, allocate, document_totals},
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
    let totals = document_totals(currency, &amounts, &policy).map_err(too_large)?;
    let taxes = taxes(&amounts, totals.tax, &policy)?;
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

/// The tax of each line. Rounded on the document it is split so that nothing of it is lost.
fn taxes(
    amounts: &[(TaxedAmount, Micro)],
    total: Money,
    policy: &Policy,
) -> Result<Vec<Money>, Fault> {
    let mut taxes = Vec::with_capacity(amounts.len());
    for (amount, rate) in amounts {
        let taxed = amount.taxed(*rate, policy.rounding);
        taxes.push(taxed.map_err(|error| too_large(error.into()))?.tax);
    }
    if policy.tax_rounding == TaxRounding::Document {
        let rounded = Money::sum(total.currency, taxes.iter().copied());
        let rounded = rounded.map_err(|error| too_large(error.into()))?;
        let missing = total.checked_sub(rounded);
        let missing = missing.map_err(|error| too_large(error.into()))?;
        spread(&mut taxes, missing)?;
    }
    Ok(taxes)
}

/// Adds what the document's rounding differs by to the lines with the most tax.
fn spread(taxes: &mut [Money], missing: Money) -> Result<(), Fault> {
    let weights: Vec<u64> = taxes.iter().map(|tax| tax.minor.unsigned_abs()).collect();
    if missing.is_zero() {
        return Ok(());
    }
    let parts = allocate(missing, &weights).map_err(|error| too_large(error.into()))?;
    for (tax, part) in taxes.iter_mut().zip(parts) {
        *tax = tax
            .checked_add(part)
            .map_err(|error| too_large(error.into()))?;
    }
    Ok(())
}

fn too_large(error: DocumentError) -> Fault {
    Fault::invalid("cannot_be_totalled", error.to_string())
}

/// A line's place in the question as the id that `billing` carries.
fn place(at: usize) -> Id {
    Id(u128::try_from(at).unwrap_or_default())
}

impl Stop {
    fn too_old(key: &str, charge: &Charge) -> Option<Self> {
        let counted = charge.count.filter(|count| count.is_too_old)?;
        Some(Self {
            code: "count_too_old",
            key: key.to_owned(),
            message: format!(
                "the last good count is of {}; take one or enter it by hand",
                counted.last_good_on
            ),
        })
    }
}
