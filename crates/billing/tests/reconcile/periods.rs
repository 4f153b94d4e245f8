//! Periods nobody invoiced.

use billing::coverage::{ChargeKind, State};
use billing::finding::{Kind, Severity, Subject};
use billing::period::{Cycle, Timing};
use billing::reconcile::{Covered, LineIx, Rules, Scope, invoiced_elsewhere};
use billing::{Id, Period};

use crate::{day, found, gbp, in_order, invoiced, micro, run, the_only};

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
fn a_period_begun_before_bill_from_was_billed_where_it_began() {
    let mut facts = in_order();
    facts.lines[0].cycle = Cycle::Annual;
    facts.lines[0].anchor = day("2026-01-01");
    facts.lines[0].start = day("2026-01-01");
    facts.ledger.clear();
    assert_eq!(found(&facts), []);
}

#[test]
fn what_only_the_ledger_shows_is_said_so_that_nobody_charges_it_again() {
    let mut facts = in_order();
    let elsewhere = |facts: &_| {
        let periods = invoiced_elsewhere(facts, &Rules::default(), Scope::All);
        periods
            .iter()
            .map(|p| (p.line, p.period.start().to_string()))
            .collect::<Vec<_>>()
    };
    let months = ["2026-09-01", "2026-10-01", "2026-11-01"].map(|m| (Id(501), m.to_owned()));
    assert_eq!(elsewhere(&facts), months);
    facts.coverage.push(Covered {
        line: LineIx(0),
        period_start: day("2026-10-01"),
        kind: ChargeKind::Recurring,
        state: State::Posted,
        quantity: None,
    });
    assert_eq!(elsewhere(&facts), [months[0].clone(), months[2].clone()]);
}

#[test]
fn an_annual_invoice_from_before_bill_from_is_what_is_invoiced_now() {
    let mut facts = in_order();
    facts.ledger.clear();
    assert_eq!(facts.ledger_since(), day("2026-09-01"), "its bill_from");
    facts.lines[0].cycle = Cycle::Annual;
    assert_eq!(facts.ledger_since(), day("2026-06-01"), "its running year");
    let mut annual = invoiced("18", "4752.00", "2026-06-01");
    annual.document_paid_minor = annual.document_total_minor;
    facts.ledger.push(annual);
    let numbers = run(&facts).rows[0].numbers();
    let all = Some(micro("18"));
    assert_eq!((numbers.invoiced, numbers.paid), (all, all));
    // In arrears the running year is invoiced after it, the one before in it.
    facts.lines[0].timing = Timing::Arrears;
    assert_eq!(facts.ledger_since(), day("2026-09-01"));
    // Without a line the calendar month counts.
    facts.lines.clear();
    assert_eq!(facts.ledger_since(), day("2026-11-01"));
}
