//! This invoice beside the last, what is typed by hand, and which drafts are usual.

use billing::coverage::ChargeKind;
use billing::draft::{
    Charged, Reason, Side, Subject, Surroundings, Unusual, Usual, by_hand, compare, look,
};
use billing::explanation::{SourceKind, SourceRow};
use billing::money::LedgerForm;
use billing::{Currency, Id, Policy};

use super::{gbp, micro};

fn line(id: u128, quantity: &str, price: &str, net: &str) -> Charged {
    Charged {
        subject: Subject::Contract(Id(id), ChargeKind::Recurring),
        quantity: micro(quantity),
        unit_price: micro(price),
        net: gbp(net),
        is_by_hand: false,
        is_counted: false,
        begins_or_ends: false,
    }
}

fn reasons(last: &[Charged], now: &[Charged]) -> Vec<(Reason, String)> {
    let found = compare(last, now, Currency::GBP).unwrap();
    found
        .iter()
        .map(|one| (one.reason, one.by.to_string()))
        .collect()
}

#[test]
fn only_what_differs_is_told_with_its_reason() {
    let last = [
        line(1, "18", "22", "396"),
        line(2, "10", "8.40", "84"),
        line(3, "5", "30", "150"),
        line(4, "1", "264", "264"),
    ];
    let catch_up = Charged {
        subject: Subject::Contract(Id(1), ChargeKind::CatchUp),
        ..line(1, "7", "22", "154")
    };
    let counted = Charged {
        is_counted: true,
        ..line(3, "6", "30", "180")
    };
    let now = [
        line(1, "25", "22", "550"),
        catch_up,
        line(2, "10", "8.60", "86"),
        counted,
    ];
    assert_eq!(
        reasons(&last, &now),
        [
            (Reason::Quantity, "154.00 GBP".to_owned()),
            (Reason::OnceOnly, "154.00 GBP".to_owned()),
            (Reason::Price, "2.00 GBP".to_owned()),
            (Reason::Count, "30.00 GBP".to_owned()),
            (Reason::Cadence, "-264.00 GBP".to_owned()),
        ]
    );
    assert_eq!(reasons(&last, &last), []);
}

#[test]
fn two_periods_on_one_invoice_are_one_difference() {
    let last = [line(1, "10", "22", "220")];
    let now = [line(1, "10", "22", "220"), line(1, "10", "22", "220")];
    let found = compare(&last, &now, Currency::GBP).unwrap();
    let [one] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!((one.reason, one.by), (Reason::PartPeriod, gbp("220")));
    let now = Side {
        quantity: micro("10"),
        unit_price: micro("22"),
        net: gbp("440"),
    };
    assert_eq!(one.now, Some(now));
}

#[test]
fn what_is_typed_is_quantity_times_price_rounded_once() {
    let said_by = SourceRow {
        kind: SourceKind::Person,
        id: Id(9),
        value: micro("3"),
        on: None,
        seen_at: None,
    };
    let policy = Policy::default();
    let typed = by_hand(micro("3"), micro("13.125"), Currency::GBP, &policy, said_by).unwrap();
    assert_eq!(typed.net, gbp("39.38"));
    assert_eq!(typed.explanation.recompute().unwrap(), typed.net);
    let form = LedgerForm::QuantityTimesPrice {
        quantity: micro("3"),
        unit_amount: micro("13.125"),
    };
    assert_eq!(typed.form, form);
}

fn around(differences: &[billing::draft::Difference]) -> Surroundings<'_> {
    Surroundings {
        stops: &[],
        holds: &[],
        differences,
        last: Some(gbp("396")),
        stale_source: None,
        ready_findings: 0,
        above: &[],
    }
}

#[test]
fn a_count_within_five_percent_is_usual() {
    let counted = |quantity, net| Charged {
        is_counted: true,
        ..line(1, quantity, "22", net)
    };
    let last = [counted("20", "440"), line(2, "1", "10", "10")];
    // 21 of 20 is five percent exactly; 22 is more.
    let small = compare(
        &last,
        &[counted("21", "462"), line(2, "2", "10", "20")],
        Currency::GBP,
    )
    .unwrap();
    let (planned, small_ones) = (1, 1);
    let usual = Usual {
        planned,
        small: small_ones,
    };
    assert_eq!(look(&around(&small)), Ok(usual));
    let large = compare(
        &last,
        &[counted("22", "484"), line(2, "1", "10", "10")],
        Currency::GBP,
    )
    .unwrap();
    assert_eq!(
        look(&around(&large)),
        Err(vec![Unusual::Unexplained { count: 1 }])
    );
}

#[test]
fn every_reason_against_is_told() {
    let mut unusual = around(&[]);
    unusual.last = None;
    unusual.stale_source = Some("Pax8");
    unusual.ready_findings = 2;
    let name = "Pax8".to_owned();
    assert_eq!(
        look(&unusual),
        Err(vec![
            Unusual::FirstInvoice,
            Unusual::StaleSource { name },
            Unusual::ReadyFindings { count: 2 },
        ])
    );
}
