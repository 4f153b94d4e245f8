//! What holds for every input, not only for the figures. 256 cases each; `PROPTEST_CASES` raises
//! it.
#![expect(clippy::unwrap_used, reason = "a test says so when a rule refuses")]

use billing::charge::{Change, Charge, Event, History, PricePer, Run, Terms, charges};
use billing::coverage::{ChargeKind, Key};
use billing::money::{LedgerForm, TaxedAmount, allocate, line_total};
use billing::mrr::{ByClient, movement};
use billing::period::{Cycle, Schedule, Tile, Timing};
use billing::policy::{Basis, ChangeDay, Decreases, Rounding};
use billing::proration::share;
use billing::quantity::QuantityRule;
use billing::statement::{Entry, EntryKind, statement};
use billing::{Currency, Fraction, Id, Micro, Money, Period, Policy};
use chrono::{Days, NaiveDate};
use proptest::prelude::*;

fn date() -> impl Strategy<Value = NaiveDate> {
    (0_u64..3_650).prop_map(|n| {
        NaiveDate::from_ymd_opt(2020, 1, 1)
            .unwrap()
            .checked_add_days(Days::new(n))
            .unwrap()
    })
}

fn cycle() -> impl Strategy<Value = Cycle> {
    prop_oneof![
        Just(Cycle::Weekly),
        Just(Cycle::Monthly),
        Just(Cycle::Quarterly),
        Just(Cycle::HalfYearly),
        Just(Cycle::Annual),
        Just(Cycle::ThreeYearly),
    ]
}

fn rounding() -> impl Strategy<Value = Rounding> {
    prop_oneof![
        Just(Rounding::HalfUp),
        Just(Rounding::HalfDown),
        Just(Rounding::HalfEven)
    ]
}

fn basis() -> impl Strategy<Value = Basis> {
    prop_oneof![
        Just(Basis::ActualDays),
        Just(Basis::ThirtyDays),
        Just(Basis::WholeMonths),
        Just(Basis::None),
    ]
}

fn price_per() -> impl Strategy<Value = PricePer> {
    prop_oneof![Just(PricePer::Month), Just(PricePer::Term)]
}

fn policy() -> impl Strategy<Value = Policy> {
    let change_day = prop_oneof![Just(ChangeDay::Included), Just(ChangeDay::Excluded)];
    let decreases = prop_oneof![
        Just(Decreases::Credit),
        Just(Decreases::NextPeriod),
        Just(Decreases::NotAllowed),
    ];
    (basis(), change_day, decreases, rounding()).prop_map(
        |(basis, change_day, decreases, rounding)| Policy {
            basis,
            change_day,
            decreases,
            rounding,
            ..Policy::default()
        },
    )
}

fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap()
}

fn monthly(start: NaiveDate, quantity: i64, price_micro: i64, timing: Timing) -> Terms {
    Terms {
        line: Id(1),
        item: None,
        currency: Currency::GBP,
        unit_price: Micro(price_micro),
        price_steps: Vec::new(),
        price_per: PricePer::Month,
        cycle: Cycle::Monthly,
        cycle_steps: Vec::new(),
        timing,
        anchor: start,
        start,
        end: None,
        bill_from: start,
        rule: QuantityRule::fixed(Micro(quantity * 1_000_000)),
        minimum_spend: None,
        discount: None,
        trial_until: None,
        is_committed: false,
    }
}

fn change(on: NaiveDate, quantity: i64) -> Event {
    Event {
        row: None,
        on,
        change: Change::Add(Micro(quantity * 1_000_000)),
        seen_at: None,
        is_billed: false,
    }
}

fn nth_tile(terms: &Terms, n: usize) -> Tile {
    let schedule = terms.schedule().unwrap();
    schedule.tiles(terms.start, NaiveDate::MAX).nth(n).unwrap()
}

fn invoice(terms: &Terms, events: &[Event], policy: &Policy, window: Period) -> Vec<Charge> {
    let history = History {
        events: events.to_vec(),
        ..History::default()
    };
    charges(terms, &history, policy, &Run::alone(window)).unwrap()
}

proptest! {
    #[test]
    fn periods_tile_time_through_every_change_of_frequency(
        start in date(),
        before_start in 0_u64..400,
        first in cycle(),
        changes in prop::collection::vec((1_u64..500, cycle()), 0..4),
        life_days in prop::option::of(1_u64..2_000),
    ) {
        let anchor = start.checked_sub_days(Days::new(before_start)).unwrap();
        let end = life_days.map(|days| after(start, days));
        let mut schedule = Schedule::new(first, anchor, start, end).unwrap();
        let mut at = start;
        for (later, cycle) in changes {
            at = after(at, later);
            schedule = schedule.then(at, cycle).unwrap();
        }
        let until = after(start, 2_500);
        let mut expected = start;
        for tile in schedule.tiles(start, until) {
            prop_assert_eq!(tile.service.start(), expected);
            prop_assert!(tile.nominal.intersection(tile.service) == Some(tile.service));
            prop_assert_eq!(schedule.tile_at(tile.service.last_day()), Some(tile));
            let months = tile.months();
            prop_assert_eq!(months.first().unwrap().start(), tile.nominal.start());
            prop_assert_eq!(months.last().unwrap().end(), tile.nominal.end());
            prop_assert!(months.windows(2).all(|pair| pair[0].end() == pair[1].start()));
            expected = tile.service.end();
        }
        prop_assert!(expected >= until || Some(expected) == end);
    }

    #[test]
    fn the_parts_of_a_period_are_the_whole(
        start in date(),
        cycle in cycle(),
        per in price_per(),
        cut in 0_u64..1_000,
    ) {
        let schedule = Schedule::new(cycle, start, start, None).unwrap();
        let tile = schedule.tile_at(start).unwrap();
        let days = u64::try_from(tile.nominal.days()).unwrap();
        let at = after(start, days * cut / 1_000);
        let whole = share(&tile, tile.nominal, per, Basis::ActualDays).unwrap();
        let part = |start, end| match Period::new(start, end) {
            Ok(days) => share(&tile, days, per, Basis::ActualDays).unwrap(),
            Err(_) => Fraction::ZERO,
        };
        let sum = part(start, at).checked_add(part(at, tile.nominal.end())).unwrap();
        prop_assert_eq!(sum, whole);
    }

    #[test]
    fn no_part_is_more_than_the_whole(
        start in date(),
        cycle in cycle(),
        per in price_per(),
        basis in basis(),
        (from, length) in (0_u64..1_200, 1_u64..1_200),
    ) {
        let schedule = Schedule::new(cycle, start, start, None).unwrap();
        let tile = schedule.tile_at(start).unwrap();
        let days = Period::new(after(start, from), after(start, from + length)).unwrap();
        if let Some(days) = days.intersection(tile.nominal) {
            let part = share(&tile, days, per, basis).unwrap();
            let whole = share(&tile, tile.nominal, per, basis).unwrap();
            prop_assert!(Fraction::ZERO <= part && part <= whole);
        }
    }

    #[test]
    fn allocation_loses_nothing(
        minor in -1_000_000_000_i64..1_000_000_000,
        weights in prop::collection::vec(0_u64..1_000_000, 1..40),
    ) {
        let total = Money::new(minor, Currency::GBP);
        let parts = allocate(total, &weights).unwrap();
        prop_assert_eq!(Money::sum(Currency::GBP, parts.iter().copied()).unwrap(), total);
        prop_assert!(parts.iter().all(|part| part.minor.signum() * minor.signum() >= 0));
    }

    #[test]
    fn a_charge_and_its_reversal_cancel(
        quantity in -10_000_000_000_i64..10_000_000_000,
        price in 0_i64..10_000_000_000,
        (num, den) in (0_i128..400, 1_i128..400),
        rounding in rounding(),
    ) {
        let share = Fraction::new(num, den).unwrap();
        let of = |quantity| {
            line_total(Micro(quantity), Micro(price), share, Currency::GBP, rounding).unwrap()
        };
        // Half-even and half-up treat both signs alike; so does half-down.
        prop_assert_eq!(of(quantity).checked_add(of(-quantity)).unwrap().minor, 0);
    }

    #[test]
    fn an_add_and_its_removal_cancel_whatever_the_policy(
        start in date(),
        on in 1_u64..27,
        quantity in 1_i64..50,
        price in 1_i64..100_000_000,
        policy in policy(),
    ) {
        let terms = monthly(start, 10, price, Timing::Advance);
        let window = nth_tile(&terms, 1).nominal;
        let on = after(start, on);
        let pair = [change(on, quantity), change(on, -quantity)];
        let policy = Policy { decreases: Decreases::Credit, ..policy };
        prop_assert_eq!(
            invoice(&terms, &pair, &policy, window).len(),
            invoice(&terms, &[], &policy, window).len()
        );
    }

    #[test]
    fn advance_with_catch_up_comes_to_what_arrears_come_to(
        start in date(),
        moves in prop::collection::vec((1_u64..27, -3_i64..6), 0..6),
        price in 1_i64..100_000_000,
        change_day in prop_oneof![Just(ChangeDay::Included), Just(ChangeDay::Excluded)],
    ) {
        let policy = Policy { change_day, ..Policy::default() };
        let events: Vec<Event> =
            moves.iter().map(|(on, quantity)| change(after(start, *on), *quantity)).collect();
        let advance = monthly(start, 40, price, Timing::Advance);
        let arrears = monthly(start, 40, price, Timing::Arrears);
        let (first, second) = (nth_tile(&advance, 0).nominal, nth_tile(&advance, 1).nominal);
        let mut ahead = invoice(&advance, &[], &policy, first);
        ahead.extend(
            invoice(&advance, &events, &policy, second)
                .into_iter()
                .filter(|charge| charge.kind() == ChargeKind::CatchUp),
        );
        let behind = invoice(&arrears, &events, &policy, second);
        let sum = |lines: &[Charge]| lines.iter().map(|line| line.net.minor).sum::<i64>();
        // Two roundings against one.
        prop_assert!((sum(&ahead) - sum(&behind)).abs() <= 1);
    }

    #[test]
    fn every_charge_can_be_recomputed_from_its_explanation(
        start in date(),
        moves in prop::collection::vec((0_u64..120, -3_i64..6), 0..8),
        price in 0_i64..100_000_000,
        policy in policy(),
        arrears in any::<bool>(),
    ) {
        let events: Vec<Event> =
            moves.iter().map(|(on, quantity)| change(after(start, *on), *quantity)).collect();
        let timing = if arrears { Timing::Arrears } else { Timing::Advance };
        let mut terms = monthly(start, 40, price, timing);
        terms.minimum_spend = Some(Money::new(5_000, Currency::GBP));
        for n in 0..4 {
            for charge in invoice(&terms, &events, &policy, nth_tile(&terms, n).nominal) {
                prop_assert_eq!(charge.explanation.recompute().unwrap(), charge.net);
                let json = serde_json::to_string(&charge).unwrap();
                let back: Charge = serde_json::from_str(&json).unwrap();
                prop_assert_eq!(back, charge);
            }
        }
    }

    #[test]
    fn generating_twice_equals_generating_once(
        start in date(),
        moves in prop::collection::vec((0_u64..120, -3_i64..6), 0..8),
        policy in policy(),
    ) {
        let terms = monthly(start, 40, 22_000_000, Timing::Advance);
        let events: Vec<Event> =
            moves.iter().map(|(on, quantity)| change(after(start, *on), *quantity)).collect();
        let window = nth_tile(&terms, 3).nominal;
        let once = invoice(&terms, &events, &policy, window);
        let covered: Vec<Key> = once.iter().map(|charge| charge.coverage).collect();
        let billed = events.iter().map(|event| Event { is_billed: true, ..*event }).collect();
        let history = History { events: billed, ..History::default() };
        let run = Run { covered: &covered, ..Run::alone(window) };
        prop_assert_eq!(charges(&terms, &history, &policy, &run).unwrap(), Vec::new());
    }

    #[test]
    fn a_ledger_line_always_comes_to_its_total(
        quantity in -10_000_000_000_i64..10_000_000_000,
        price in 0_i64..1_000_000_000,
        (num, den) in (1_i128..366, 1_i128..366),
    ) {
        let share = Fraction::new(num, den).unwrap();
        let half_up = Rounding::HalfUp;
        let net = line_total(Micro(quantity), Micro(price), share, Currency::GBP, half_up).unwrap();
        let (sent, unit) = match LedgerForm::of(net, Micro(quantity), Micro(price), share).unwrap() {
            LedgerForm::QuantityTimesPrice { quantity, unit_amount } => (quantity, unit_amount),
            LedgerForm::OneOfTotal { unit_amount, .. } => (Micro::ONE, unit_amount),
        };
        prop_assert_eq!(unit.0 % 100, 0);
        let there = line_total(sent, unit, Fraction::ONE, Currency::GBP, half_up).unwrap();
        prop_assert_eq!(there, net);
    }

    #[test]
    fn net_and_tax_are_the_gross(
        minor in -1_000_000_000_i64..1_000_000_000,
        rate in 0_i64..500_000,
        rounding in rounding(),
    ) {
        let stated = Money::new(minor, Currency::GBP);
        let inside = TaxedAmount::Inclusive { gross: stated };
        let line = inside.taxed(Micro(rate), rounding).unwrap();
        prop_assert_eq!(line.gross, stated);
        prop_assert_eq!(line.net.checked_add(line.tax).unwrap(), line.gross);
        let outside = TaxedAmount::Exclusive { net: stated };
        let line = outside.taxed(Micro(rate), rounding).unwrap();
        prop_assert_eq!(line.net.checked_add(line.tax).unwrap(), line.gross);
    }

    #[test]
    fn rounding_goes_to_a_neighbour(num in any::<i64>(), den in 1_i64..1_000_000, r in rounding()) {
        let exact = Fraction::new(num.into(), den.into()).unwrap();
        let rounded = exact.round(r);
        prop_assert!(exact.floor() <= rounded && rounded <= exact.ceil());
        let off = exact.checked_sub(Fraction::new(rounded, 1).unwrap()).unwrap();
        let half = Fraction::new(1, 2).unwrap();
        prop_assert!(half.negated() <= off && off <= half);
        prop_assert_eq!(exact.negated().round(r), -rounded);
    }

    #[test]
    fn fractions_keep_order_and_text(a in any::<i64>(), b in 1_i64.., c in any::<i64>(), d in 1_i64..) {
        let (left, right) =
            (Fraction::new(a.into(), b.into()).unwrap(), Fraction::new(c.into(), d.into()).unwrap());
        let cross = (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)));
        prop_assert_eq!(left.cmp(&right), cross);
        prop_assert_eq!(left.to_string().parse::<Fraction>().unwrap(), left);
    }

    #[test]
    fn mrr_movement_adds_up(
        before in prop::collection::btree_map(0_u128..20, 0_i64..100_000, 0..20),
        after in prop::collection::btree_map(0_u128..20, 0_i64..100_000, 0..20),
    ) {
        let of = |map: std::collections::BTreeMap<u128, i64>| -> ByClient {
            map.into_iter().map(|(id, minor)| ((Id(id), Currency::GBP), minor)).collect()
        };
        for moved in movement(&of(before), &of(after)).unwrap() {
            let change = moved.new.minor + moved.expansion.minor
                - moved.contraction.minor - moved.churn.minor;
            prop_assert_eq!(moved.before.minor + change, moved.after.minor);
        }
    }

    #[test]
    fn each_closing_is_the_next_opening(
        start in date(),
        entries in prop::collection::vec((0_u64..90, 0_u8..4, 0_i64..1_000_000), 0..40),
    ) {
        let kinds =
            [EntryKind::Charge, EntryKind::Payment, EntryKind::Credit, EntryKind::Refund];
        let entries: Vec<Entry> = (0_u128..)
            .zip(entries)
            .map(|(id, (on, kind, minor))| Entry {
                document: Id(id),
                date: after(start, on),
                kind: kinds[usize::from(kind)],
                amount: Money::new(minor, Currency::GBP),
            })
            .collect();
        let mut opening = 0;
        for month in 0..3 {
            let days = Period::new(after(start, month * 30), after(start, month * 30 + 30)).unwrap();
            let sheet = statement(&entries, days, Currency::GBP).unwrap();
            prop_assert_eq!(sheet.opening.minor, opening);
            let closing = sheet.opening.minor + sheet.charges.minor - sheet.payments.minor
                - sheet.credits.minor + sheet.refunds.minor;
            prop_assert_eq!(sheet.closing.minor, closing);
            opening = closing;
        }
    }
}
