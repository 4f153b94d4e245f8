//! Section 2, time.

use billing::Period;
use billing::due::{CountedFrom, PaymentTerms};
use billing::period::{Cycle, Schedule, ScheduleError};

use crate::{day, period};

fn starts(schedule: &Schedule, until: &str) -> Vec<String> {
    let tiles = schedule.tiles(schedule.start(), day(until));
    tiles.map(|tile| tile.service.start().to_string()).collect()
}

#[test]
fn a_period_is_half_open_and_shown_inclusive() {
    let march = period("2026-03-01", "2026-04-01");
    assert_eq!((march.days(), march.last_day()), (31, day("2026-03-31")));
    assert_eq!(
        Period::through(day("2026-03-01"), day("2026-03-31")),
        Ok(march)
    );
    assert!(Period::new(day("2026-03-01"), day("2026-03-01")).is_err());
}

#[test]
fn the_31st_goes_through_february_and_is_the_31st_again() {
    let start = day("2026-01-31");
    let schedule = Schedule::new(Cycle::Monthly, start, start, None).unwrap();
    let expected = [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
    ];
    assert_eq!(starts(&schedule, "2026-06-01"), expected);
}

#[test]
fn the_29th_of_february_keeps_its_day_through_common_years() {
    let start = day("2024-02-29");
    let schedule = Schedule::new(Cycle::Annual, start, start, None).unwrap();
    let expected = [
        "2024-02-29",
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ];
    assert_eq!(starts(&schedule, "2028-03-01"), expected);
}

#[test]
fn what_happens_once_has_one_period() {
    let start = day("2026-03-10");
    let schedule = Schedule::new(Cycle::Once, start, start, None).unwrap();
    assert_eq!(starts(&schedule, "2027-01-01"), ["2026-03-10"]);
    assert!(schedule.tile_at(day("2026-03-11")).is_none());
    let until = Schedule::new(Cycle::Once, start, start, Some(day("2026-06-01"))).unwrap();
    assert_eq!(starts(&until, "2027-01-01"), ["2026-03-10"]);
}

#[test]
fn a_change_of_frequency_leaves_no_gap() {
    let start = day("2026-01-31");
    let schedule = Schedule::new(Cycle::Monthly, start, start, None)
        .and_then(|s| s.then(day("2026-03-31"), Cycle::Quarterly))
        .and_then(|s| s.then(day("2026-07-10"), Cycle::Monthly))
        .unwrap();
    let expected = [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-06-30",
        "2026-07-10",
        "2026-07-31",
        "2026-08-31",
    ];
    assert_eq!(starts(&schedule, "2026-09-01"), expected);
}

#[test]
fn what_cannot_tile_is_refused() {
    let start = day("2026-01-01");
    let ended = Schedule::new(Cycle::Monthly, start, start, Some(start));
    assert_eq!(
        ended,
        Err(ScheduleError::EndsBeforeStart { start, end: start })
    );
    let anchor = day("2026-02-01");
    let late = Schedule::new(Cycle::Monthly, anchor, start, None);
    assert_eq!(late, Err(ScheduleError::AnchorAfterStart { anchor, start }));
}

#[test]
fn an_invoice_is_due_as_was_agreed() {
    use CountedFrom::{DayOfMonth, DayOfNextMonth, EndOfMonth, InvoiceDate};
    for (dated, days, counted_from, due) in [
        ("2026-11-01", 14, InvoiceDate, "2026-11-15"),
        ("2026-11-01", 0, InvoiceDate, "2026-11-01"),
        ("2026-01-31", 30, InvoiceDate, "2026-03-02"),
        ("2026-11-01", 10, EndOfMonth, "2026-12-10"),
        ("2026-11-30", 0, EndOfMonth, "2026-11-30"),
        ("2026-02-14", 30, EndOfMonth, "2026-03-30"),
        ("2028-02-14", 1, EndOfMonth, "2028-03-01"),
        ("2026-11-01", 20, DayOfMonth, "2026-11-20"),
        ("2026-11-20", 20, DayOfMonth, "2026-11-20"),
        // Never before the invoice itself.
        ("2026-11-25", 20, DayOfMonth, "2026-11-25"),
        ("2026-02-03", 31, DayOfMonth, "2026-02-28"),
        ("2028-02-03", 31, DayOfMonth, "2028-02-29"),
        ("2026-11-25", 20, DayOfNextMonth, "2026-12-20"),
        ("2026-12-31", 15, DayOfNextMonth, "2027-01-15"),
        ("2026-01-31", 31, DayOfNextMonth, "2026-02-28"),
        ("2026-03-31", 31, DayOfNextMonth, "2026-04-30"),
        // What no month has is its last day, and its first.
        ("2026-11-10", 90, DayOfNextMonth, "2026-12-31"),
        ("2026-11-10", 0, DayOfNextMonth, "2026-12-01"),
    ] {
        let terms = PaymentTerms { days, counted_from };
        assert_eq!(terms.due_on(day(dated)), day(due), "{dated} {terms:?}");
    }
    assert_eq!(
        PaymentTerms::STANDARD.due_on(day("2026-12-01")),
        day("2026-12-15")
    );
}
