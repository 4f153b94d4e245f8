//! Periods, shares and charges.

use billing::charge::{Change, Charge, Event, History, PricePer, Run, Terms, charges};
use billing::coverage::{ChargeKind, Key};
use billing::period::{Cycle, Schedule, Tile, Timing};
use billing::policy::{Basis, ChangeDay, Decreases};
use billing::proration::share;
use billing::quantity::QuantityRule;
use billing::{Currency, Fraction, Id, Micro, Money, Period, Policy};
use chrono::{Days, NaiveDate};
use proptest::prelude::*;

use crate::{after, date, rounding};

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
}
