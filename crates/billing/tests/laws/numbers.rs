//! Numbers, tax, and the reports that add them up.

use billing::money::{LedgerForm, TaxedAmount, allocate, line_total};
use billing::mrr::{ByClient, movement};
use billing::policy::Rounding;
use billing::statement::{Entry, EntryKind, statement};
use billing::{Currency, Fraction, Id, Micro, Money, Period};
use proptest::prelude::*;

use crate::{after, date, rounding};

proptest! {
    #[test]
    fn allocation_loses_nothing(
        minor in -1_000_000_000_i64..1_000_000_000,
        weights in prop::collection::vec(0_u64..1_000_000, 1..40),
    ) {
        let total = Money::new(minor, Currency::GBP);
        let parts = allocate(total, &weights).unwrap();
        prop_assert_eq!(Money::sum(Currency::GBP, parts.iter().copied()).unwrap(), total);
        prop_assert!(parts.iter().all(|part| part.minor.signum() * minor.signum() >= 0));
    }

    #[test]
    fn a_charge_and_its_reversal_cancel(
        quantity in -10_000_000_000_i64..10_000_000_000,
        price in 0_i64..10_000_000_000,
        (num, den) in (0_i128..400, 1_i128..400),
        rounding in rounding(),
    ) {
        let share = Fraction::new(num, den).unwrap();
        let of = |quantity| {
            line_total(Micro(quantity), Micro(price), share, Currency::GBP, rounding).unwrap()
        };
        // Half-even and half-up treat both signs alike; so does half-down.
        prop_assert_eq!(of(quantity).checked_add(of(-quantity)).unwrap().minor, 0);
    }

    #[test]
    fn a_ledger_line_always_comes_to_its_total(
        quantity in -10_000_000_000_i64..10_000_000_000,
        price in 0_i64..1_000_000_000,
        (num, den) in (1_i128..366, 1_i128..366),
    ) {
        let share = Fraction::new(num, den).unwrap();
        let half_up = Rounding::HalfUp;
        let net = line_total(Micro(quantity), Micro(price), share, Currency::GBP, half_up).unwrap();
        let (sent, unit) = match LedgerForm::of(net, Micro(quantity), Micro(price), share).unwrap() {
            LedgerForm::QuantityTimesPrice { quantity, unit_amount } => (quantity, unit_amount),
            LedgerForm::OneOfTotal { unit_amount, .. } => (Micro::ONE, unit_amount),
        };
        prop_assert_eq!(unit.0 % 100, 0);
        let there = line_total(sent, unit, Fraction::ONE, Currency::GBP, half_up).unwrap();
        prop_assert_eq!(there, net);
    }

    #[test]
    fn net_and_tax_are_the_gross(
        minor in -1_000_000_000_i64..1_000_000_000,
        rate in 0_i64..500_000,
        rounding in rounding(),
    ) {
        let stated = Money::new(minor, Currency::GBP);
        let inside = TaxedAmount::Inclusive { gross: stated };
        let line = inside.taxed(Micro(rate), rounding).unwrap();
        prop_assert_eq!(line.gross, stated);
        prop_assert_eq!(line.net.checked_add(line.tax).unwrap(), line.gross);
        let outside = TaxedAmount::Exclusive { net: stated };
        let line = outside.taxed(Micro(rate), rounding).unwrap();
        prop_assert_eq!(line.net.checked_add(line.tax).unwrap(), line.gross);
    }

    #[test]
    fn rounding_goes_to_a_neighbour(num in any::<i64>(), den in 1_i64..1_000_000, r in rounding()) {
        let exact = Fraction::new(num.into(), den.into()).unwrap();
        let rounded = exact.round(r);
        prop_assert!(exact.floor() <= rounded && rounded <= exact.ceil());
        let off = exact.checked_sub(Fraction::new(rounded, 1).unwrap()).unwrap();
        let half = Fraction::new(1, 2).unwrap();
        prop_assert!(half.negated() <= off && off <= half);
        prop_assert_eq!(exact.negated().round(r), -rounded);
    }

    #[test]
    fn fractions_keep_order_and_text(a in any::<i64>(), b in 1_i64.., c in any::<i64>(), d in 1_i64..) {
        let (left, right) =
            (Fraction::new(a.into(), b.into()).unwrap(), Fraction::new(c.into(), d.into()).unwrap());
        let cross = (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)));
        prop_assert_eq!(left.cmp(&right), cross);
        prop_assert_eq!(left.to_string().parse::<Fraction>().unwrap(), left);
    }

    #[test]
    fn mrr_movement_adds_up(
        before in prop::collection::btree_map(0_u128..20, 0_i64..100_000, 0..20),
        after in prop::collection::btree_map(0_u128..20, 0_i64..100_000, 0..20),
    ) {
        let of = |map: std::collections::BTreeMap<u128, i64>| -> ByClient {
            map.into_iter().map(|(id, minor)| ((Id(id), Currency::GBP), minor)).collect()
        };
        for moved in movement(&of(before), &of(after)).unwrap() {
            let change = moved.new.minor + moved.expansion.minor
                - moved.contraction.minor - moved.churn.minor;
            prop_assert_eq!(moved.before.minor + change, moved.after.minor);
        }
    }

    #[test]
    fn each_closing_is_the_next_opening(
        start in date(),
        entries in prop::collection::vec((0_u64..90, 0_u8..4, 0_i64..1_000_000), 0..40),
    ) {
        let kinds =
            [EntryKind::Charge, EntryKind::Payment, EntryKind::Credit, EntryKind::Refund];
        let entries: Vec<Entry> = (0_u128..)
            .zip(entries)
            .map(|(id, (on, kind, minor))| Entry {
                document: Id(id),
                date: after(start, on),
                kind: kinds[usize::from(kind)],
                amount: Money::new(minor, Currency::GBP),
            })
            .collect();
        let mut opening = 0;
        for month in 0..3 {
            let days = Period::new(after(start, month * 30), after(start, month * 30 + 30)).unwrap();
            let sheet = statement(&entries, days, Currency::GBP).unwrap();
            prop_assert_eq!(sheet.opening.minor, opening);
            let closing = sheet.opening.minor + sheet.charges.minor - sheet.payments.minor
                - sheet.credits.minor + sheet.refunds.minor;
            prop_assert_eq!(sheet.closing.minor, closing);
            opening = closing;
        }
    }
}
