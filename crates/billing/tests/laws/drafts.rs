//! What is said of a draft adds up.

use billing::coverage::ChargeKind;
use billing::draft::{Charged, Reason, Subject, by_hand, compare};
use billing::explanation::{SourceKind, SourceRow};
use billing::{Currency, Id, Micro, Money, Policy};
use proptest::prelude::*;

fn charged() -> impl Strategy<Value = Charged> {
    let kind = prop_oneof![
        Just(ChargeKind::Recurring),
        Just(ChargeKind::CatchUp),
        Just(ChargeKind::Usage)
    ];
    let subject = prop_oneof![
        (0_u128..5, kind).prop_map(|(id, kind)| Subject::Contract(Id(id), kind)),
        (0_u128..5).prop_map(|id| Subject::Own(Id(id))),
    ];
    let amounts = (0_i64..50_000_000, 0_i64..50_000_000, -100_000_i64..100_000);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (subject, amounts, flags).prop_map(|(subject, (quantity, price, net), flags)| Charged {
        subject,
        quantity: Micro(quantity),
        unit_price: Micro(price),
        net: Money::new(net, Currency::GBP),
        is_by_hand: flags.0,
        is_counted: flags.1,
        begins_or_ends: flags.2,
    })
}

fn total(lines: &[Charged]) -> Money {
    Money::sum(Currency::GBP, lines.iter().map(|line| line.net)).unwrap()
}

proptest! {
    #[test]
    fn differences_add_up_to_the_difference_of_the_totals(
        last in prop::collection::vec(charged(), 0..12),
        now in prop::collection::vec(charged(), 0..12),
    ) {
        let found = compare(&last, &now, Currency::GBP).unwrap();
        let by = Money::sum(Currency::GBP, found.iter().map(|one| one.by)).unwrap();
        prop_assert_eq!(by, total(&now).checked_sub(total(&last)).unwrap());
        for one in &found {
            prop_assert!(one.before != one.now, "only what differs: {:?}", one);
        }
    }

    #[test]
    fn an_invoice_does_not_differ_from_itself(lines in prop::collection::vec(charged(), 0..12)) {
        prop_assert_eq!(compare(&lines, &lines, Currency::GBP).unwrap(), vec![]);
    }

    #[test]
    fn what_somebody_typed_is_never_called_planned(line in charged()) {
        let typed = Charged { is_by_hand: true, ..line };
        let found = compare(&[], &[typed], Currency::GBP).unwrap();
        prop_assert!(found.iter().all(|one| one.reason == Reason::ByHand));
    }

    #[test]
    fn an_amount_typed_is_what_its_explanation_says(
        quantity in -10_000_000_000_i64..10_000_000_000,
        price in 0_i64..10_000_000_000,
    ) {
        let said_by = SourceRow {
            kind: SourceKind::Person,
            id: Id(1),
            value: Micro(quantity),
            on: None,
            seen_at: None,
        };
        let policy = Policy::default();
        let typed = by_hand(Micro(quantity), Micro(price), Currency::GBP, &policy, said_by).unwrap();
        prop_assert_eq!(typed.explanation.recompute().unwrap(), typed.net);
    }
}
