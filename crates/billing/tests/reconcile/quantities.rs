//! Units missing or too many, each counted once.

use billing::finding::{Kind, Severity, Subject, Told};
use billing::reconcile::{
    ClientIx, ClientPrice, Count, Item, ItemIx, LedgerLine, LineIx, LineSource, MeterIx, Part,
    Subscription, Trusted,
};
use billing::{Id, Micro};

use crate::{
    TODAY, bought, counted, day, found, gbp, in_order, invoiced, micro, monthly, run, the_only,
};

#[test]
fn facts_in_order_raise_nothing_and_show_six_numbers() {
    let mut facts = in_order();
    facts.ledger[2].document_paid_minor = gbp("198.00").minor;
    let outcome = run(&facts);
    assert_eq!(outcome.findings, []);
    let numbers = outcome.rows[0].numbers();
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
    assert_eq!(part.numbers().contracted, Some(micro("36")));
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
