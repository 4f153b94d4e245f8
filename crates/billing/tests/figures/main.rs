//! Every figure of the money rules, by name. The numbers are the specification.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says so when a rule refuses"
)]

mod approval;
mod charging;
mod comparison;
mod credits;
mod drafts;
mod matching;
mod numbers;
mod quantity;
mod repeating;
mod reports;
mod time;
mod timeline;

use billing::charge::{Change, Charge, Event, History, PricePer, Run, Terms, charges};
use billing::coverage::ChargeKind;
use billing::period::{Cycle, Timing};
use billing::quantity::QuantityRule;
use billing::{Currency, Id, Micro, Money, Period, Policy};
use chrono::NaiveDate;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn micro(text: &str) -> Micro {
    text.parse().unwrap()
}

fn gbp(text: &str) -> Money {
    Money::new(micro(text).0 / 10_000, Currency::GBP)
}

fn period(start: &str, end: &str) -> Period {
    Period::new(day(start), day(end)).unwrap()
}

/// A monthly line in advance, fixed, from `start`.
fn line(quantity: &str, unit_price: &str, start: &str) -> Terms {
    Terms {
        line: Id(1),
        item: None,
        currency: Currency::GBP,
        unit_price: micro(unit_price),
        price_steps: Vec::new(),
        price_per: PricePer::Month,
        cycle: Cycle::Monthly,
        cycle_steps: Vec::new(),
        timing: Timing::Advance,
        anchor: day(start),
        start: day(start),
        end: None,
        bill_from: day(start),
        rule: QuantityRule::fixed(micro(quantity)),
        minimum_spend: None,
        discount: None,
        trial_until: None,
        is_committed: false,
    }
}

fn add(on: &str, quantity: &str) -> Event {
    Event {
        row: None,
        on: day(on),
        change: Change::Add(micro(quantity)),
        seen_at: None,
        is_billed: false,
    }
}

fn events(events: &[Event]) -> History {
    History {
        events: events.to_vec(),
        ..History::default()
    }
}

/// What the invoice of one window holds, each line checked against its own explanation.
fn invoice(terms: &Terms, history: &History, policy: &Policy, window: Period) -> Vec<Charge> {
    let lines = charges(terms, history, policy, &Run::alone(window)).unwrap();
    for line in &lines {
        assert_eq!(
            line.explanation.recompute().unwrap(),
            line.net,
            "{:#?}",
            line.explanation
        );
    }
    lines
}

fn only(lines: &[Charge], kind: ChargeKind) -> &Charge {
    let mut of_kind = lines.iter().filter(|line| line.kind() == kind);
    match (of_kind.next(), of_kind.next()) {
        (Some(line), None) => line,
        _ => panic!("not exactly one {kind:?} in {lines:#?}"),
    }
}

fn sum(lines: &[Charge]) -> Money {
    Money::sum(Currency::GBP, lines.iter().map(|line| line.net)).unwrap()
}
