//! "Why is it this amount" in words: a line's stored explanation as steps that anyone can follow,
//! for the team or for the client. A client never learns what a distributor bills or how the team
//! works: sources of that kind and the names of policies are left out.

use billing::{
    Fraction, Micro, Period,
    charge::Change,
    explanation::{Explanation, Meaning, Op, Operand, Rule, SourceKind, Step},
    policy::Rounding,
};
use serde::Deserialize;

use super::LineView;
use crate::{db::FindingId, ui::format};

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Team,
    Client,
}

/// One step: what, because of what, and what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub sign: &'static str,
    pub what: String,
    pub because: String,
    pub value: String,
}

/// The reason of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub rule: String,
    pub steps: Vec<Reason>,
    /// What it comes to, and what that is called.
    pub result: Option<(String, String)>,
    /// The finding it came from; never told to a client.
    pub finding: Option<FindingId>,
}

impl Explained {
    fn push(&mut self, sign: &'static str, what: &str, because: String, value: String) {
        self.steps.push(Reason {
            sign,
            what: what.to_owned(),
            because,
            value,
        });
    }
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
pub fn explained(line: &LineView, currency: &str, reader: Reader) -> Option<Explained> {
    let stored = line.explanation.clone();
    if let Ok(explanation) = serde_json::from_value::<Explanation>(stored.clone()) {
        return Some(of_explanation(&explanation, reader));
    }
    let one_off: FromFinding = serde_json::from_value(stored).ok()?;
    Some(of_finding(&one_off, line, currency, reader))
}

fn of_finding(one_off: &FromFinding, line: &LineView, currency: &str, reader: Reader) -> Explained {
    let rule = match reader {
        Reader::Team => "A finding was applied: this is what it puts on the next invoice.",
        Reader::Client => "Something that earlier invoices left out or charged wrongly.",
    };
    let mut told = Explained {
        rule: rule.to_owned(),
        steps: Vec::new(),
        result: Some((
            "Before tax".to_owned(),
            format::money(line.net_minor, currency),
        )),
        finding: Some(one_off.finding).filter(|_| reader == Reader::Team),
    };
    if let (Some(quantity), Some(price), Some(part)) =
        (one_off.quantity, one_off.unit_price, &one_off.part)
    {
        let days = format::period(part.period.start(), part.period.end());
        let price = format::unit_price(price.0, currency);
        told.push("", "Units", String::new(), format::quantity(quantity.0));
        told.push("×", "Price of a unit", String::new(), price);
        told.push("×", "Share of the price", days, number(part.share));
    }
    told
}

fn of_explanation(explanation: &Explanation, reader: Reader) -> Explained {
    let code = explanation.currency.code();
    let rule = rule(explanation.rule);
    let mut told = Explained {
        rule: match reader {
            Reader::Team => format!(
                "{rule} In {code}, by the policy “{}”, version {}.",
                explanation.policy.name, explanation.policy.version
            ),
            Reader::Client => format!("{rule} In {code}."),
        },
        steps: Vec::new(),
        result: None,
        finding: None,
    };
    for row in &explanation.rows {
        let Some(source) = source(row.kind, reader) else {
            continue;
        };
        let on = row.on.map(|day| format!("on {}", format::date(day)));
        let value = format::quantity(row.value.0);
        told.push("", source, on.unwrap_or_default(), value);
    }
    for event in &explanation.events {
        let (what, value) = match event.change {
            Change::Add(by) if by.is_negative() => ("Fewer", format::quantity(by.0)),
            Change::Add(by) => ("More", format!("+{}", format::quantity(by.0))),
            Change::Set(to) => ("Changed to", format::quantity(to.0)),
        };
        told.push("", what, format!("on {}", format::date(event.on)), value);
    }
    let last = explanation.steps.len().saturating_sub(1);
    for (at, step) in explanation.steps.iter().enumerate() {
        let value = match step.op {
            Op::RoundMoney { .. } => money(step.result, explanation),
            _ => number(step.result),
        };
        let how = expression(step, &explanation.steps);
        let what = meaning(step.meaning);
        if at == last {
            told.result = Some((format!("{what} before tax"), value));
        } else {
            told.push("", what, how, value);
        }
    }
    told
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

/// What a number was read from; none for what is not this reader's business.
fn source(kind: SourceKind, reader: Reader) -> Option<&'static str> {
    match (kind, reader) {
        (SourceKind::VendorBillLine | SourceKind::Finding, Reader::Client) => None,
        (SourceKind::Subscription, Reader::Client) => Some("Licences held"),
        (SourceKind::Person, Reader::Client) => Some("Entered by hand"),
        (SourceKind::Subscription, Reader::Team) => Some("Subscription's quantity"),
        (SourceKind::Count, _) => Some("Counted"),
        (SourceKind::ContractLine, _) => Some("Agreed in the contract"),
        (SourceKind::VendorBillLine, Reader::Team) => Some("On the distributor's bill"),
        (SourceKind::Finding, Reader::Team) => Some("From a finding"),
        (SourceKind::Person, Reader::Team) => Some("Entered by a person"),
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
