//! How a finding's worth comes about, one step a line.

use billing::{
    Fraction, Micro, Money,
    finding::{Finding, Told},
    policy::Rounding,
};

use super::words;
use crate::ui::{Steps, format};

/// The steps to `worth`. Where the rows have different prices, no single product shows it, and
/// the rows themselves are the explanation.
pub fn steps(finding: &Finding) -> Steps {
    let units = units(finding);
    let (steps, value) = match &finding.told {
        Told::BelowCost {
            unit_cost,
            unit_price,
            months,
        } => margin(
            finding,
            ("Cost of a unit", *unit_cost),
            ("Its price", *unit_price),
            *months,
        ),
        Told::CostRise {
            cost_before,
            cost_now,
            months,
            ..
        } => margin(
            finding,
            ("Cost now", *cost_now),
            ("Cost before", *cost_before),
            *months,
        ),
        Told::SkippedPeriod { .. }
        | Told::UnbilledCharge { .. }
        | Told::VendorOvercharge { .. } => one_off(finding),
        _ => priced(finding, units),
    };
    let worth = money(finding.impact);
    if value.is_some_and(|value| is_about(value, finding.impact)) {
        steps.result("A month", worth)
    } else {
        Steps::new().step("", "Sum of the rows below", "each at its own price", worth)
    }
}

/// The missing units: one number less another, and less what another finding already counts.
fn units(finding: &Finding) -> Steps {
    let missing = finding.quantity;
    let (first, second) = match &finding.told {
        Told::QuantityGap { bought, contracted } => {
            (("Bought", *bought), Some(("Contracted", *contracted)))
        }
        Told::UnbilledDevice {
            deployed,
            contracted,
        } => (("Deployed", *deployed), Some(("Contracted", *contracted))),
        Told::InvoiceShort {
            contracted,
            invoiced,
        } => (("Contracted", *contracted), Some(("Invoiced", *invoiced))),
        Told::OverBilled {
            invoiced,
            contracted,
        } => (("Invoiced", *invoiced), Some(("Contracted", *contracted))),
        Told::UnusedLicence { bought, assigned } => {
            (("Bought", *bought), Some(("Assigned", *assigned)))
        }
        Told::UnbilledProduct { bought } => (("Bought", *bought), None),
        _ => (("Units", missing), None),
    };
    let mut steps = Steps::new().step("", first.0, "", quantity(first.1));
    let mut left = first.1;
    if let Some((name, value)) = second {
        steps = steps.step("−", name, "", quantity(value));
        left = left.minus(value);
    }
    let elsewhere = left.minus(missing);
    if !elsewhere.is_zero() {
        steps = steps.step("−", "Counted in another finding", "", quantity(elsewhere));
    }
    steps
}

fn priced(finding: &Finding, units: Steps) -> (Steps, Option<Fraction>) {
    let Some(price) = finding.price else {
        return (Steps::new(), None);
    };
    let each = format::unit_price(price.unit_price.0, price.currency.code());
    let steps = units.step(
        "×",
        "Price of a unit",
        words::price_source(price.source),
        each,
    );
    let whole = finding
        .quantity
        .fraction()
        .checked_mul(price.unit_price.fraction())
        .ok();
    by_month(steps, whole, price.months)
}

fn margin(
    finding: &Finding,
    (high, from): (&str, Micro),
    (low, less): (&str, Micro),
    months: u16,
) -> (Steps, Option<Fraction>) {
    let code = finding.impact.currency.code();
    let steps = Steps::new()
        .step("", high, "", format::unit_price(from.0, code))
        .step("−", low, "", format::unit_price(less.0, code))
        .step("×", "Units", "", quantity(finding.quantity));
    let whole = from
        .minus(less)
        .fraction()
        .checked_mul(finding.quantity.fraction())
        .ok();
    by_month(steps, whole, months)
}

fn by_month(steps: Steps, whole: Option<Fraction>, months: u16) -> (Steps, Option<Fraction>) {
    if months <= 1 {
        return (steps, whole);
    }
    let steps = steps.step(
        "÷",
        "Months that one price pays for",
        "",
        months.to_string(),
    );
    (
        steps,
        whole.and_then(|whole| whole.checked_div(Fraction::whole(i64::from(months))).ok()),
    )
}

fn one_off(finding: &Finding) -> (Steps, Option<Fraction>) {
    let Some(amount) = finding.one_off else {
        return (Steps::new(), None);
    };
    let steps = Steps::new()
        .step("", "The amount, once", "", money(amount))
        .step(
            "÷",
            "Months of a year",
            "so that it compares with monthly sums",
            "12",
        );
    (steps, amount.major().checked_div(Fraction::whole(12)).ok())
}

/// Within one of the smallest unit: the sum may have been rounded row by row.
fn is_about(value: Fraction, worth: Money) -> bool {
    Money::from_major(value, worth.currency, Rounding::HalfUp)
        .is_ok_and(|money| money.minor.abs_diff(worth.minor) <= 1)
}

fn quantity(micro: Micro) -> String {
    format::quantity(micro.0)
}

fn money(money: Money) -> String {
    format::money(money.minor, money.currency.code())
}
