//! What passes a line of the distributor's bill on.

use billing::bill::matching::{Agreed, Bought, Charged, Match, matches};
use billing::finding::BillLineKind;
use billing::{Id, Micro};

use crate::{day, gbp, micro, period};

fn bought(kind: BillLineKind, charge: &str) -> Bought {
    Bought {
        client: Id(1),
        item: Some(Id(10)),
        feeds: None,
        kind,
        period: period("2026-10-01", "2026-11-01"),
        quantity: micro("3"),
        charge: gbp(charge),
    }
}

fn agreed(item: u128, follows_subscriptions: bool) -> Agreed {
    Agreed {
        id: Id(20),
        client: Id(1),
        item: Id(item),
        start: day("2026-01-01"),
        end: None,
        follows_subscriptions,
    }
}

fn charged(item: Option<u128>, net: &str, on: &str) -> Charged {
    Charged {
        client: Id(1),
        item: item.map(Id),
        line: None,
        quantity: Micro::ONE,
        net: gbp(net),
        on: day(on),
        period: None,
    }
}

fn passed(line: Bought, agreed: &[Agreed], charged: &[Charged]) -> (bool, bool) {
    let found = matches(&[line], agreed, charged);
    let Match {
        agreed, charged, ..
    } = found.first().unwrap();
    (agreed.is_some(), charged.is_some())
}

#[test]
fn a_contract_line_bills_what_recurs_and_what_it_follows() {
    use BillLineKind::{OneTime, Prorate, Subscription, Usage};
    for (kind, follows, bills) in [
        (Subscription, false, true),
        (Usage, false, true),
        (Prorate, false, false),
        (Prorate, true, true),
        (OneTime, true, false),
    ] {
        let found = passed(bought(kind, "66.00"), &[agreed(10, follows)], &[]);
        assert_eq!(found, (bills, false), "{kind:?}, follows {follows}");
    }
    let other_item = [agreed(11, true)];
    assert_eq!(
        passed(bought(Subscription, "66.00"), &other_item, &[]),
        (false, false)
    );
    let fed = Bought {
        feeds: Some(Id(20)),
        ..bought(Subscription, "66.00")
    };
    assert_eq!(passed(fed, &other_item, &[]), (true, false));
    let ended = Agreed {
        end: Some(day("2026-10-01")),
        ..agreed(10, true)
    };
    assert_eq!(
        passed(bought(Subscription, "66.00"), &[ended], &[]),
        (false, false)
    );
}

#[test]
fn an_invoice_line_passes_on_one_charge_and_no_other() {
    let once = bought(BillLineKind::OneTime, "125.00");
    for (line, is_passed_on) in [
        (charged(None, "125.00", "2026-10-20"), true),
        (charged(None, "125.01", "2026-10-20"), false),
        // Two weeks ahead at the earliest, two months after at the latest.
        (charged(None, "125.00", "2026-09-17"), true),
        (charged(None, "125.00", "2026-09-16"), false),
        (charged(None, "125.00", "2027-01-01"), true),
        (charged(None, "125.00", "2027-01-02"), false),
        // As many of the item itself, at the MSP's own price.
        (
            Charged {
                quantity: micro("3"),
                ..charged(Some(10), "150.00", "2026-10-20")
            },
            true,
        ),
        (
            Charged {
                quantity: micro("2"),
                ..charged(Some(10), "150.00", "2026-10-20")
            },
            false,
        ),
    ] {
        assert_eq!(passed(once, &[], &[line]).1, is_passed_on, "{line:?}");
    }
    let twice = matches(&[once, once], &[], &[charged(None, "125.00", "2026-10-20")]);
    assert_eq!((twice[0].is_none(), twice[1].is_none()), (false, true));
}

#[test]
fn an_invoice_of_the_item_in_that_time_passes_on_what_recurs() {
    let seats = bought(BillLineKind::Subscription, "66.00");
    let of_item = |on| passed(seats, &[], &[charged(Some(10), "99.00", on)]).1;
    assert!(of_item("2026-10-31"));
    assert!(!of_item("2026-11-01"));
    let our_own = Charged {
        line: Some(Id(20)),
        period: Some(period("2026-10-01", "2026-11-01")),
        ..charged(None, "99.00", "2026-09-25")
    };
    assert_eq!(
        passed(seats, &[agreed(10, false)], &[our_own]),
        (true, true)
    );
}
