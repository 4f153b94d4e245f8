//! A run over some clients' facts finds for them exactly what a run over everything finds, and
//! the order of the facts does not matter.
#![expect(clippy::unwrap_used, reason = "a test says so when it fails")]

use billing::coverage::{ChargeKind, State};
use billing::finding::{BillLineKind, Finding};
use billing::period::{Cycle, Timing};
use billing::reconcile::{
    BillLine, BillState, Client, ClientIx, Company, CompanyIx, ContractLine, Count, Covered, Facts,
    Invoiced, Item, ItemIx, LedgerLine, LineIx, LineSource, MeterIx, Price, Product, ProductIx,
    Rules, Scope, Subscription, SubscriptionIx, Trusted, invoiced_elsewhere, reconcile,
};
use billing::{Currency, Id, Micro, Period};
use chrono::{Days, NaiveDate};
use proptest::prelude::*;

const CLIENTS: u32 = 6;
const ITEMS: u32 = 4;
const PRODUCTS: u32 = 6;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 12).unwrap()
}

fn ago(days: u64) -> NaiveDate {
    today().checked_sub_days(Days::new(days)).unwrap()
}

fn number(quantity: i64) -> Micro {
    Micro(quantity * 1_000_000)
}

prop_compose! {
    fn subscription()(
        (company, product) in (0..CLIENTS + 2, 0..PRODUCTS),
        quantity in 1_i64..30,
        (cost, rise) in (1_i64..40, prop::option::of((1_i64..5, 0_u64..90))),
        term in prop_oneof![Just(Some(1)), Just(Some(12)), Just(None)],
        is_trial in prop::bool::weighted(0.1),
        (start, end) in (0_u64..400, prop::option::of(0_u64..100)),
    ) -> Subscription {
        Subscription {
            id: Id(0),
            company: CompanyIx(company),
            product: ProductIx(product),
            line: None,
            quantity: number(quantity),
            quantity_raised_on: None,
            price: number(22),
            cost: number(cost),
            currency: Currency::GBP,
            term_months: term,
            is_trial,
            start: ago(start + 101),
            end: end.map(ago),
            previous_cost: rise.map(|(by, _)| number(cost - by)),
            cost_changed_on: rise.map(|(_, days)| ago(days)),
        }
    }
}

prop_compose! {
    fn line()(
        (client, item) in (0..CLIENTS, 0..ITEMS),
        (quantity, price) in (0_i64..30, 1_i64..50),
        cycle in prop_oneof![Just(Cycle::Monthly), Just(Cycle::Quarterly), Just(Cycle::Annual)],
        timing in prop_oneof![Just(Timing::Advance), Just(Timing::Arrears)],
        start in 0_u64..600,
        bill_from in 0_u64..200,
        end in prop::option::of(0_u64..60),
    ) -> ContractLine {
        ContractLine {
            id: Id(0),
            client: ClientIx(client),
            item: ItemIx(item),
            source: LineSource::Fixed,
            quantity: number(quantity),
            accounts_for: number(quantity),
            to_catch_up: Micro::ZERO,
            unit_price: number(price),
            currency: Currency::GBP,
            price_months: 1,
            price_raised_on: None,
            cycle,
            timing,
            anchor: ago(start + 61),
            start: ago(start + 61),
            end: end.map(ago),
            bill_from: ago(bill_from),
            trial_until: None,
        }
    }
}

prop_compose! {
    fn ledger_line()(
        (client, item) in (0..CLIENTS, prop::option::of(0..ITEMS)),
        quantity in -2_i64..30,
        date in 0_u64..200,
        paid in 0_i64..100,
    ) -> LedgerLine {
        LedgerLine {
            id: Id(0),
            client: ClientIx(client),
            item: item.map(ItemIx),
            line: None,
            quantity: number(quantity),
            net_minor: quantity * 2_200,
            currency: Currency::GBP,
            date: ago(date),
            period: None,
            document_paid_minor: paid,
            document_total_minor: 100,
        }
    }
}

prop_compose! {
    fn bill_line()(
        (company, product) in (0..CLIENTS + 2, 0..PRODUCTS),
        kind in prop_oneof![
            Just(BillLineKind::Subscription),
            Just(BillLineKind::OneTime),
            Just(BillLineKind::Usage),
        ],
        subscription in prop::option::of(0_u32..20),
        charge in 1_i64..20,
        start in 0_u64..120,
    ) -> BillLine {
        BillLine {
            id: Id(0),
            company: CompanyIx(company),
            product: Some(ProductIx(product)),
            subscription: subscription.map(SubscriptionIx),
            kind,
            bill_state: BillState::Standing,
            quantity: Micro::ONE,
            unit_cost: number(charge),
            cost_minor: charge * 100,
            charge_minor: charge * 2_200,
            currency: Currency::GBP,
            period: Period::month_of(ago(start)),
            is_passed_on: false,
        }
    }
}

fn tables() -> Facts {
    let mut facts = Facts::at(today());
    for n in 0..CLIENTS {
        let id = Id(u128::from(n) + 1);
        facts.clients.push(Client {
            id,
            currency: Currency::GBP,
            is_own_use: n == 0,
        });
    }
    for n in 0..CLIENTS + 2 {
        let client = (n < CLIENTS).then_some(ClientIx(n));
        facts.companies.push(Company {
            id: Id(u128::from(n) + 100),
            client,
            is_ignored: false,
        });
    }
    for n in 0..ITEMS {
        facts.items.push(Item {
            id: Id(u128::from(n) + 200),
            meter: (n < 2).then_some(MeterIx(0)),
            price: Some(Price {
                unit_price: number(24),
                currency: Currency::GBP,
                months: 1,
            }),
            cost: None,
        });
    }
    for n in 0..PRODUCTS {
        let item = (n < PRODUCTS - 1).then_some(ItemIx(n % ITEMS));
        facts.products.push(Product {
            id: Id(u128::from(n) + 300),
            item,
            is_ignored: false,
        });
    }
    facts
}

prop_compose! {
    fn facts()(
        subscriptions in prop::collection::vec(subscription(), 20..60),
        lines in prop::collection::vec(line(), 0..30),
        ledger in prop::collection::vec(ledger_line(), 0..80),
        bill_lines in prop::collection::vec(bill_line(), 0..30),
        counts in prop::collection::vec((0..CLIENTS, 0_i64..30, 0_u64..5), 0..20),
        covered in prop::collection::vec((0_u32..30, 0_u64..120), 0..10),
    ) -> Facts {
        let mut facts = tables();
        let named = |n: usize, block: u128| Id(u128::try_from(n).unwrap() + block);
        let subscriptions = subscriptions.into_iter().enumerate();
        facts.subscriptions =
            subscriptions.map(|(n, s)| Subscription { id: named(n, 1_000), ..s }).collect();
        let lines = lines.into_iter().enumerate();
        facts.lines = lines.map(|(n, l)| ContractLine { id: named(n, 2_000), ..l }).collect();
        let ledger = ledger.into_iter().enumerate();
        facts.ledger = ledger.map(|(n, l)| LedgerLine { id: named(n, 3_000), ..l }).collect();
        let bill_lines = bill_lines.into_iter().enumerate();
        facts.bill_lines =
            bill_lines.map(|(n, l)| BillLine { id: named(n, 4_000), ..l }).collect();
        for line in &mut facts.bill_lines {
            if let Some(sold) = line.subscription.and_then(|s| facts.subscriptions.get(s.0 as usize)) {
                line.company = sold.company;
            }
        }
        for (n, (client, quantity, days)) in counts.into_iter().enumerate() {
            facts.counts.push(Count {
                id: named(n, 5_000),
                client: ClientIx(client),
                meter: MeterIx(0),
                quantity: number(quantity),
                taken_on: ago(days),
                trusted: if quantity > 0 { Trusted::Good } else { Trusted::No },
            });
        }
        for (line, days) in covered {
            facts.coverage.push(Covered {
                line: LineIx(line),
                period_start: ago(days),
                kind: ChargeKind::Recurring,
                state: State::Posted,
                quantity: None,
            });
        }
        facts
    }
}

/// The facts of one client alone, as a caller that loads only those would give them.
fn only(facts: &Facts, client: ClientIx) -> Facts {
    let mut some = facts.clone();
    let company = CompanyIx(client.0);
    some.ledger.retain(|row| row.client == client);
    some.counts.retain(|row| row.client == client);
    some.bill_lines.retain(|row| row.company == company);
    some
}

/// Findings that need every client's facts are not a client's alone.
fn of_client(findings: &[Finding], client: Id) -> Vec<Finding> {
    findings
        .iter()
        .filter(|finding| finding.client == Some(client))
        .cloned()
        .collect()
}

proptest! {
    #[test]
    fn a_client_alone_equals_the_client_among_all(facts in facts()) {
        let rules = Rules::default();
        let all = reconcile(&facts, &rules, Scope::All);
        for n in 0..CLIENTS {
            let (at, id) = (ClientIx(n), facts.clients[n as usize].id);
            let alone = reconcile(&only(&facts, at), &rules, Scope::Clients(&[at]));
            prop_assert_eq!(&alone.findings, &of_client(&all.findings, id));
            let rows: Vec<_> = all.rows.iter().filter(|row| row.client == id).copied().collect();
            prop_assert_eq!(alone.rows, rows);
        }
    }

    #[test]
    fn the_order_of_the_facts_does_not_matter(facts in facts()) {
        let rules = Rules::default();
        let mut turned = facts.clone();
        turned.ledger.sort_by_key(|row| (row.client, row.id));
        turned.counts.sort_by_key(|row| (row.client, row.id));
        let (one, other) =
            (reconcile(&facts, &rules, Scope::All), reconcile(&turned, &rules, Scope::All));
        prop_assert_eq!(one.rows, other.rows);
        prop_assert_eq!(one.findings, other.findings);
        let of = |facts: &_| invoiced_elsewhere(facts, &rules, Scope::All);
        let lines = |all: Vec<Invoiced>| all.iter().map(|i| (i.line, i.period)).collect::<Vec<_>>();
        prop_assert_eq!(lines(of(&facts)), lines(of(&turned)));
    }

    #[test]
    fn every_missing_unit_is_counted_once(facts in facts()) {
        let outcome = reconcile(&facts, &Rules::default(), Scope::All);
        let mut seen: Vec<_> = outcome.findings.iter().map(|f| f.identity).collect();
        let count = seen.len();
        seen.dedup();
        prop_assert_eq!(seen.len(), count, "an identity came twice");
        for finding in &outcome.findings {
            prop_assert!(finding.impact.minor >= 0);
            prop_assert!(finding.client != Some(facts.clients[0].id));
        }
    }
}

/// Enough rows to be looked at by two threads.
#[test]
fn many_rows_are_looked_at_as_few_are() {
    let mut facts = tables();
    let rows = 70_000;
    for n in 0..rows {
        let client = n % CLIENTS;
        facts.ledger.push(LedgerLine {
            id: Id(u128::from(n) + 10_000),
            client: ClientIx(client),
            item: Some(ItemIx(n % ITEMS)),
            line: None,
            quantity: Micro::ONE,
            net_minor: 2_200,
            currency: Currency::GBP,
            date: ago(u64::from(n % 40)),
            period: None,
            document_paid_minor: 0,
            document_total_minor: 2_200,
        });
    }
    let once = reconcile(&facts, &Rules::default(), Scope::All);
    // The same thing three times over, as other clients' rows, is three times as much to look at.
    let mut many = facts.clone();
    for turn in 1..4 {
        let more = CLIENTS * turn;
        let (clients, ledger) = (facts.clients.clone(), facts.ledger.clone());
        many.clients.extend(clients);
        let moved = |row: LedgerLine| LedgerLine {
            client: ClientIx(row.client.0 + more),
            ..row
        };
        many.ledger.extend(ledger.into_iter().map(moved));
    }
    let all = reconcile(&many, &Rules::default(), Scope::All);
    assert_eq!(all.rows.len(), 4 * once.rows.len());
    for part in all.rows.chunks(once.rows.len()) {
        assert_eq!(part, once.rows);
    }
}
