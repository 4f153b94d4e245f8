//! What Pax8 bills beside subscriptions: consumption in arrears, and fees.
//!
//! The MSP passes such a charge on with an invoice of its own on the sixth, the day after the bill:
//! one line, quantity 1, the amount as price, no item code. Where it forgot to, that is a leak.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;

use super::World;
use super::answers::Leak;
use super::clients::Role;
use super::days::{days_later, first_of_month, months_later, rounded};
use super::dice::{Dice, mix, uuid};
use super::model::{Charge, ChargeKind, Client, Product, ProductKind, Subscription, Term, Version};

/// Gives some clients an Azure plan and some a migration, with a few never passed on.
pub(crate) fn add(world: &mut World, roles: &[Role]) {
    let mut dice = Dice::new(world.seed, "charges", 0);
    let mut places: Vec<usize> = roles
        .iter()
        .enumerate()
        .filter(|(place, role)| {
            **role == Role::Ordinary
                && world
                    .clients
                    .get(*place)
                    .is_some_and(|client| client.contract.is_some())
        })
        .map(|(place, _)| place)
        .collect();
    let azure = world.catalogue.of_kind(ProductKind::Usage).next().cloned();
    let migration = world
        .catalogue
        .of_kind(ProductKind::OneTime)
        .next()
        .cloned();
    let (Some(azure), Some(migration)) = (azure, migration) else {
        return;
    };
    let month = first_of_month(world.today);
    let mut fee_day = 0;
    for _ in 0..roles.len().div_ceil(60) {
        for forgotten in [Some(0), None, Some(-1)] {
            if let Some(place) = dice.draw(&mut places) {
                let forgotten = forgotten.map(|months| months_later(month, months));
                usage(world, place, &azure, forgotten);
            }
        }
        for is_passed_on in [true, false, false] {
            if let Some(place) = dice.draw(&mut places) {
                // A day of its own: the subject of a fee names product and day, not the client.
                let start = days_later(months_later(month, -2), fee_day % 60);
                fee_day += 7;
                fee(world, place, &migration, start, is_passed_on);
            }
        }
    }
}

fn usage(world: &mut World, place: usize, product: &Arc<Product>, forgotten: Option<NaiveDate>) {
    let (seed, months) = (world.seed, i32::try_from(world.months).unwrap_or(18));
    let id = uuid(seed, "azure", place as u64);
    let month = first_of_month(world.today);
    let first = months_later(month, 1 - months);
    let Some(company) = world
        .clients
        .get_mut(place)
        .and_then(|client| client.company.as_mut())
    else {
        return;
    };
    company.subscriptions.push(Subscription {
        id,
        product: Arc::clone(product),
        term: Term::Activation,
        status: "Active",
        start: months_later(first, -1),
        end: None,
        committed_until: None,
        versions: vec![Version {
            from: months_later(first, -1),
            quantity: 1,
            price: Decimal::ZERO,
            cost: Decimal::ZERO,
        }],
    });
    let mut billed_in = first;
    while billed_in <= month {
        let charge = consumption(seed, product, id, billed_in, Some(billed_in) != forgotten);
        if !charge.is_passed_on {
            world.leaks.push(not_passed_on(&charge));
        }
        company.charges.push(charge);
        billed_in = months_later(billed_in, 1);
    }
}

/// What an Azure plan used in the month before `billed_in`.
pub(crate) fn consumption(
    seed: u64,
    product: &Arc<Product>,
    subscription: uuid::Uuid,
    billed_in: NaiveDate,
    is_passed_on: bool,
) -> Charge {
    let (high, low) = subscription.as_u64_pair();
    let month = u64::try_from(billed_in.num_days_from_ce()).unwrap_or(0);
    let mut dice = Dice::new(seed, "consumption", mix(high ^ low) ^ month);
    let price = Decimal::new(i64::from(dice.between(9_000, 88_000)), 2);
    Charge {
        kind: ChargeKind::Arrears,
        billed_in,
        start: months_later(billed_in, -1),
        end: billed_in,
        product: Arc::clone(product),
        subscription: Some(subscription),
        quantity: 1,
        price,
        cost: rounded(price * Decimal::new(85, 2), 3),
        is_passed_on,
    }
}

fn fee(
    world: &mut World,
    place: usize,
    product: &Arc<Product>,
    start: NaiveDate,
    is_passed_on: bool,
) {
    let mut dice = Dice::new(world.seed, "fee", place as u64);
    let charge = Charge {
        kind: ChargeKind::OneTime,
        billed_in: months_later(first_of_month(start), 1),
        start,
        end: days_later(start, 1),
        product: Arc::clone(product),
        subscription: None,
        quantity: dice.between(4, 30),
        price: Decimal::new(2_450, 2),
        cost: Decimal::new(1_700, 2),
        is_passed_on,
    };
    if !is_passed_on {
        world.leaks.push(not_passed_on(&charge));
    }
    let id = uuid(world.seed, "fee", place as u64);
    if let Some(company) = world
        .clients
        .get_mut(place)
        .and_then(|client| client.company.as_mut())
    {
        let (quantity, price, cost) = (charge.quantity, charge.price, charge.cost);
        company.subscriptions.push(Subscription {
            id,
            product: Arc::clone(product),
            term: Term::OneTime,
            status: "Active",
            start,
            end: None,
            committed_until: None,
            versions: vec![Version {
                from: start,
                quantity,
                price,
                cost,
            }],
        });
        company.charges.push(charge);
    }
}

/// A charge on a bill that nobody invoiced. Its subject names the kind of charge: `usage` for
/// consumption, which Pax8 itself files under `subscription`.
pub(crate) fn not_passed_on(charge: &Charge) -> Leak {
    let id = charge.subscription.unwrap_or(charge.product.id);
    let kind = if charge.kind == ChargeKind::Arrears {
        "usage"
    } else {
        charge.kind.item_type()
    };
    let subject = format!("pax8:{id}/{kind}/{}", charge.start);
    Leak::UnbilledCharge {
        subject,
        total: charge.total(),
    }
}

/// The charges a client was invoiced for by `day`, with the day of that invoice.
pub(crate) fn passed_on(client: &Client, day: NaiveDate) -> Vec<(NaiveDate, &Charge)> {
    let charges = client.company.iter().flat_map(|company| &company.charges);
    charges
        .filter(|charge| charge.is_passed_on)
        .map(|charge| (days_later(charge.billed_in, 5), charge))
        .filter(|(date, _)| *date <= day)
        .collect()
}

impl World {
    /// What a usage-billed subscription comes to on the bill of a month, at the client's price.
    pub(crate) fn consumption(&self, held: &Subscription, billed_in: NaiveDate) -> Decimal {
        consumption(self.seed, &held.product, held.id, billed_in, false).price
    }
}
