//! The world against its own sheet: every difference is noted, and nothing noted is missing.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::days::first_of_month;
use super::model::{Cycle, Timing};
use super::*;

fn start() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-12T09:00:00Z")
        .unwrap()
        .to_utc()
}

fn world(seed: u64) -> (World, Ledger) {
    World::new(seed, Size::default(), start().date_naive()).unwrap()
}

/// (kind, subject) of every difference in quantities, looked for the hard way.
fn differences(world: &World, now: DateTime<Utc>) -> BTreeSet<(&'static str, String)> {
    let day = now.date_naive();
    let mut found = BTreeSet::new();
    for client in world
        .clients
        .iter()
        .filter(|client| client.is_listed && !client.own_use)
    {
        let contract = client.contract.as_ref().unwrap();
        for item in &world.catalogue.items {
            let pair = format!("{}/{}", client.key, item.code);
            let line = client.line(item.code);
            let contracted = line.map_or(0, |line| client.contracted(line, now));
            let bought = if client.is_company_linked {
                client.bought(item.code, day)
            } else {
                0
            };
            if bought > contracted {
                if line.is_some() {
                    found.insert(("quantity_gap", pair.clone()));
                } else {
                    let held = &client.company.as_ref().unwrap().subscriptions;
                    let product = held
                        .iter()
                        .find(|held| {
                            held.seats(day) > 0
                                && held
                                    .product
                                    .item
                                    .as_ref()
                                    .is_some_and(|of| of.code == item.code)
                        })
                        .unwrap();
                    found.insert((
                        "unbilled_product",
                        format!("{}/pax8:{}", client.key, product.product.id),
                    ));
                }
            }
            if let Some(meter) = item.meter
                && client.deployed(meter, now) > contracted
            {
                found.insert(("unbilled_device", pair.clone()));
            }
            let Some(line) = line else { continue };
            if let Some(cost) = answers::cost_of(client, item.code, day)
                && !client.is_foreign()
                && cost > line.unit_price
            {
                found.insert(("below_cost", pair.clone()));
            }
            // After the running month the product's own invoices decide.
            if day >= days::months_later(first_of_month(world.start_day), 1) {
                continue;
            }
            let (period, _) = line.period(contract.start, day);
            if contract.timing == Timing::Advance && !item.is_annual {
                let slip = line.slips.iter().find(|slip| slip.period == period);
                let invoiced = slip.map_or(client.due_in(line, period), |slip| slip.quantity);
                // A meter that moved since is caught up with the next invoice.
                if invoiced < contracted {
                    found.insert(("invoice_short", pair.clone()));
                }
                if invoiced > contracted {
                    found.insert(("over_billed", pair.clone()));
                }
            }
        }
    }
    found
}

const OF_QUANTITIES: &[&str] = &[
    "unbilled_product",
    "quantity_gap",
    "unbilled_device",
    "invoice_short",
    "over_billed",
    "below_cost",
];

fn noted(world: &World, now: DateTime<Utc>) -> BTreeSet<(&'static str, String)> {
    let rows = world.answers(now).into_iter();
    rows.filter(|row| OF_QUANTITIES.contains(&row.kind))
        .map(|row| (row.kind, row.subject))
        .collect()
}

#[test]
fn every_difference_is_on_the_sheet_and_nothing_else() {
    for seed in 1..=12 {
        let (world, _) = world(seed);
        assert_eq!(
            noted(&world, start()),
            differences(&world, start()),
            "seed {seed}"
        );
    }
}

#[test]
fn the_sheet_stays_true_while_time_passes() {
    for seed in 1..=4 {
        let (mut world, mut ledger) = world(seed);
        for day in 1..=75 {
            let now = start() + TimeDelta::days(day);
            world.pass(&mut ledger, now).unwrap();
            assert_eq!(
                noted(&world, now),
                differences(&world, now),
                "seed {seed}, day {day}"
            );
        }
        assert!(world.answers(start() + TimeDelta::days(75)).len() > world.leaks.len() / 2);
    }
}

#[test]
fn every_kind_of_leak_is_there_and_no_pair_has_two() {
    for seed in 1..=12 {
        let (world, _) = world(seed);
        let kinds: BTreeSet<&str> = world.answers(start()).iter().map(|row| row.kind).collect();
        assert_eq!(kinds.len(), 12, "seed {seed}: {kinds:?}");
        let pairs: Vec<_> = world.leaks.iter().filter_map(Leak::pair).collect();
        let distinct: BTreeSet<_> = pairs.iter().collect();
        assert_eq!(pairs.len(), distinct.len(), "seed {seed}");
        let subjects: Vec<_> = world
            .answers(start())
            .into_iter()
            .map(|row| (row.kind, row.subject))
            .collect();
        let distinct: BTreeSet<_> = subjects.iter().collect();
        assert_eq!(subjects.len(), distinct.len(), "seed {seed}");
    }
}

#[test]
fn thirty_days_are_thirty_times_one_day() {
    let (mut at_once, mut books_at_once) = world(5);
    let (mut by_day, mut books_by_day) = world(5);
    let end = start() + TimeDelta::days(30);
    at_once.pass(&mut books_at_once, end).unwrap();
    for day in 1..=30 {
        by_day
            .pass(&mut books_by_day, start() + TimeDelta::days(day))
            .unwrap();
    }
    assert_eq!(at_once.answers(end), by_day.answers(end));
    assert_eq!(
        format!("{:?}", at_once.clients),
        format!("{:?}", by_day.clients)
    );
    assert_eq!(
        format!("{:?}", books_at_once.number_uses()),
        format!("{:?}", books_by_day.number_uses())
    );
}

#[test]
fn a_seed_makes_one_world_and_another_seed_another() {
    let ((one, books), (again, books_again), (other, _)) = (world(9), world(9), world(10));
    assert_eq!(format!("{:?}", one.clients), format!("{:?}", again.clients));
    assert_eq!(one.setup(&books), again.setup(&books_again));
    assert_eq!(one.answers(start()), again.answers(start()));
    assert_ne!(one.answers(start()), other.answers(start()));
}

#[test]
fn the_default_size_is_what_it_says() {
    let (world, ledger) = world(1);
    let held: usize = world
        .clients
        .iter()
        .filter_map(|client| client.company.as_ref())
        .map(|company| company.subscriptions.len())
        .sum();
    let devices: usize = world
        .clients
        .iter()
        .filter_map(|client| client.organization.as_ref())
        .map(|organization| organization.devices.len())
        .sum();
    assert_eq!(
        (world.clients.len(), world.catalogue.products.len()),
        (60, 25)
    );
    assert!((500..=700).contains(&held), "{held} subscriptions");
    assert!((1_200..=1_800).contains(&devices), "{devices} devices");
    assert!(
        (500..=1_200).contains(&ledger.invoice_count()),
        "{} invoices",
        ledger.invoice_count()
    );
    let quarterly = world
        .clients
        .iter()
        .filter_map(|client| client.contract.as_ref());
    assert!(
        quarterly
            .into_iter()
            .any(|contract| contract.cycle == Cycle::Quarterly)
    );
}

#[test]
fn seats_rest_where_anybody_looks() {
    for seed in 1..=12 {
        let (world, _) = world(seed);
        for client in world
            .clients
            .iter()
            .filter(|client| client.is_company_linked)
        {
            let Some(contract) = &client.contract else {
                continue;
            };
            for month in 0..12 {
                let month = days::months_later(contract.bill_from, month);
                if month > world.start_day {
                    break;
                }
                assert!(bills::catch_ups(client, month).is_empty() || month == contract.bill_from);
            }
        }
    }
}
