//! "Why is it this amount": a line's stored explanation as steps that anyone can follow.

use billing::{
    Fraction, Micro, Period,
    charge::Change,
    explanation::{Explanation, Meaning, Op, Operand, Rule, SourceKind, Step},
    policy::Rounding,
};
use serde::Deserialize;

use crate::{
    db::FindingId,
    features::generated_invoices::LineView,
    ui::{Steps, format},
};

/// The reason of one line.
pub struct Why {
    pub rule: String,
    pub steps: Steps,
    /// The finding it came from.
    pub finding: Option<String>,
}

/// What a one-off from a finding keeps.
#[derive(Deserialize)]
struct FromFinding {
    finding: FindingId,
    part: Option<Part>,
    quantity: Option<Micro>,
    unit_price: Option<Micro>,
}

#[derive(Deserialize)]
struct Part {
    period: Period,
    share: Fraction,
}

/// The reason, as far as it was stored.
pub fn why(line: &LineView, currency: &str) -> Option<Why> {
    let stored = line.explanation.clone();
    if let Ok(explanation) = serde_json::from_value::<Explanation>(stored.clone()) {
        return Some(of_explanation(&explanation));
    }
    let one_off: FromFinding = serde_json::from_value(stored).ok()?;
    Some(of_finding(&one_off, line, currency))
}

fn of_finding(one_off: &FromFinding, line: &LineView, currency: &str) -> Why {
    let mut steps = Steps::new();
    if let (Some(quantity), Some(price), Some(part)) =
        (one_off.quantity, one_off.unit_price, &one_off.part)
    {
        let days = format::period(part.period.start(), part.period.end());
        steps = steps
            .step("", "Units", "", format::quantity(quantity.0))
            .step(
                "×",
                "Price of a unit",
                "",
                format::unit_price(price.0, currency),
            )
            .step("×", "Share of the price", days, number(part.share));
    }
    Why {
        rule: "A finding was applied: this is what it puts on the next invoice.".to_owned(),
        steps: steps.result("Before tax", format::money(line.net_minor, currency)),
        finding: Some(format!("/missed-billing/{}", one_off.finding)),
    }
}

fn of_explanation(explanation: &Explanation) -> Why {
    let mut steps = Steps::new();
    for row in &explanation.rows {
        let on = row
            .on
            .map(|day| format!("on {}", format::date(day)))
            .unwrap_or_default();
        steps = steps.step("", source(row.kind), on, format::quantity(row.value.0));
    }
    for event in &explanation.events {
        let (what, value) = match event.change {
            Change::Add(by) if by.is_negative() => ("Fewer", format::quantity(by.0)),
            Change::Add(by) => ("More", format!("+{}", format::quantity(by.0))),
            Change::Set(to) => ("Changed to", format::quantity(to.0)),
        };
        steps = steps.step("", what, format!("on {}", format::date(event.on)), value);
    }
    let code = explanation.currency.code();
    let last = explanation.steps.len().saturating_sub(1);
    for (at, step) in explanation.steps.iter().enumerate() {
        let value = match step.op {
            Op::RoundMoney { .. } => money(step.result, explanation),
            _ => number(step.result),
        };
        let how = expression(step, &explanation.steps);
        steps = if at == last {
            steps.result(format!("{} before tax", meaning(step.meaning)), value)
        } else {
            steps.step("", meaning(step.meaning), how, value)
        };
    }
    Why {
        rule: format!(
            "{} In {code}, by the policy “{}”, version {}.",
            rule(explanation.rule),
            explanation.policy.name,
            explanation.policy.version
        ),
        steps,
        finding: None,
    }
}

fn money(amount: Fraction, explanation: &Explanation) -> String {
    let rounded = billing::Money::from_major(amount, explanation.currency, Rounding::HalfUp);
    rounded.map_or_else(
        |_| number(amount),
        |money| format::money(money.minor, money.currency.code()),
    )
}

/// What was calculated: `12 × 22 × 15/30`.
fn expression(step: &Step, steps: &[Step]) -> String {
    let operands: Vec<String> = step
        .operands
        .iter()
        .map(|operand| match operand {
            Operand::Number(value) => number(*value),
            Operand::Step(at) => steps
                .get(*at)
                .map_or_else(String::new, |step| number(step.result)),
        })
        .collect();
    let joined = |sign: &str| match operands.as_slice() {
        [] | [_] => String::new(),
        several => several.join(sign),
    };
    match step.op {
        Op::Add => joined(" + "),
        Op::Subtract => joined(" − "),
        Op::Multiply => joined(" × "),
        Op::Divide => joined(" ÷ "),
        Op::Largest => format!("the largest of {}", operands.join(" and ")),
        Op::Smallest => format!("the smallest of {}", operands.join(" and ")),
        Op::RoundQuantity(_) => format!("{} in whole units", operands.join(", ")),
        Op::RoundMoney { .. } => "rounded once".to_owned(),
    }
}

/// A decimal where it is one of at most six places, else the exact fraction.
fn number(value: Fraction) -> String {
    let micros = Fraction::whole(1_000_000).checked_mul(value).ok();
    match micros {
        Some(micros) if micros.den() == 1 => {
            i64::try_from(micros.num()).map_or_else(|_| value.to_string(), format::quantity)
        }
        _ => value.to_string(),
    }
}

fn source(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Subscription => "Subscription's quantity",
        SourceKind::Count => "Counted",
        SourceKind::ContractLine => "Agreed in the contract",
        SourceKind::VendorBillLine => "On the distributor's bill",
        SourceKind::Finding => "From a finding",
        SourceKind::Person => "Entered by a person",
    }
}

fn rule(rule: Rule) -> &'static str {
    match rule {
        Rule::PeriodCharge => "The period's charge: quantity times price.",
        Rule::CatchUp => "Changes inside a period that was invoiced before.",
        Rule::MeteredUsage => "What was counted in the period.",
        Rule::UsageCorrection => "A count that came in after the usage was invoiced.",
        Rule::MinimumSpend => "What is missing to the agreed minimum.",
        Rule::PriceStep => "A price that changed inside the period.",
        Rule::OneOff => "A charge of its own.",
        Rule::BillBack => "Past periods, billed back.",
        Rule::ByHand => "What a person entered: quantity times price.",
    }
}

fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::SourceQuantity => "Quantity",
        Meaning::AfterExclusions => "After exclusions",
        Meaning::Rounded => "In whole units",
        Meaning::AfterIncluded => "Beyond what is included",
        Meaning::Minimum => "At least the minimum",
        Meaning::BilledQuantity => "Billed quantity",
        Meaning::HeldQuantity => "Held at its highest",
        Meaning::Discount => "Discount",
        Meaning::Discounted => "After discount",
        Meaning::Change => "Change",
        Meaning::ChangeTotal => "All changes",
        Meaning::Value => "Value",
        Meaning::Spent => "Spent",
        Meaning::Missing => "Missing",
        Meaning::Total => "Total",
    }
}
