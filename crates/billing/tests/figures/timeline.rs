//! What causes each change of one invoice against the one before.

use billing::charge::{History, Run, Terms};
use billing::charge::{PriceStep, charges};
use billing::period::Cycle;
use billing::timeline::{Cause, CauseKind, Invoices, causes};
use billing::{Period, Policy};

use crate::{add, day, events, gbp, line, micro, period, sum};

/// The causes of the later of two windows, which add up to the difference.
fn between(terms: &Terms, history: &History, before: Period, after: Period) -> Vec<Cause> {
    let policy = Policy::default();
    let of = |window| charges(terms, history, &policy, &Run::alone(window)).unwrap();
    let (was, is) = (of(before), of(after));
    let found = causes(&Invoices {
        terms,
        history,
        policy: &policy,
        before: &was,
        after: &is,
        window: after,
    })
    .unwrap();
    let parts: i64 = found.iter().map(|cause| cause.amount.minor).sum();
    assert_eq!(parts, sum(&is).minor - sum(&was).minor, "{found:#?}");
    found
}

fn told(causes: &[Cause]) -> Vec<(CauseKind, String, String, i64)> {
    let told = |cause: &Cause| {
        let (before, after) = (cause.before.to_string(), cause.after.to_string());
        (cause.kind, before, after, cause.amount.minor)
    };
    causes.iter().map(told).collect()
}

fn told_as(
    kind: CauseKind,
    before: &str,
    after: &str,
    amount: &str,
) -> (CauseKind, String, String, i64) {
    (kind, before.to_owned(), after.to_owned(), gbp(amount).minor)
}

/// +2 seats at 22.00 on 15 March: April has them and their catch-up of 24.13, May only them.
#[test]
fn a_change_and_its_catch_up_are_two_causes() {
    let terms = line("10", "22.00", "2026-01-01");
    let history = events(&[add("2026-03-15", "2")]);
    let march = period("2026-03-01", "2026-04-01");
    let april = period("2026-04-01", "2026-05-01");
    let may = period("2026-05-01", "2026-06-01");
    let found = between(&terms, &history, march, april);
    assert_eq!(
        told(&found),
        [
            told_as(CauseKind::Quantity, "10", "12", "44.00"),
            told_as(CauseKind::CatchUp, "0", "24.13", "24.13"),
        ]
    );
    assert_eq!(found[0].on, Some(day("2026-03-15")));
    assert_eq!(
        told(&between(&terms, &history, april, may)),
        [told_as(CauseKind::CatchUp, "24.13", "0", "-24.13")]
    );
}

/// A quantity and a price at once: the price is taken on the new quantity.
#[test]
fn quantity_and_price_share_the_difference() {
    let mut terms = line("10", "22.00", "2026-01-01");
    terms.price_steps = vec![PriceStep {
        from: day("2026-04-01"),
        unit_price: micro("22.88"),
        is_late: false,
    }];
    let history = events(&[add("2026-04-01", "1")]);
    let found = between(
        &terms,
        &history,
        period("2026-03-01", "2026-04-01"),
        period("2026-04-01", "2026-05-01"),
    );
    assert_eq!(
        told(&found),
        [
            told_as(CauseKind::Quantity, "10", "11", "22.00"),
            told_as(CauseKind::Price, "22", "22.88", "9.68"),
        ]
    );
}

#[test]
fn a_line_begins_comes_in_its_month_and_ends() {
    let months = |n: u32| {
        let first = |n: u32| day(&format!("20{}-{:02}-01", 26 + n / 12, n % 12 + 1));
        Period::new(first(n), first(n + 1)).unwrap()
    };
    let none = History::default();
    let mut annual = line("1", "264.00", "2026-02-01");
    annual.cycle = Cycle::Annual;
    annual.price_per = billing::charge::PricePer::Term;
    let kinds = |terms: &Terms, n: u32| -> Vec<(CauseKind, String, String, i64)> {
        told(&between(terms, &none, months(n), months(n + 1)))
    };
    let first = told_as(CauseKind::LineBegins, "0", "264", "264.00");
    assert_eq!(kinds(&annual, 0), [first]);
    let out = told_as(CauseKind::OutOfItsPeriod, "264", "0", "-264.00");
    assert_eq!(kinds(&annual, 1), [out]);
    let again = told_as(CauseKind::InItsPeriod, "0", "264", "264.00");
    assert_eq!(kinds(&annual, 12), [again]);

    let mut ends = line("10", "22.00", "2026-01-01");
    ends.end = Some(day("2026-03-16"));
    let part = told_as(CauseKind::PartPeriod, "28", "15", "-113.55");
    assert_eq!(kinds(&ends, 1), [part]);
    let over = told_as(CauseKind::LineEnds, "106.45", "0", "-106.45");
    assert_eq!(kinds(&ends, 2), [over]);

    let mut trial = line("10", "22.00", "2026-01-01");
    trial.trial_until = Some(day("2026-03-01"));
    let over = told_as(CauseKind::TrialEnds, "0", "220", "220.00");
    assert_eq!(kinds(&trial, 1), [over]);

    let mut once = line("1", "500.00", "2026-02-10");
    once.cycle = Cycle::Once;
    let paid = told_as(CauseKind::OneOff, "0", "500", "500.00");
    assert_eq!(kinds(&once, 0), [paid]);
}

/// 31 January, 28 February, 31 March: windows whose length differs change nothing by themselves.
#[test]
fn months_of_another_length_are_no_cause() {
    let terms = line("10", "22.00", "2026-01-31");
    let found = between(
        &terms,
        &History::default(),
        period("2026-01-31", "2026-02-28"),
        period("2026-02-28", "2026-03-31"),
    );
    assert_eq!(found, []);
}
