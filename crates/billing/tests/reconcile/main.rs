//! Reconciliation: what is found, counted once, and worth what the rules say.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says so when it fails"
)]

mod bills;
mod periods;
mod quantities;
mod worth;

use billing::finding::{BillLineKind, Finding, Kind};
use billing::period::{Cycle, Timing};
use billing::reconcile::{
    BillLine, BillState, Client, ClientIx, Company, CompanyIx, ContractLine, Count, Facts, Item,
    ItemIx, LedgerLine, LineSource, MeterIx, Outcome, Price, Product, ProductIx, Rules, Scope,
    Subscription, SubscriptionIx, Trusted, reconcile,
};
use billing::{Currency, Id, Micro, Money, Period};
use chrono::NaiveDate;

const TODAY: &str = "2026-11-12";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn micro(text: &str) -> Micro {
    text.parse().unwrap()
}

fn gbp(text: &str) -> Money {
    Money::new(micro(text).0 / 10_000, Currency::GBP)
}

fn monthly(price: &str) -> Price {
    Price {
        unit_price: micro(price),
        currency: Currency::GBP,
        months: 1,
    }
}

/// One client with a Pax8 company, one item with a product, all in order: 18 bought, 18
/// contracted at 22.00, 18 invoiced for every month since `bill_from`.
fn in_order() -> Facts {
    let mut facts = Facts::at(day(TODAY));
    facts.clients.push(Client {
        id: Id(1),
        currency: Currency::GBP,
        is_own_use: false,
    });
    facts.companies.push(Company {
        id: Id(101),
        client: Some(ClientIx(0)),
        is_ignored: false,
    });
    let item = Item {
        id: Id(201),
        meter: None,
        price: Some(monthly("24.00")),
        cost: None,
    };
    facts.items.push(item);
    facts.products.push(Product {
        id: Id(301),
        item: Some(ItemIx(0)),
        is_ignored: false,
    });
    facts.subscriptions.push(bought("18"));
    facts.lines.push(contracted("18", "22.00"));
    for month in ["2026-09-01", "2026-10-01", "2026-11-01"] {
        facts.ledger.push(invoiced("18", "396.00", month));
    }
    facts
}

fn bought(quantity: &str) -> Subscription {
    Subscription {
        id: Id(401),
        company: CompanyIx(0),
        product: ProductIx(0),
        line: None,
        quantity: micro(quantity),
        quantity_raised_on: None,
        price: micro("23.00"),
        cost: micro("18.00"),
        currency: Currency::GBP,
        term_months: Some(1),
        is_trial: false,
        start: day("2025-06-01"),
        end: None,
        previous_cost: None,
        cost_changed_on: None,
    }
}

fn contracted(quantity: &str, price: &str) -> ContractLine {
    ContractLine {
        id: Id(501),
        client: ClientIx(0),
        item: ItemIx(0),
        source: LineSource::Fixed,
        quantity: micro(quantity),
        accounts_for: micro(quantity),
        to_catch_up: Micro::ZERO,
        unit_price: micro(price),
        currency: Currency::GBP,
        price_months: 1,
        price_raised_on: None,
        cycle: Cycle::Monthly,
        timing: Timing::Advance,
        anchor: day("2025-06-01"),
        start: day("2025-06-01"),
        end: None,
        bill_from: day("2026-09-01"),
        trial_until: None,
    }
}

fn invoiced(quantity: &str, net: &str, date: &str) -> LedgerLine {
    LedgerLine {
        id: Id(600 + u128::from(date.as_bytes()[6])),
        client: ClientIx(0),
        item: Some(ItemIx(0)),
        line: None,
        quantity: micro(quantity),
        net_minor: gbp(net).minor,
        currency: Currency::GBP,
        date: day(date),
        period: None,
        document_paid_minor: 0,
        document_total_minor: gbp(net).minor,
    }
}

fn counted(quantity: &str, on: &str) -> Count {
    Count {
        id: Id(701),
        client: ClientIx(0),
        meter: MeterIx(0),
        quantity: micro(quantity),
        taken_on: day(on),
        trusted: Trusted::Good,
    }
}

fn charged(kind: BillLineKind, charge: &str, start: &str) -> BillLine {
    let start = day(start);
    BillLine {
        id: Id(801),
        company: CompanyIx(0),
        product: Some(ProductIx(0)),
        subscription: Some(SubscriptionIx(0)),
        kind,
        bill_state: BillState::Standing,
        quantity: micro("1"),
        unit_cost: micro("18.00"),
        cost_minor: 1800,
        charge_minor: gbp(charge).minor,
        currency: Currency::GBP,
        period: Period::month_of(start),
        is_passed_on: false,
    }
}

fn run(facts: &Facts) -> Outcome {
    reconcile(facts, &Rules::default(), Scope::All)
}

fn found(facts: &Facts) -> Vec<(Kind, Money)> {
    run(facts)
        .findings
        .iter()
        .map(|finding| (finding.kind(), finding.impact))
        .collect()
}

fn the_only(facts: &Facts) -> Finding {
    let mut findings = run(facts).findings;
    assert_eq!(findings.len(), 1, "{findings:#?}");
    findings.remove(0)
}
