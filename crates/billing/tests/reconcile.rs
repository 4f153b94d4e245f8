//! Reconciliation: what is found, counted once, and worth what the rules say.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says so when it fails"
)]

use billing::coverage::{ChargeKind, State};
use billing::finding::{
    ApplyWhen, BillLineKind, Finding, Kind, OverchargeReason, Severity, SeverityRules, Shortfall,
    Subject, Told, apply_amounts, severity,
};
use billing::period::{Cycle, Schedule, Timing};
use billing::reconcile::{
    Assigned, BillLine, BillState, Client, ClientIx, ClientPrice, Company, CompanyIx, ContractLine,
    Count, Covered, Facts, Item, ItemIx, LedgerLine, LineIx, LineSource, MeterIx, Outcome, Part,
    Price, Product, ProductIx, Rules, Scope, Subscription, SubscriptionIx, Trusted, reconcile,
};
use billing::{Currency, Id, Micro, Money, Period, Policy};
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

#[test]
fn facts_in_order_raise_nothing_and_show_six_numbers() {
    let mut facts = in_order();
    facts.ledger[2].document_paid_minor = gbp("198.00").minor;
    let outcome = run(&facts);
    assert_eq!(outcome.findings, []);
    let numbers = outcome.rows[0].numbers;
    assert_eq!(numbers.bought, Some(micro("18")));
    assert_eq!(numbers.contracted, Some(micro("18")));
    assert_eq!(numbers.invoiced, Some(micro("18")));
    assert_eq!(numbers.paid, Some(micro("9")));
    assert_eq!((numbers.assigned, numbers.deployed), (None, None));
}

#[test]
fn bought_25_deployed_25_contracted_18_is_one_shortfall_of_154_a_month() {
    let mut facts = in_order();
    facts.items[0].meter = Some(MeterIx(0));
    facts.subscriptions[0].quantity = micro("25");
    facts.subscriptions[0].quantity_raised_on = Some(day("2026-03-18"));
    facts.counts.push(counted("25", TODAY));
    let finding = the_only(&facts);
    assert_eq!(
        (finding.kind(), finding.impact),
        (Kind::QuantityGap, gbp("154.00"))
    );
    assert_eq!(finding.severity, Severity::Medium);
    assert_eq!(finding.since, Some(day("2026-03-18")));
    let told = Told::QuantityGap {
        bought: micro("25"),
        contracted: micro("18"),
    };
    assert_eq!((finding.told, finding.evidence.len()), (told, 4));
}

#[test]
fn each_missing_unit_counts_in_the_first_kind_that_explains_it() {
    let mut facts = in_order();
    facts.items[0].meter = Some(MeterIx(0));
    facts.subscriptions[0].quantity = micro("25");
    facts.counts.push(counted("28", TODAY));
    facts.ledger[2].quantity = micro("16");
    let expected = [
        (Kind::QuantityGap, gbp("154.00")),
        (Kind::UnbilledDevice, gbp("66.00")),
        (Kind::InvoiceShort, gbp("44.00")),
    ];
    assert_eq!(found(&facts), expected);
}

#[test]
fn a_line_that_follows_only_some_subscriptions_leaves_a_gap() {
    let mut facts = in_order();
    facts.lines[0].source = LineSource::Subscription;
    facts.subscriptions[0].line = Some(LineIx(0));
    let start = day("2026-10-05");
    facts.subscriptions.push(Subscription {
        id: Id(402),
        start,
        ..bought("4")
    });
    let finding = the_only(&facts);
    assert_eq!(
        (finding.kind(), finding.impact),
        (Kind::QuantityGap, gbp("88.00"))
    );
    assert_eq!(finding.since, Some(start));
}

#[test]
fn what_a_rule_leaves_out_on_purpose_is_not_missing() {
    let mut facts = in_order();
    facts.subscriptions[0].quantity = micro("25");
    facts.lines[0].accounts_for = micro("25");
    assert_eq!(found(&facts), []);
}

#[test]
fn without_a_line_the_purchase_is_unbilled_at_the_best_price_known() {
    let mut facts = in_order();
    facts.lines.clear();
    facts.ledger.clear();
    let finding = the_only(&facts);
    let subject = Subject::ClientProduct {
        client: Id(1),
        product: Id(301),
    };
    assert_eq!(
        (finding.kind(), finding.identity.subject),
        (Kind::UnbilledProduct, subject)
    );
    assert_eq!(finding.impact, gbp("432.00"));
    assert_eq!(finding.since, Some(day("2025-06-01")));

    let price = monthly("20.00");
    facts.client_prices.push(ClientPrice {
        client: ClientIx(0),
        item: ItemIx(0),
        price,
    });
    assert_eq!(found(&facts), [(Kind::UnbilledProduct, gbp("360.00"))]);
    facts.client_prices.clear();
    facts.items[0].price = None;
    assert_eq!(found(&facts), [(Kind::UnbilledProduct, gbp("414.00"))]);
    facts.subscriptions[0].price = Micro::ZERO;
    assert_eq!(found(&facts), [(Kind::UnbilledProduct, gbp("388.80"))]);
}

#[test]
fn an_annual_term_is_worth_a_twelfth_a_month() {
    let mut facts = in_order();
    facts.lines.clear();
    facts.ledger.clear();
    facts.items[0].price = None;
    facts.subscriptions[0].price = micro("264.00");
    facts.subscriptions[0].term_months = Some(12);
    facts.subscriptions[0].quantity = micro("5");
    assert_eq!(found(&facts), [(Kind::UnbilledProduct, gbp("110.00"))]);
}

#[test]
fn devices_without_a_line_are_missed_once_for_all_items_of_the_meter() {
    let mut facts = in_order();
    let item = Item {
        meter: Some(MeterIx(0)),
        price: Some(monthly("30.00")),
        ..facts.items[0]
    };
    facts.items.push(Item {
        id: Id(202),
        ..item
    });
    facts.items.push(Item {
        id: Id(203),
        ..item
    });
    facts.counts.push(counted("4", TODAY));
    let finding = the_only(&facts);
    let subject = Subject::ClientItem {
        client: Id(1),
        item: Id(202),
    };
    assert_eq!(
        (finding.identity.subject, finding.impact),
        (subject, gbp("120.00"))
    );
}

#[test]
fn a_bad_count_is_not_used_and_the_last_good_one_is_marked() {
    let mut facts = in_order();
    facts.items[0].meter = Some(MeterIx(0));
    facts.counts.push(counted("20", "2026-11-10"));
    facts.counts.push(Count {
        trusted: Trusted::No,
        ..counted("0", "2026-11-12")
    });
    let finding = the_only(&facts);
    assert_eq!(
        (finding.kind(), finding.impact),
        (Kind::UnbilledDevice, gbp("44.00"))
    );
    let json = serde_json::to_string(&finding.evidence).unwrap();
    assert!(json.contains("\"is_last_good\":true"), "{json}");
}

#[test]
fn dates_decide_and_status_does_not() {
    let mut facts = in_order();
    facts.subscriptions.push(Subscription {
        id: Id(402),
        end: Some(day("2026-11-13")),
        ..bought("1")
    });
    assert_eq!(found(&facts), [(Kind::QuantityGap, gbp("22.00"))]);
    facts.subscriptions[1].end = Some(day("2026-11-12"));
    assert_eq!(found(&facts), []);
}

#[test]
fn trials_own_use_and_bundle_parts_raise_no_money() {
    let mut facts = in_order();
    facts.subscriptions.push(Subscription {
        id: Id(402),
        is_trial: true,
        ..bought("9")
    });
    let once = Subscription {
        id: Id(403),
        term_months: None,
        ..bought("9")
    };
    facts.subscriptions.push(once);
    assert_eq!(found(&facts), []);

    facts.subscriptions[0].quantity = micro("99");
    facts.clients[0].is_own_use = true;
    assert_eq!(found(&facts), []);

    let mut facts = in_order();
    facts.items.push(Item {
        id: Id(202),
        ..facts.items[0]
    });
    facts.parts.push(Part {
        bundle: ItemIx(1),
        part: ItemIx(0),
        ratio: micro("2"),
    });
    facts.lines[0].item = ItemIx(1);
    facts
        .ledger
        .iter_mut()
        .for_each(|line| line.item = Some(ItemIx(1)));
    let outcome = run(&facts);
    assert_eq!(outcome.findings, []);
    let part = outcome.rows.iter().find(|row| row.item == Id(201)).unwrap();
    assert_eq!(part.numbers.contracted, Some(micro("36")));
}

#[test]
fn invoiced_above_contracted_is_to_give_back_and_high_from_20() {
    let mut facts = in_order();
    facts.ledger[2].quantity = micro("19");
    let finding = the_only(&facts);
    assert_eq!(
        (finding.kind(), finding.impact),
        (Kind::OverBilled, gbp("22.00"))
    );
    assert_eq!(finding.severity, Severity::High);
    facts.ledger.push(LedgerLine {
        id: Id(699),
        ..invoiced("-1", "-22.00", "2026-11-08")
    });
    assert_eq!(found(&facts), []);
}

#[test]
fn what_the_next_draft_catches_up_is_not_short() {
    let mut facts = in_order();
    facts.subscriptions[0].quantity = micro("20");
    facts.lines[0].quantity = micro("20");
    facts.lines[0].accounts_for = micro("20");
    assert_eq!(found(&facts), [(Kind::InvoiceShort, gbp("44.00"))]);
    facts.lines[0].to_catch_up = micro("2");
    assert_eq!(found(&facts), []);
}

#[test]
fn a_period_is_skipped_three_days_after_it_should_have_been_invoiced() {
    let mut facts = in_order();
    facts.ledger.pop();
    facts.service_date = day("2026-11-03");
    assert_eq!(found(&facts), []);
    facts.service_date = day("2026-11-04");
    let finding = the_only(&facts);
    let period_start = day("2026-11-01");
    assert_eq!(
        finding.identity.subject,
        Subject::LinePeriod {
            line: Id(501),
            period_start
        }
    );
    assert_eq!(
        (finding.impact, finding.severity),
        (gbp("396.00"), Severity::High)
    );

    let mut covered = Covered {
        line: LineIx(0),
        period_start,
        kind: ChargeKind::Recurring,
        state: State::Planned,
        quantity: None,
    };
    facts.coverage.push(covered);
    assert_eq!(found(&facts).len(), 1);
    for state in [
        State::Drafted,
        State::Posted,
        State::Credited,
        State::Nil,
        State::Waived,
    ] {
        covered.state = state;
        facts.coverage[0] = covered;
        assert_eq!(found(&facts), [], "{state:?}");
    }
}

#[test]
fn arrears_are_skipped_only_after_they_settled() {
    let mut facts = in_order();
    facts.lines[0].timing = Timing::Arrears;
    facts.lines[0].bill_from = day("2026-10-01");
    facts.ledger.retain(|line| line.date < day("2026-10-01"));
    for (today, skipped) in [("2026-11-17", 0), ("2026-11-18", 1)] {
        facts.service_date = day(today);
        assert_eq!(found(&facts).len(), skipped, "{today}");
    }
    // Invoiced on the first day after its period.
    facts.ledger.push(invoiced("18", "396.00", "2026-11-01"));
    assert_eq!(found(&facts), []);
}

#[test]
fn nothing_before_bill_from_is_missing() {
    let mut facts = in_order();
    facts.ledger.clear();
    let kinds: Vec<Kind> = found(&facts).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [Kind::SkippedPeriod; 3]);
    facts.lines[0].bill_from = day("2026-12-01");
    assert_eq!(found(&facts), []);
}

#[test]
fn our_own_lines_cover_the_period_they_store() {
    let mut facts = in_order();
    let period = Period::new(day("2026-11-01"), day("2026-12-01")).unwrap();
    facts.ledger[2].date = day("2026-10-27");
    facts.ledger[2].line = Some(LineIx(0));
    facts.ledger[2].period = Some(period);
    assert_eq!(found(&facts), []);
}

#[test]
fn below_cost_is_the_difference_times_the_quantity() {
    let mut facts = in_order();
    facts.subscriptions[0].cost = micro("23.50");
    facts.subscriptions[0].previous_cost = Some(micro("18.00"));
    facts.subscriptions[0].cost_changed_on = Some(day("2026-11-01"));
    let finding = the_only(&facts);
    assert_eq!(
        (finding.kind(), finding.impact),
        (Kind::BelowCost, gbp("27.00"))
    );
    assert_eq!(finding.severity, Severity::High);
}

#[test]
fn a_cost_rise_is_news_until_the_price_follows_or_sixty_days_pass() {
    let mut facts = in_order();
    facts.subscriptions[0].cost = micro("19.50");
    facts.subscriptions[0].previous_cost = Some(micro("18.00"));
    facts.subscriptions[0].cost_changed_on = Some(day("2026-09-13"));
    assert_eq!(found(&facts), [(Kind::CostRise, gbp("27.00"))]);
    facts.lines[0].price_raised_on = Some(day("2026-10-01"));
    assert_eq!(found(&facts), []);
    facts.lines[0].price_raised_on = None;
    facts.subscriptions[0].cost_changed_on = Some(day("2026-09-12"));
    assert_eq!(found(&facts), []);
}

#[test]
fn an_unmapped_company_hides_what_its_live_subscriptions_sell_for() {
    let mut facts = in_order();
    facts.companies.push(Company {
        id: Id(102),
        client: None,
        is_ignored: false,
    });
    facts.products.push(Product {
        id: Id(302),
        item: None,
        is_ignored: false,
    });
    let company = CompanyIx(1);
    facts.subscriptions.push(Subscription {
        id: Id(402),
        company,
        ..bought("2")
    });
    let product = ProductIx(1);
    facts.subscriptions.push(Subscription {
        id: Id(403),
        company,
        product,
        ..bought("1")
    });
    let finding = the_only(&facts);
    assert_eq!(
        finding.identity.subject,
        Subject::Company { company: Id(102) }
    );
    assert_eq!(finding.impact, gbp("71.00"));
    facts.companies[1].is_ignored = true;
    assert_eq!(found(&facts), []);
}

#[test]
fn an_unmapped_product_counts_at_the_distributors_price() {
    let mut facts = in_order();
    facts.products.push(Product {
        id: Id(302),
        item: None,
        is_ignored: false,
    });
    let product = ProductIx(1);
    facts.subscriptions.push(Subscription {
        id: Id(402),
        product,
        ..bought("3")
    });
    assert_eq!(found(&facts), [(Kind::UnmappedProduct, gbp("69.00"))]);
}

#[test]
fn a_charge_nobody_passed_on_is_worth_a_twelfth_a_month() {
    let mut facts = in_order();
    facts
        .bill_lines
        .push(charged(BillLineKind::OneTime, "125.00", "2026-10-04"));
    let finding = the_only(&facts);
    assert_eq!(
        (finding.impact, finding.one_off),
        (gbp("10.42"), Some(gbp("125.00")))
    );
    let passed_on = LedgerLine {
        item: None,
        ..invoiced("1", "125.00", "2026-11-01")
    };
    facts.ledger.push(passed_on);
    assert_eq!(found(&facts), []);
    // One invoice line passes on one charge.
    facts.bill_lines.push(BillLine {
        id: Id(802),
        kind: BillLineKind::Prorate,
        ..charged(BillLineKind::OneTime, "125.00", "2026-10-04")
    });
    assert_eq!(found(&facts), [(Kind::UnbilledCharge, gbp("10.42"))]);
}

#[test]
fn a_prorate_is_covered_by_the_lines_own_catch_up() {
    let mut facts = in_order();
    facts
        .bill_lines
        .push(charged(BillLineKind::Prorate, "12.00", "2026-10-01"));
    assert_eq!(found(&facts).len(), 1);
    facts.lines[0].source = LineSource::Subscription;
    assert_eq!(found(&facts), []);
}

#[test]
fn a_credited_bill_and_one_in_correction_raise_nothing() {
    let mut facts = in_order();
    facts
        .bill_lines
        .push(charged(BillLineKind::OneTime, "125.00", "2026-10-04"));
    for state in [BillState::Credited, BillState::InCorrection] {
        facts.bill_lines[0].bill_state = state;
        assert_eq!(found(&facts), []);
    }
}

#[test]
fn the_distributors_bill_is_wrong_after_the_end_twice_or_dearer() {
    let reason = |facts: &Facts| match the_only(facts).told {
        Told::VendorOvercharge { reason, billed, .. } => (reason, billed),
        other => unreachable!("{other:?}"),
    };
    let line = charged(BillLineKind::Subscription, "23.00", "2026-11-01");
    let mut ended = in_order();
    let end = Some(day("2026-11-01"));
    ended.subscriptions.push(Subscription {
        id: Id(402),
        end,
        ..bought("1")
    });
    ended.bill_lines.push(BillLine {
        subscription: Some(SubscriptionIx(1)),
        ..line
    });
    assert_eq!(reason(&ended), (OverchargeReason::Ended, gbp("18.00")));

    let mut twice = in_order();
    twice.bill_lines.push(line);
    assert_eq!(found(&twice), []);
    twice.bill_lines.push(BillLine {
        id: Id(802),
        ..line
    });
    assert_eq!(reason(&twice), (OverchargeReason::Duplicate, gbp("18.00")));

    let mut dearer = in_order();
    let dear = BillLine {
        unit_cost: micro("19.50"),
        cost_minor: 1950,
        ..line
    };
    dearer.bill_lines.push(dear);
    assert_eq!(reason(&dearer), (OverchargeReason::Price, gbp("1.50")));
}

#[test]
fn a_seat_nobody_has_is_unused_at_its_cost() {
    let mut facts = in_order();
    facts.assigned.push(Assigned {
        id: Id(901),
        client: ClientIx(0),
        item: ItemIx(0),
        quantity: micro("15"),
        taken_on: day(TODAY),
    });
    assert_eq!(found(&facts), [(Kind::UnusedLicence, gbp("54.00"))]);
}

#[test]
fn severity_goes_by_kind_money_and_age() {
    let rules = SeverityRules::default();
    let of = |kind, impact, runs| severity(kind, gbp(impact), runs, &rules);
    assert_eq!(of(Kind::QuantityGap, "200.00", 0), Severity::High);
    assert_eq!(of(Kind::QuantityGap, "199.99", 0), Severity::Medium);
    assert_eq!(of(Kind::QuantityGap, "49.99", 0), Severity::Low);
    assert_eq!(of(Kind::QuantityGap, "49.99", 3), Severity::Medium);
    assert_eq!(of(Kind::SkippedPeriod, "1.00", 0), Severity::High);
    assert_eq!(of(Kind::OverBilled, "20.00", 0), Severity::High);
    assert_eq!(of(Kind::BelowCost, "19.99", 0), Severity::Low);
    assert_eq!(of(Kind::BelowCost, "19.99", 1), Severity::High);
    let yen = Money::new(200, Currency::JPY);
    assert_eq!(severity(Kind::QuantityGap, yen, 0, &rules), Severity::High);
}

#[test]
fn seven_seats_since_18_march_applied_on_2_april() {
    let start = day("2026-01-01");
    let shortfall = Shortfall {
        quantity: micro("7"),
        unit_price: micro("22.00"),
        price_per: billing::charge::PricePer::Month,
        currency: Currency::GBP,
        schedule: Schedule::new(Cycle::Monthly, start, start, None).unwrap(),
        since: day("2026-03-18"),
        bill_from: start,
        invoiced_until: day("2026-05-01"),
        today: day("2026-04-02"),
    };
    let options = apply_amounts(&shortfall, &Policy::default()).unwrap();
    let now: Vec<_> = options
        .iter()
        .map(|option| (option.when, option.now))
        .collect();
    let expected = [
        (ApplyWhen::NextPeriod, gbp("0.00")),
        (ApplyWhen::FromNow, gbp("148.87")),
        (ApplyWhen::BillBack, gbp("223.55")),
        (ApplyWhen::WaivePast, gbp("0.00")),
    ];
    assert_eq!(now, expected);
    let parts: Vec<_> = options[2].parts.iter().map(|part| part.amount).collect();
    assert_eq!(parts, [gbp("69.55"), gbp("154.00")]);
    assert_eq!(options[3].waived.len(), 2);
}
