//! The distributor's records and bills.

use billing::Id;
use billing::finding::{BillLineKind, Kind, OverchargeReason, Subject, Told};
use billing::reconcile::{
    BillLine, BillState, Company, CompanyIx, Facts, LedgerLine, LineSource, Product, ProductIx,
    Subscription, SubscriptionIx,
};

use crate::{bought, charged, day, found, gbp, in_order, invoiced, micro, the_only};

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
fn two_clients_fees_of_one_day_are_two_findings() {
    let mut facts = in_order();
    let fee = BillLine {
        subscription: None,
        ..charged(BillLineKind::OneTime, "125.00", "2026-10-04")
    };
    facts.clients.push(billing::reconcile::Client {
        id: Id(2),
        ..facts.clients[0]
    });
    let client = Some(billing::reconcile::ClientIx(1));
    facts.companies.push(Company {
        id: Id(102),
        client,
        is_ignored: false,
    });
    facts.bill_lines = vec![
        fee,
        BillLine {
            id: Id(802),
            company: CompanyIx(1),
            ..fee
        },
    ];
    assert_eq!(found(&facts), [(Kind::UnbilledCharge, gbp("10.42")); 2]);
    // Two of one client are one finding, worth their sum.
    facts.bill_lines[1].company = CompanyIx(0);
    let finding = the_only(&facts);
    assert_eq!(
        (finding.impact, finding.one_off),
        (gbp("20.83"), Some(gbp("250.00")))
    );
}
