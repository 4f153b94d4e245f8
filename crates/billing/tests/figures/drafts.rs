//! Sections 4 and 11: coverage, guards, states, numbers.

use billing::coverage::{
    ChargeKind, Happening, Key, State as Coverage, settled_on, should_be_invoiced_on, skipped_from,
};
use billing::draft::{
    Action, Approve, Draft, Hold, Line, NumberSeries, Refusal, State, Stop, approve,
    compare_totals, holds, stops,
};
use billing::money::TaxedAmount;
use billing::period::Timing;
use billing::quantity::Counted;
use billing::{Currency, Id, Policy};

use crate::{day, gbp, micro, period};

fn line(net: &str) -> Line {
    Line {
        id: Id(7),
        covers: Some((
            Id(1),
            Key {
                period_start: day("2026-11-01"),
                kind: ChargeKind::Recurring,
            },
        )),
        description: "Managed workstation, 1 to 30 Nov 2026".into(),
        quantity: micro("5"),
        unit_price: micro("22.00"),
        amount: TaxedAmount::Exclusive { net: gbp(net) },
        tax_code: Some("OUTPUT2".into()),
        tax_rate: Some(micro("0.2")),
        account_code: Some("200".into()),
        cost: Some(gbp("80.00")),
        contract_value: Some(gbp("110.00")),
        is_explained: false,
        count: None,
        count_missing_on: None,
        price_list_currency: None,
    }
}

fn draft(lines: Vec<Line>) -> Draft {
    Draft {
        client: Id(1),
        currency: Currency::GBP,
        client_currency: Currency::GBP,
        contact: Some("c-1".into()),
        invoice_date: day("2026-11-01"),
        due_date: Some(day("2026-11-15")),
        reference: None,
        is_reference_required: false,
        lines,
        covered_elsewhere: Vec::new(),
        ledger_tax_codes: vec!["OUTPUT2".into()],
        ledger_account_codes: vec!["200".into()],
        ledger_locked_through: None,
        last_total: Some(gbp("110.00")),
        repeating_invoices: Vec::new(),
    }
}

#[test]
fn a_sound_draft_has_neither_stop_nor_hold() {
    let draft = draft(vec![line("110.00")]);
    assert_eq!((stops(&draft), holds(&draft)), (vec![], vec![]));
    let totals = draft.totals(&Policy::default()).unwrap();
    assert_eq!(
        (totals.net, totals.tax, totals.gross),
        (gbp("110"), gbp("22"), gbp("132"))
    );
}

#[test]
fn every_stop_is_seen() {
    let mut draft = draft(vec![line("110.00")]);
    draft.client_currency = Currency::EUR;
    draft.contact = None;
    draft.is_reference_required = true;
    draft.reference = Some(String::new());
    draft.ledger_locked_through = Some(day("2026-11-01"));
    draft.repeating_invoices = vec!["Support".into()];
    let coverage = draft.lines[0].covers.unwrap();
    draft.covered_elsewhere = vec![coverage];
    draft.lines[0].price_list_currency = Some(Currency::USD);
    draft.lines[0].tax_code = Some("OLD".into());
    draft.lines[0].account_code = None;
    let last_good_on = day("2026-10-25");
    draft.lines[0].count = Some(Counted {
        value: micro("5"),
        last_good_on,
        is_carried: true,
        is_too_old: true,
    });
    draft.lines[0].count_missing_on = Some(day("2026-11-01"));
    let line = Id(7);
    let expected = [
        Stop::NotTheClientsCurrency {
            draft: Currency::GBP,
            client: Currency::EUR,
        },
        Stop::NoAccountingContact,
        Stop::ReferenceRequired,
        Stop::LedgerLocked {
            through: day("2026-11-01"),
        },
        Stop::RepeatingInvoiceInLedger {
            invoices: vec!["Support".into()],
        },
        Stop::PriceListInAnotherCurrency {
            line,
            currency: Currency::USD,
        },
        Stop::TaxCodeRefused {
            line,
            code: "OLD".into(),
        },
        Stop::AccountCodeMissing { line },
        Stop::AlreadyCovered {
            line,
            coverage: coverage.1,
        },
        Stop::CountTooOld { line, last_good_on },
        Stop::CountMissing {
            line,
            on: day("2026-11-01"),
        },
    ];
    assert_eq!(stops(&draft), expected);
}

#[test]
fn holds_fall_where_nothing_explains_the_difference() {
    let mut low = draft(vec![line("54.99")]);
    let line_id = Id(7);
    let amount = gbp("54.99");
    let under = Hold::UnderHalfItsContract {
        line: line_id,
        amount,
        contract: gbp("110.00"),
    };
    let below = Hold::BelowCost {
        line: line_id,
        amount,
        cost: gbp("80.00"),
    };
    assert_eq!(holds(&low), [under, below.clone()]);
    low.lines[0].is_explained = true;
    assert_eq!(holds(&low), [below]);

    let high = draft(vec![line("220.01")]);
    let over = Hold::OverTwiceLastPeriod {
        total: gbp("220.01"),
        last: gbp("110.00"),
    };
    assert_eq!(holds(&high), [over]);
    assert_eq!(holds(&draft(vec![line("220.00")])), []);
}

#[test]
fn an_approval_is_bound_to_what_was_seen() {
    let draft = draft(vec![line("110.00")]);
    let content = draft.content();
    let request = |seen, now, holds, released| {
        approve(Approve {
            state: State::Draft,
            seen_hash: seen,
            content_hash: now,
            stops: Vec::new(),
            holds,
            released,
            by: Id(3),
            at: chrono::DateTime::UNIX_EPOCH,
        })
    };
    let approval = request(&content, &content, Vec::new(), &[]).unwrap();
    assert!(approval.stands(&content));
    let mut edited = draft.clone();
    edited.lines[0].description.push('!');
    assert!(!approval.stands(&edited.content()));
    let other = edited.content();
    let changed = request(&content, &other, Vec::new(), &[]);
    assert_eq!(changed, Err(Refusal::ContentChanged));

    let held = holds(&self::draft(vec![line("54.99")]));
    let refused = request(&content, &content, held.clone(), &held[..1]);
    assert_eq!(refused, Err(Refusal::Held(held[1..].to_vec())));
    assert!(request(&content, &content, held.clone(), &held).is_ok());
}

#[test]
fn approving_sends_nothing_and_posting_cannot_be_taken_back() {
    use Action::{Approve, LedgerAuthorised, LedgerPaid, LedgerVoided, Post, Reject, Unapprove};

    let walk = |actions: &[Action]| {
        actions
            .iter()
            .try_fold(State::Draft, |state, action| state.after(*action))
    };
    assert_eq!(
        walk(&[Approve, Unapprove, Approve, Post, LedgerAuthorised]),
        Ok(State::Posted)
    );
    assert_eq!(
        walk(&[Approve, Post, Post, LedgerPaid, LedgerPaid]),
        Ok(State::Paid)
    );
    assert_eq!(
        walk(&[Approve, Post, LedgerAuthorised, LedgerVoided]),
        Ok(State::Void)
    );
    assert!(walk(&[Post]).is_err());
    assert!(walk(&[Approve, Post, Unapprove]).is_err());
    assert!(walk(&[Approve, Post, Reject]).is_err());
}

#[test]
fn numbers_come_from_our_own_series_once() {
    let series = NumberSeries {
        prefix: "BO-".into(),
        digits: 5,
        next: 42,
    };
    let (first, rest) = series.take();
    let (second, _) = rest.take();
    assert_eq!((first.as_str(), second.as_str()), ("BO-00042", "BO-00043"));
}

#[test]
fn a_cent_of_difference_stops_the_posting() {
    assert!(compare_totals(gbp("132.00"), gbp("132.00")).is_ok());
    assert!(compare_totals(gbp("132.00"), gbp("132.01")).is_err());
}

#[test]
fn coverage_reopens_when_its_document_is_gone() {
    use Happening::{Credit, Draft, Post, Rebill, Reopen, SetNil, Waive};

    let walk = |steps: &[Happening]| {
        steps
            .iter()
            .try_fold(Coverage::Planned, |state, step| state.after(*step))
    };
    assert_eq!(walk(&[Draft, Post, Reopen]), Ok(Coverage::Planned));
    assert_eq!(walk(&[Draft, Post, Credit, Rebill]), Ok(Coverage::Posted));
    assert_eq!(walk(&[SetNil, SetNil]), Ok(Coverage::Nil));
    assert_eq!(walk(&[Waive]), Ok(Coverage::Waived));
    assert!(walk(&[Post]).is_err());
    assert!(walk(&[Waive, Draft]).is_err());
}

#[test]
fn a_period_should_be_invoiced_at_its_start_or_after_settling() {
    let march = period("2026-03-01", "2026-04-01");
    let on = |timing| should_be_invoiced_on(march, timing, 15);
    assert_eq!(on(Timing::Advance), day("2026-03-01"));
    assert_eq!(on(Timing::Arrears), day("2026-04-15"));
    assert_eq!(
        skipped_from(march, Timing::Advance, 15, 3),
        day("2026-03-04")
    );
    assert_eq!(settled_on(day("2026-01-20"), 31), day("2026-01-31"));
    assert_eq!(settled_on(day("2026-02-01"), 31), day("2026-02-28"));
}
