//! Which repeating invoices still bill, and how their rhythm reads.

use billing::repeating::{Every, goes_on};

use super::day;

#[test]
fn what_ended_bills_no_more() {
    for (next, end, is_on) in [
        (Some("2026-12-01"), None, true),
        (None, None, true),
        (None, Some("2026-11-30"), false),
        (Some("2026-12-01"), Some("2026-11-30"), false),
        (Some("2026-12-01"), Some("2026-12-01"), true),
        (Some("2026-12-01"), Some("2027-06-30"), true),
    ] {
        assert_eq!(
            goes_on(next.map(day), end.map(day)),
            is_on,
            "{next:?} {end:?}"
        );
    }
}

#[test]
fn rhythms_read_as_people_say_them() {
    let words = [
        (Every::Weeks(1), "week"),
        (Every::Weeks(2), "2 weeks"),
        (Every::Months(1), "month"),
        (Every::Months(2), "2 months"),
        (Every::Months(3), "quarter"),
        (Every::Months(12), "year"),
    ];
    for (every, said) in words {
        assert_eq!(every.words(), said);
    }
}
