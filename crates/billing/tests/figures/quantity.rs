//! Section 5, quantity.

use billing::Policy;
use billing::charge::{ChargeError, History, Run, charges, charges_as_counted};
use billing::coverage::ChargeKind;
use billing::period::Timing;
use billing::quantity::{
    CountState, Counting, Exclusion, NoCount, QuantityRule, QuantitySource, Reading, RoundRule,
    count,
};

use crate::{day, gbp, invoice, line, micro, only, period};

fn reading(on: &str, value: &str) -> Reading {
    Reading {
        on: day(on),
        value: micro(value),
        state: CountState::Complete,
        taken_at: None,
        row: None,
        units: Vec::new(),
    }
}

#[test]
fn usage_in_arrears_is_taken_after_it_settles() {
    let mut terms = line("0", "2.50", "2026-02-01");
    terms.timing = Timing::Arrears;
    terms.rule = QuantityRule::of(QuantitySource::Meter {
        counting: Counting::Peak,
    });
    let history = History {
        readings: vec![reading("2026-02-03", "40"), reading("2026-02-28", "36")],
        ..History::default()
    };
    let march = period("2026-03-01", "2026-04-01");
    let april = period("2026-04-01", "2026-05-01");
    assert!(invoice(&terms, &history, &Policy::default(), march).is_empty());
    let lines = invoice(&terms, &history, &Policy::default(), april);
    let usage = only(&lines, ChargeKind::Usage);
    assert_eq!(
        (usage.net, usage.period),
        (gbp("100.00"), period("2026-02-01", "2026-03-01"))
    );
}

#[test]
fn usage_that_settled_since_the_last_quarterly_invoice_is_on_this_one() {
    let mut terms = line("0", "1.00", "2026-01-01");
    terms.timing = Timing::Arrears;
    terms.rule = QuantityRule::of(QuantitySource::Meter {
        counting: Counting::LastDay,
    });
    let counted = ["2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30"];
    let history = History {
        readings: counted.iter().map(|on| reading(on, "7")).collect(),
        ..History::default()
    };
    // August was over when the invoice of September was made, and settled on 15 September.
    let quarter = period("2026-12-01", "2027-03-01");
    let lines = invoice(&terms, &history, &Policy::default(), quarter);
    let starts: Vec<String> = lines
        .iter()
        .map(|line| line.period.start().to_string())
        .collect();
    assert_eq!(starts, ["2026-08-01", "2026-09-01", "2026-10-01"]);
}

#[test]
fn the_quantity_rule_in_its_order() {
    let rule = QuantityRule {
        exclusions: vec![
            Exclusion {
                quantity: micro("2"),
                reason: "spare".into(),
                expires_on: None,
            },
            Exclusion {
                quantity: micro("9"),
                reason: "migration".into(),
                expires_on: Some(day("2026-03-01")),
            },
        ],
        included: micro("5"),
        minimum: Some(micro("10")),
        rounding: RoundRule::Up,
        ..QuantityRule::of(QuantitySource::Subscription)
    };
    let billed = |source, on| rule.billed(micro(source), day(on)).unwrap().quantity;
    assert_eq!(billed("25.2", "2026-03-01"), micro("19"));
    assert_eq!(billed("25.2", "2026-02-28"), micro("10"));
    assert_eq!(billed("0", "2026-03-01"), micro("10"));
    let answer = rule.billed(micro("25"), day("2026-03-01")).unwrap();
    assert_eq!(
        (answer.accounts_for, answer.excluded),
        (micro("25"), micro("2"))
    );
}

#[test]
fn a_bad_count_never_bills_zero() {
    let day_of = period("2026-03-31", "2026-04-01");
    let policy = Policy::default();
    let partial = Reading {
        state: CountState::Partial,
        ..reading("2026-03-31", "3")
    };
    let readings = [
        reading("2026-03-28", "41"),
        partial,
        reading("2026-03-30", "0"),
    ];
    let counted = count(&readings, day_of, Counting::LastDay, &policy).unwrap();
    assert_eq!(counted.value, micro("41"));
    assert!(counted.is_carried && !counted.is_too_old);
    let old = [reading("2026-03-27", "41")];
    assert!(
        count(&old, day_of, Counting::LastDay, &policy)
            .unwrap()
            .is_too_old
    );
    assert!(
        count(
            &[reading("2026-03-31", "0")],
            day_of,
            Counting::LastDay,
            &policy
        )
        .is_err()
    );
    let confirmed = Reading {
        state: CountState::Confirmed,
        ..reading("2026-03-31", "0")
    };
    let zero = count(&[confirmed], day_of, Counting::LastDay, &policy).unwrap();
    assert_eq!((zero.value, zero.is_carried), (micro("0"), false));
}

#[test]
fn a_period_nobody_counted_is_named_and_does_not_hold_up_the_others() {
    let mut terms = line("0", "2.50", "2026-03-01");
    terms.rule = QuantityRule::of(QuantitySource::Meter {
        counting: Counting::LastDay,
    });
    let history = History {
        readings: vec![reading("2026-03-30", "40")],
        ..History::default()
    };
    let run = Run {
        run_on: day("2026-04-01"),
        since: day("2026-03-01"),
        arrears_after: None,
        ..Run::alone(period("2026-03-01", "2026-05-01"))
    };
    let policy = Policy::default();
    let charged = charges_as_counted(&terms, &history, &policy, &run).unwrap();
    let april = only(&charged.charges, ChargeKind::Recurring);
    assert_eq!(
        (april.net, april.coverage.period_start),
        (gbp("100.00"), day("2026-04-01"))
    );
    let [march] = charged.uncounted.as_slice() else {
        panic!("{:?}", charged.uncounted);
    };
    let none = NoCount(day("2026-03-01"));
    assert_eq!(
        (march.period, march.unit_price, march.why),
        (period("2026-03-01", "2026-04-01"), micro("2.50"), none)
    );
    // Whoever wants all or nothing is refused.
    assert_eq!(
        charges(&terms, &history, &policy, &run),
        Err(ChargeError::NoCount(none))
    );
}
