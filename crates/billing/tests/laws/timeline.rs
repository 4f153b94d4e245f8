//! The causes of a change add up to it, whatever changed.

use billing::charge::{Change, Event, History, PricePer, PriceStep, Run, Terms, charges};
use billing::period::{Cycle, Timing};
use billing::policy::PriceChange;
use billing::quantity::QuantityRule;
use billing::timeline::{Invoices, causes};
use billing::{Currency, Id, Micro, Money, Policy};
use proptest::prelude::*;

use crate::{after, date, rounding};

proptest! {
    #[test]
    fn the_causes_of_a_change_are_the_whole_change(
        start in date(),
        moves in prop::collection::vec((0_u64..120, -3_i64..6), 0..8),
        steps in prop::collection::vec((1_u64..120, 0_i64..100_000_000), 0..3),
        price in 0_i64..100_000_000,
        life_days in prop::option::of(1_u64..120),
        arrears in any::<bool>(),
        weekly in any::<bool>(),
        immediately in any::<bool>(),
        rounding in rounding(),
    ) {
        let mut price_steps: Vec<PriceStep> = steps
            .iter()
            .map(|(on, price)| PriceStep {
                from: after(start, *on),
                unit_price: Micro(*price),
                is_late: false,
            })
            .collect();
        price_steps.sort_by_key(|step| step.from);
        price_steps.dedup_by_key(|step| step.from);
        let terms = Terms {
            line: Id(1),
            item: None,
            currency: Currency::GBP,
            unit_price: Micro(price),
            price_steps,
            price_per: PricePer::Month,
            cycle: if weekly { Cycle::Weekly } else { Cycle::Monthly },
            cycle_steps: Vec::new(),
            timing: if arrears { Timing::Arrears } else { Timing::Advance },
            anchor: start,
            start,
            end: life_days.map(|days| after(start, days)),
            bill_from: start,
            rule: QuantityRule::fixed(Micro::whole(40)),
            minimum_spend: Some(Money::new(5_000, Currency::GBP)),
            discount: None,
            trial_until: None,
            is_committed: false,
        };
        let events = moves.iter().map(|(on, quantity)| Event {
            row: None,
            on: after(start, *on),
            change: Change::Add(Micro(quantity * 1_000_000)),
            seen_at: None,
            is_billed: false,
        });
        let history = History { events: events.collect(), ..History::default() };
        let price_change =
            if immediately { PriceChange::Immediately } else { PriceChange::NextPeriod };
        let policy = Policy { price_change, rounding, ..Policy::default() };
        let months = billing::period::Schedule::new(Cycle::Monthly, start, start, None).unwrap();
        let windows: Vec<_> = months.tiles(start, after(start, 150)).collect();
        let of = |window| charges(&terms, &history, &policy, &Run::alone(window)).unwrap();
        for pair in windows.windows(2) {
            let (was, is) = (of(pair[0].nominal), of(pair[1].nominal));
            let found = causes(&Invoices {
                terms: &terms,
                history: &history,
                policy: &policy,
                before: &was,
                after: &is,
                window: pair[1].nominal,
            })
            .unwrap();
            let total = |charges: &[billing::charge::Charge]| -> i64 {
                charges.iter().map(|charge| charge.net.minor).sum()
            };
            let parts: i64 = found.iter().map(|cause| cause.amount.minor).sum();
            prop_assert_eq!(parts, total(&is) - total(&was));
        }
    }
}
