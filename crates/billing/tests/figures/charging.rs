//! Sections 3 and 4: proration and timing.

use billing::charge::{Change, Charge, Event, History, PricePer, PriceStep, Run, charges};
use billing::coverage::{ChargeKind, Key};
use billing::money::LedgerForm;
use billing::period::{Cycle, Timing};
use billing::policy::{Basis, ChangeDay, Decreases, Increases, PriceChange};
use billing::{Fraction, Policy};

use crate::{add, day, events, gbp, invoice, line, micro, only, period, sum};

#[test]
fn two_seats_on_15_march_are_caught_up_in_april() {
    let terms = line("0", "22.00", "2026-01-01");
    let april = period("2026-04-01", "2026-05-01");
    let history = events(&[add("2026-03-15", "2")]);
    let lines = invoice(&terms, &history, &Policy::default(), april);
    let catch_up = only(&lines, ChargeKind::CatchUp);
    assert_eq!(catch_up.share, Fraction::new(17, 31).unwrap());
    assert_eq!(catch_up.net, gbp("24.13"));
    assert_eq!(only(&lines, ChargeKind::Recurring).net, gbp("44.00"));
    assert_eq!(sum(&lines), gbp("68.13"));

    let one = events(&[add("2026-03-15", "1")]);
    assert_eq!(
        sum(&invoice(&terms, &one, &Policy::default(), april)),
        gbp("34.06")
    );

    let excluded = Policy {
        change_day: ChangeDay::Excluded,
        ..Policy::default()
    };
    let lines = invoice(&terms, &history, &excluded, april);
    assert_eq!(
        only(&lines, ChargeKind::CatchUp).share,
        Fraction::new(16, 31).unwrap()
    );
}

#[test]
fn service_from_2_to_24_august_in_a_cycle_from_the_25th_is_690() {
    let mut terms = line("1", "930.00", "2026-07-25");
    terms.start = day("2026-08-02");
    terms.bill_from = day("2026-08-02");
    let window = period("2026-07-25", "2026-08-25");
    let lines = invoice(&terms, &History::default(), &Policy::default(), window);
    let own = only(&lines, ChargeKind::Recurring);
    assert_eq!(
        (own.share, own.net),
        (Fraction::new(23, 31).unwrap(), gbp("690.00"))
    );
}

#[test]
fn three_seats_less_on_11_november_give_back_16_80() {
    let terms = line("10", "8.40", "2026-01-01");
    let history = events(&[add("2026-11-11", "-3")]);
    let december = period("2026-12-01", "2027-01-01");
    let lines = invoice(&terms, &history, &Policy::default(), december);
    assert_eq!(only(&lines, ChargeKind::CatchUp).net, gbp("-16.80"));
    assert_eq!(only(&lines, ChargeKind::Recurring).net, gbp("58.80"));

    let later = Policy {
        decreases: Decreases::NextPeriod,
        ..Policy::default()
    };
    let lines = invoice(&terms, &history, &later, december);
    assert_eq!(lines.len(), 1);
    assert_eq!(only(&lines, ChargeKind::Recurring).net, gbp("58.80"));

    let committed = Policy {
        decreases: Decreases::NotAllowed,
        ..Policy::default()
    };
    assert_eq!(
        sum(&invoice(&terms, &history, &committed, december)),
        gbp("84.00")
    );
}

#[test]
fn five_licences_co_termed_to_the_year_are_940_27() {
    let mut terms = line("10", "264.00", "2026-01-01");
    terms.cycle = Cycle::Annual;
    terms.price_per = PricePer::Term;
    let history = events(&[add("2026-04-16", "5")]);
    let may = period("2026-05-01", "2026-06-01");
    let lines = invoice(&terms, &history, &Policy::default(), may);
    let catch_up = only(&lines, ChargeKind::CatchUp);
    assert_eq!(catch_up.share, Fraction::new(260, 365).unwrap());
    assert_eq!(catch_up.net, gbp("940.27"));
    assert_eq!(catch_up.period, period("2026-04-16", "2027-01-01"));
}

#[test]
fn a_price_per_month_prorates_each_month_by_its_own_length() {
    let mut terms = line("1", "31.00", "2026-01-01");
    terms.cycle = Cycle::Quarterly;
    let history = events(&[add("2026-02-15", "1")]);
    let april = period("2026-04-01", "2026-05-01");
    let lines = invoice(&terms, &history, &Policy::default(), april);
    // The quarter's own charge is three whole months of two.
    assert_eq!(only(&lines, ChargeKind::Recurring).net, gbp("186.00"));
    // 14 of February's 28 days and March whole.
    let mid = only(
        &invoice(
            &terms,
            &history,
            &Policy::default(),
            period("2026-03-01", "2026-04-01"),
        ),
        ChargeKind::CatchUp,
    )
    .clone();
    assert_eq!(
        (mid.share, mid.net),
        (Fraction::new(3, 2).unwrap(), gbp("46.50"))
    );
}

#[test]
fn several_changes_collapse_to_one_line_with_their_events() {
    let terms = line("10", "30.00", "2026-01-01");
    let history = events(&[
        add("2026-06-21", "-1"),
        add("2026-06-11", "2"),
        add("2026-06-16", "1"),
    ]);
    let july = period("2026-07-01", "2026-08-01");
    let lines = invoice(&terms, &history, &Policy::default(), july);
    let catch_up = only(&lines, ChargeKind::CatchUp);
    // 2 × 20/30 + 1 × 15/30 − 1 × 10/30, at 30.00
    assert_eq!(
        (catch_up.net, catch_up.quantity),
        (gbp("45.00"), micro("2"))
    );
    let on: Vec<_> = catch_up
        .explanation
        .events
        .iter()
        .map(|event| event.on)
        .collect();
    assert_eq!(
        on,
        [day("2026-06-11"), day("2026-06-16"), day("2026-06-21")]
    );
}

#[test]
fn a_same_day_add_and_remove_nets_to_zero() {
    let terms = line("10", "22.00", "2026-01-01");
    let history = events(&[add("2026-03-15", "4"), add("2026-03-15", "-4")]);
    let april = period("2026-04-01", "2026-05-01");
    let lines = invoice(&terms, &history, &Policy::default(), april);
    assert_eq!((lines.len(), sum(&lines)), (1, gbp("220.00")));
}

#[test]
fn held_decreases_are_not_billed_again_when_they_come_back() {
    let terms = line("10", "30.00", "2026-01-01");
    let history = events(&[add("2026-06-05", "-3"), add("2026-06-20", "3")]);
    let policy = Policy {
        decreases: Decreases::NextPeriod,
        ..Policy::default()
    };
    let lines = invoice(
        &terms,
        &history,
        &policy,
        period("2026-07-01", "2026-08-01"),
    );
    assert_eq!((lines.len(), sum(&lines)), (1, gbp("300.00")));
}

#[test]
fn each_basis_shares_a_month_its_own_way() {
    let mut terms = line("1", "30.00", "2026-03-01");
    terms.start = day("2026-03-15");
    terms.bill_from = day("2026-03-15");
    let march = period("2026-03-01", "2026-04-01");
    let net = |basis| {
        let policy = Policy {
            basis,
            ..Policy::default()
        };
        sum(&invoice(&terms, &History::default(), &policy, march))
    };
    assert_eq!(net(Basis::ActualDays), gbp("16.45"));
    assert_eq!(net(Basis::ThirtyDays), gbp("17.00"));
    assert_eq!(net(Basis::WholeMonths), gbp("30.00"));
    assert_eq!(net(Basis::None), gbp("0.00"));
}

#[test]
fn increases_can_be_invoiced_by_themselves_at_once() {
    let terms = line("10", "22.00", "2026-01-01");
    let history = events(&[add("2026-03-15", "2")]);
    let policy = Policy {
        increases: Increases::OwnInvoice,
        ..Policy::default()
    };
    let covered = [Key {
        period_start: day("2026-03-01"),
        kind: ChargeKind::Recurring,
    }];
    let march = period("2026-03-01", "2026-04-01");
    let run = Run {
        run_on: day("2026-03-16"),
        covered: &covered,
        ..Run::alone(march)
    };
    let lines = charges(&terms, &history, &policy, &run).unwrap();
    let own = only(&lines, ChargeKind::CatchUp);
    assert!(own.on_its_own);
    assert_eq!(own.net, gbp("24.13"));
}

#[test]
fn coverage_makes_generating_twice_the_same_as_once() {
    let terms = line("10", "22.00", "2026-01-01");
    let history = events(&[add("2026-03-15", "2")]);
    let april = period("2026-04-01", "2026-05-01");
    let first = invoice(&terms, &history, &Policy::default(), april);
    let covered: Vec<Key> = first.iter().map(|line| line.coverage).collect();
    let billed = Event {
        is_billed: true,
        ..add("2026-03-15", "2")
    };
    let run = Run {
        covered: &covered,
        ..Run::alone(april)
    };
    let again = charges(&terms, &events(&[billed]), &Policy::default(), &run).unwrap();
    assert_eq!(again, []);
}

#[test]
fn a_change_known_late_is_caught_up_in_every_period_it_missed() {
    let terms = line("10", "31.00", "2026-01-01");
    let history = events(&[add("2026-02-15", "1")]);
    let months = ["2026-01-01", "2026-02-01", "2026-03-01"];
    let covered: Vec<Key> = months
        .map(|start| Key {
            period_start: day(start),
            kind: ChargeKind::Recurring,
        })
        .into();
    let april = period("2026-04-01", "2026-05-01");
    let run = Run {
        covered: &covered,
        since: day("2026-01-01"),
        catch_up_from: day("2026-01-01"),
        ..Run::alone(april)
    };
    let lines = charges(&terms, &history, &Policy::default(), &run).unwrap();
    let nets: Vec<_> = lines.iter().map(|line| (line.kind(), line.net)).collect();
    let expected = [
        (ChargeKind::CatchUp, gbp("15.50")),
        (ChargeKind::CatchUp, gbp("31.00")),
        (ChargeKind::Recurring, gbp("341.00")),
    ];
    assert_eq!(nets, expected);
}

#[test]
fn a_price_step_waits_for_the_next_period_or_splits_this_one() {
    let mut terms = line("2", "30.00", "2026-01-01");
    let step = PriceStep {
        from: day("2026-06-16"),
        unit_price: micro("33.00"),
        is_late: false,
    };
    terms.price_steps = vec![step];
    let june = period("2026-06-01", "2026-07-01");
    let july = period("2026-07-01", "2026-08-01");
    let none = History::default();
    assert_eq!(
        sum(&invoice(&terms, &none, &Policy::default(), june)),
        gbp("60.00")
    );
    assert_eq!(
        sum(&invoice(&terms, &none, &Policy::default(), july)),
        gbp("66.00")
    );
    let at_once = Policy {
        price_change: PriceChange::Immediately,
        ..Policy::default()
    };
    assert_eq!(sum(&invoice(&terms, &none, &at_once, june)), gbp("63.00"));

    terms.price_steps = vec![PriceStep {
        is_late: true,
        ..step
    }];
    assert_eq!(sum(&invoice(&terms, &none, &at_once, june)), gbp("60.00"));
    let lines = invoice(&terms, &none, &at_once, july);
    assert_eq!(only(&lines, ChargeKind::PriceStep).net, gbp("3.00"));
}

#[test]
fn an_annual_licence_stands_on_the_invoice_of_its_month_only() {
    let mut terms = line("3", "264.00", "2026-04-01");
    terms.cycle = Cycle::Annual;
    terms.price_per = PricePer::Term;
    let on = |start, end| {
        sum(&invoice(
            &terms,
            &History::default(),
            &Policy::default(),
            period(start, end),
        ))
    };
    assert_eq!(on("2026-04-01", "2026-05-01"), gbp("792.00"));
    assert_eq!(on("2026-05-01", "2026-06-01"), gbp("0.00"));
    assert_eq!(on("2027-04-01", "2027-05-01"), gbp("792.00"));
}

#[test]
fn arrears_weigh_every_change_by_its_days() {
    let mut terms = line("10", "30.00", "2026-01-01");
    terms.timing = Timing::Arrears;
    let history = events(&[add("2026-06-16", "2")]);
    let july = period("2026-07-01", "2026-08-01");
    let lines = invoice(&terms, &history, &Policy::default(), july);
    let own = only(&lines, ChargeKind::Recurring);
    assert_eq!((own.net, own.quantity), (gbp("330.00"), micro("12")));
    assert!(matches!(own.form, LedgerForm::QuantityTimesPrice { .. }));
}

#[test]
fn a_minimum_spend_is_trued_up_and_prorated_in_part_periods() {
    let mut terms = line("5", "10.00", "2026-06-01");
    terms.minimum_spend = Some(gbp("120.00"));
    let june = period("2026-06-01", "2026-07-01");
    let lines = invoice(&terms, &History::default(), &Policy::default(), june);
    assert_eq!(only(&lines, ChargeKind::MinimumSpend).net, gbp("70.00"));
    terms.start = day("2026-06-16");
    terms.bill_from = day("2026-06-16");
    let lines = invoice(&terms, &History::default(), &Policy::default(), june);
    assert_eq!(only(&lines, ChargeKind::Recurring).net, gbp("25.00"));
    assert_eq!(only(&lines, ChargeKind::MinimumSpend).net, gbp("35.00"));
}

#[test]
fn a_set_quantity_is_a_change_like_any_other() {
    let terms = line("10", "31.00", "2026-01-01");
    let set = Event {
        change: Change::Set(micro("12")),
        ..add("2026-03-16", "0")
    };
    let april = period("2026-04-01", "2026-05-01");
    let lines: Vec<Charge> = invoice(&terms, &events(&[set]), &Policy::default(), april);
    assert_eq!(only(&lines, ChargeKind::CatchUp).net, gbp("32.00"));
    assert_eq!(only(&lines, ChargeKind::Recurring).net, gbp("372.00"));
}
