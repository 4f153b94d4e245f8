//! Sections 6 to 9: commitment, price, the distributor's side, MRR, aging, statements.

use billing::aging::{Document, Kind, aging};
use billing::bill::{
    Bill, LineKey, may_replace, month_of, period_cost, replacement, replacements, states, true_up,
};
use billing::charge::{LineDiscount, PricePer};
use billing::commitment::{
    EndOfTerm, Ending, OnDecrease, Tranche, decrease, doing_nothing, reducible, surcharged,
};
use billing::finding::BillLineKind;
use billing::money::Discount;
use billing::mrr::{ByClient, monthly_value, movement};
use billing::period::Cycle;
use billing::price::{Uplift, approximately, cost_rise, margin, next_anniversary};
use billing::reconcile::BillState;
use billing::statement::{Entry, EntryKind, statement};
use billing::{Currency, Fraction, Id, Micro, Money};

use crate::{day, gbp, line, micro, period};

#[test]
fn annual_paid_monthly_is_stored_rounded_and_twelve_are_157_56() {
    let price = surcharged(micro("12.50"), micro("5"), Currency::GBP).unwrap();
    assert_eq!(price, micro("13.13"));
    assert_eq!(Micro(price.0 * 12), micro("157.56"));
}

#[test]
fn a_committed_quantity_falls_only_inside_each_window() {
    let seats = [
        Tranche {
            quantity: micro("20"),
            since: day("2026-01-10"),
        },
        Tranche {
            quantity: micro("5"),
            since: day("2026-03-01"),
        },
    ];
    let free = |on| reducible(&seats, day(on), 7);
    assert_eq!(free("2026-01-16"), micro("20"));
    assert_eq!(free("2026-01-17"), micro("0"));
    assert_eq!(free("2026-03-07"), micro("5"));

    let asked = |choice| {
        let cost = (micro("10.00"), Currency::GBP);
        decrease(&seats, micro("18"), day("2026-03-02"), cost, choice).unwrap()
    };
    let mirrored = asked(OnDecrease::Mirror);
    assert_eq!(
        (mirrored.billed, mirrored.committed),
        (Some(micro("18")), micro("20"))
    );
    assert_eq!(mirrored.eaten, gbp("20.00"));
    assert_eq!(asked(OnDecrease::Hold).billed, Some(micro("20")));
    assert_eq!(asked(OnDecrease::Refuse).billed, None);
}

#[test]
fn doing_nothing_at_the_end_of_a_term_costs_3_or_23_per_cent() {
    let ending = Ending {
        on: day("2026-06-30"),
        renews_by_itself: false,
        is_cancelled: false,
        quantity: micro("10"),
        unit_cost: micro("12.50"),
        monthly_plan_cost: Some(micro("15.00")),
        currency: Currency::GBP,
    };
    let extended = doing_nothing(&ending).unwrap();
    assert_eq!(
        (extended.outcome, extended.unit_cost),
        (EndOfTerm::Extended, micro("15.45"))
    );
    assert_eq!(extended.more_a_month, gbp("29.50"));
    let no_plan = doing_nothing(&Ending {
        monthly_plan_cost: None,
        ..ending
    })
    .unwrap();
    assert_eq!(no_plan.unit_cost, micro("15.38"));
    let before = doing_nothing(&Ending {
        on: day("2026-05-03"),
        ..ending
    })
    .unwrap();
    assert_eq!(before.outcome, EndOfTerm::Lapse);
    let renews = doing_nothing(&Ending {
        renews_by_itself: true,
        ..ending
    })
    .unwrap();
    assert_eq!(
        (renews.outcome, renews.more_a_month),
        (EndOfTerm::Renew, gbp("0.00"))
    );
}

#[test]
fn margin_is_of_the_sell_price_and_none_where_that_is_0() {
    let of = |sell, cost| margin(gbp(sell), gbp(cost)).unwrap();
    assert_eq!(of("22.00", "16.50"), Fraction::new(1, 4));
    assert_eq!(of("0.00", "16.50"), None);
}

#[test]
fn a_cost_rise_shows_margins_and_the_price_that_restores_the_target() {
    let target = Fraction::new(1, 4).unwrap();
    let costs = (micro("15.00"), micro("18.00"));
    let rise = cost_rise(micro("20.00"), costs, target, Currency::GBP).unwrap();
    assert_eq!(rise.margin_before, Fraction::new(1, 4));
    assert_eq!(rise.margin_after, Fraction::new(1, 10));
    assert_eq!(rise.restoring_price, micro("24.00"));
}

#[test]
fn uplifts_come_on_the_anniversary() {
    let next = |start, on| next_anniversary(day(start), day(on)).to_string();
    assert_eq!(next("2024-02-29", "2026-01-01"), "2026-02-28");
    assert_eq!(next("2024-02-29", "2027-03-01"), "2028-02-29");
    assert_eq!(next("2026-03-15", "2026-03-15"), "2027-03-15");
    let raised = Uplift::Percent(micro("3.5"))
        .of(micro("22.00"), Currency::GBP)
        .unwrap();
    assert_eq!(raised, micro("22.77"));
    let raised = Uplift::Amount(micro("1.25"))
        .of(micro("22.00"), Currency::GBP)
        .unwrap();
    assert_eq!(raised, micro("23.25"));
}

fn bill(id: u128, on: &str, cost: &str, companies: &[u128]) -> Bill {
    Bill {
        id: Id(id),
        billed_on: day(on),
        period: period("2026-10-01", "2026-11-01"),
        cost: gbp(cost),
        companies: companies.iter().map(|id| Id(*id)).collect(),
        is_credited: false,
        replaced_by: None,
    }
}

#[test]
fn credited_8412_50_replaced_by_8120_30_costs_8120_30() {
    let credited = Bill {
        is_credited: true,
        ..bill(1, "2026-10-05", "8412.50", &[1, 2, 3])
    };
    let october = credited.period;
    let mut bills = vec![
        credited.clone(),
        bill(2, "2026-10-09", "8120.30", &[1, 2, 3]),
    ];
    let cost = |bills: &[Bill]| period_cost(bills, october, Currency::GBP).unwrap();
    assert_eq!(
        (cost(&bills).cost, cost(&bills).is_in_correction),
        (gbp("8120.30"), false)
    );

    // Two that fit: the last good cost stands until a person picks.
    bills.push(bill(3, "2026-10-10", "8120.30", &[1, 2, 3]));
    assert_eq!(
        (cost(&bills).cost, cost(&bills).is_in_correction),
        (gbp("8412.50"), true)
    );
    assert_eq!(replacements(&credited, &bills).len(), 2);

    // What could replace it raises nothing either, or the month would be looked at twice.
    let state = |bills: &[Bill]| states(bills).into_iter().map(|(_, state)| state);
    let contested = [
        BillState::InCorrection,
        BillState::Contested,
        BillState::Contested,
    ];
    assert!(state(&bills).eq(contested));

    // The pick is what counts, while the bill it names is there.
    bills[0].replaced_by = Some(Id(3));
    assert!(state(&bills).eq([
        BillState::Credited,
        BillState::Standing,
        BillState::Standing
    ]));
    assert_eq!(replacement(&bills[0], &bills).map(|b| b.id), Some(Id(3)));
    assert!(!cost(&bills).is_in_correction);
    bills[0].replaced_by = Some(Id(9));
    assert!(cost(&bills).is_in_correction);
    bills[0].replaced_by = None;

    // None yet: the same.
    assert_eq!(cost(&bills[..1]).cost, gbp("8412.50"));
    assert!(cost(&bills[..1]).is_in_correction);

    // A person may pick what does not fit, but not what is of another time or credited itself.
    let other_month = Bill {
        period: period("2026-11-01", "2026-12-01"),
        ..bill(4, "2026-11-05", "10.00", &[7])
    };
    let late = bill(5, "2026-12-07", "8120.30", &[1]);
    assert!(may_replace(&credited, &other_month, &bills));
    assert!(!may_replace(&credited, &late, &bills));
    assert!(!may_replace(&other_month, &credited, &bills));
}

#[test]
fn a_bill_is_for_the_month_in_which_most_of_it_begins() {
    let october = period("2026-10-01", "2026-11-01");
    let starts = ["2026-10-01", "2026-10-01", "2026-09-17"].map(day);
    assert_eq!(month_of(day("2026-11-20"), starts), october);
    assert_eq!(month_of(day("2026-10-05"), []), october);
    assert_eq!(
        month_of(day("2026-10-05"), ["2026-11-01", "2026-10-01"].map(day)),
        october
    );
}

#[test]
fn a_prediction_is_trued_up_to_the_bill() {
    let key = |bought, kind| LineKey {
        company: Id(1),
        bought: Id(bought),
        kind,
        period_start: day("2026-11-01"),
    };
    let seats = key(1, BillLineKind::Subscription);
    let usage = key(2, BillLineKind::Usage);
    let same = key(3, BillLineKind::Subscription);
    let predicted = [(seats, gbp("100.00")), (same, gbp("5.00"))];
    let billed = [
        (seats, gbp("90.00")),
        (usage, gbp("12.34")),
        (same, gbp("5.00")),
    ];
    let found = true_up(&predicted, &billed).unwrap();
    let differences: Vec<_> = found
        .iter()
        .map(|t| (t.line.bought, t.difference))
        .collect();
    assert_eq!(differences, [(Id(1), gbp("-10.00")), (Id(2), gbp("12.34"))]);
    assert_eq!(found[1].predicted, None);
}

#[test]
fn mrr_is_the_monthly_value_of_what_recurs() {
    let value = |terms: &_| monthly_value(terms, micro("5"), day("2026-06-15")).unwrap();
    let mut terms = line("5", "264.00", "2026-01-01");
    terms.cycle = Cycle::Annual;
    terms.price_per = PricePer::Term;
    assert_eq!(value(&terms), gbp("110.00"));
    terms.cycle = Cycle::Quarterly;
    assert_eq!(value(&terms), gbp("440.00"));
    terms.price_per = PricePer::Month;
    assert_eq!(value(&terms), gbp("1320.00"));
    terms.cycle = Cycle::Weekly;
    terms.unit_price = micro("3.00");
    assert_eq!(value(&terms), gbp("65.00"));
    terms.cycle = Cycle::Once;
    assert_eq!(value(&terms), gbp("0.00"));

    let mut terms = line("5", "10.00", "2026-01-01");
    let discount = Discount::Percent {
        percent: micro("10"),
    };
    terms.discount = Some(LineDiscount {
        discount,
        until: Some(day("2026-06-16")),
    });
    assert_eq!(value(&terms), gbp("45.00"));
    terms.discount = Some(LineDiscount {
        discount,
        until: Some(day("2026-06-15")),
    });
    assert_eq!(value(&terms), gbp("50.00"));
    terms.trial_until = Some(day("2026-07-01"));
    assert_eq!(value(&terms), gbp("0.00"));
    terms.trial_until = None;
    terms.end = Some(day("2026-06-15"));
    assert_eq!(value(&terms), gbp("0.00"));
}

#[test]
fn mrr_movement_adds_up_and_keeps_currencies_apart() {
    let of = |rows: &[(u128, Currency, i64)]| -> ByClient {
        rows.iter()
            .map(|(id, currency, minor)| ((Id(*id), *currency), *minor))
            .collect()
    };
    let before = of(&[
        (1, Currency::GBP, 100),
        (2, Currency::GBP, 50),
        (3, Currency::GBP, 70),
    ]);
    let after = of(&[
        (1, Currency::GBP, 130),
        (2, Currency::GBP, 20),
        (4, Currency::GBP, 15),
        (5, Currency::EUR, 9),
    ]);
    let moved = movement(&before, &after).unwrap();
    let sterling = moved
        .iter()
        .find(|m| m.before.currency == Currency::GBP)
        .unwrap();
    let minors = [
        sterling.new,
        sterling.expansion,
        sterling.contraction,
        sterling.churn,
    ];
    assert_eq!(minors.map(|money| money.minor), [15, 30, 30, 70]);
    assert_eq!((sterling.before.minor, sterling.after.minor), (220, 165));
    assert_eq!(moved.len(), 2);
}

#[test]
fn aging_uses_what_was_open_then() {
    let at = day("2026-11-12");
    let invoice = |due: &str, minor, settled: &[(&str, i64)]| Document {
        client: Id(1),
        kind: Kind::Invoice,
        date: day("2026-01-01"),
        due: Some(day(due)),
        total: Money::new(minor, Currency::GBP),
        settled: settled
            .iter()
            .map(|(on, minor)| (day(on), *minor))
            .collect(),
    };
    let documents = [
        invoice("2026-11-12", 1, &[]),
        invoice("2026-11-11", 10, &[]),
        // Exactly 30 days late.
        invoice("2026-10-13", 100, &[]),
        invoice("2026-10-12", 1_000, &[]),
        // Exactly 90 days late.
        invoice("2026-08-14", 10_000, &[]),
        invoice(
            "2026-08-13",
            100_000,
            &[("2026-11-12", 40_000), ("2026-11-13", 60_000)],
        ),
        Document {
            kind: Kind::Credit,
            ..invoice("2026-11-01", 700, &[("2026-11-02", 200)])
        },
        Document {
            date: day("2026-11-13"),
            ..invoice("2026-12-01", 9_999_999, &[])
        },
    ];
    let [now] = aging(&documents, at).unwrap().try_into().unwrap();
    assert_eq!(now.current_minor, 1);
    assert_eq!(now.days_1_to_30_minor, 110);
    assert_eq!(now.days_31_to_60_minor, 1_000);
    assert_eq!(now.days_61_to_90_minor, 10_000);
    assert_eq!(now.over_90_minor, 60_000);
    assert_eq!(now.unallocated_minor, 500);
    assert_eq!(now.receivable().unwrap().minor, 70_611);
}

#[test]
fn a_statement_goes_from_opening_to_closing() {
    let entry = |id, date: &str, kind, minor| Entry {
        document: Id(id),
        date: day(date),
        kind,
        amount: Money::new(minor, Currency::GBP),
    };
    let entries = [
        entry(3, "2026-11-20", EntryKind::Payment, 500),
        entry(1, "2026-10-01", EntryKind::Charge, 1_000),
        entry(2, "2026-11-01", EntryKind::Charge, 300),
        entry(4, "2026-11-21", EntryKind::Credit, 100),
        entry(5, "2026-11-22", EntryKind::Refund, 50),
        entry(6, "2026-12-01", EntryKind::Charge, 9_000),
    ];
    let november = period("2026-11-01", "2026-12-01");
    let sheet = statement(&entries, november, Currency::GBP).unwrap();
    let minors = [
        sheet.opening,
        sheet.charges,
        sheet.payments,
        sheet.credits,
        sheet.refunds,
    ];
    assert_eq!(minors.map(|money| money.minor), [1_000, 300, 500, 100, 50]);
    assert_eq!((sheet.closing.minor, sheet.entries.len()), (750, 4));
}

#[test]
fn one_ranking_uses_each_documents_own_rate() {
    let euros = Money::new(11_500, Currency::EUR);
    let pounds = approximately(euros, micro("1.15"), Currency::GBP).unwrap();
    assert_eq!(pounds, gbp("100.00"));
    assert!(approximately(euros, Micro::ZERO, Currency::GBP).is_err());
}
