//! Credit notes: never more than what is left, tax as on the line, to the cent.

use billing::credit::{Action, CreditError, Creditable, State};
use billing::{Currency, Money};

fn gbp(minor: i64) -> Money {
    let currency: Currency = "GBP".parse().unwrap();
    Money { minor, currency }
}

fn line(net: i64, tax: i64, credited: (i64, i64)) -> Creditable {
    Creditable {
        net: gbp(net),
        tax: gbp(tax),
        credited_net: gbp(credited.0),
        credited_tax: gbp(credited.1),
    }
}

#[test]
fn parts_of_a_line_add_up_to_its_tax() {
    // 0.03 at 20 % is 0.01 of tax; each penny alone would have none.
    for (net, tax, parts) in [
        (3, 1, vec![1, 1, 1]),
        (1005, 201, vec![503, 502]),
        (15_400, 3080, vec![15_400]),
        (9936, 1987, vec![3312, 3312, 3312]),
        (100, 0, vec![99, 1]),
    ] {
        let (mut taken, mut taxed) = (0, 0);
        for part in &parts {
            let credit = line(net, tax, (taken, taxed)).credit(gbp(*part)).unwrap();
            taken += part;
            taxed += credit.tax.minor;
            assert_eq!(credit.is_whole, taken == net, "{net} {parts:?}");
        }
        assert_eq!((taken, taxed), (net, tax), "{parts:?}");
    }
    let half = line(15_400, 3080, (0, 0)).credit(gbp(7700)).unwrap();
    assert_eq!((half.tax, half.is_whole), (gbp(1540), false));
}

#[test]
fn no_more_is_credited_than_is_left() {
    let left = line(15_400, 3080, (10_000, 2000));
    assert_eq!(left.left(), Ok(gbp(5400)));
    let refused = left.credit(gbp(5401)).unwrap_err();
    assert_eq!(refused, CreditError::MoreThanLeft { left: gbp(5400) });
    assert_eq!(left.credit(gbp(0)), Err(CreditError::Nothing));
    assert_eq!(left.credit(gbp(-1)), Err(CreditError::Nothing));
    // A line that gave back already has nothing to give.
    assert!(line(-1680, -336, (0, 0)).credit(gbp(1)).is_err());
}

#[test]
fn a_credit_note_goes_one_way() {
    use State::{Allocated, Approved, Draft, Posted, Posting, Rejected, Void};
    let way = [
        (Draft, Action::Approve, Some(Approved)),
        (Approved, Action::Edit, Some(Draft)),
        (Approved, Action::Post, Some(Posting)),
        (Posting, Action::LedgerRefused, Some(Approved)),
        (Posting, Action::LedgerPosted, Some(Posted)),
        (Posted, Action::LedgerAllocated, Some(Allocated)),
        (Allocated, Action::LedgerPosted, Some(Posted)),
        (Allocated, Action::LedgerVoided, Some(Void)),
        (Void, Action::LedgerVoided, Some(Void)),
        (Draft, Action::Reject, Some(Rejected)),
        (Draft, Action::Post, None),
        (Posting, Action::Edit, None),
        (Posted, Action::Reject, None),
        (Rejected, Action::Approve, None),
        (Void, Action::Post, None),
    ];
    for (from, action, to) in way {
        assert_eq!(from.after(action).ok(), to, "{from:?} {action:?}");
    }
}
