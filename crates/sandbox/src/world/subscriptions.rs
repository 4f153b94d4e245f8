//! What a client holds in Pax8.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::clients::{Role, Setting};
use super::days::{days_later, first_of_month, months_later, rounded};
use super::dice::{Dice, uuid};
use super::model::{Client, Company, Product, ProductKind, Subscription, Term, Version};

/// Prices of a commitment of a year billed monthly: 5 % more, stored rounded, as Pax8 does.
fn committed_monthly(price: Decimal) -> Decimal {
    rounded(price * Decimal::new(105, 2), 2)
}

pub(crate) fn company(
    setting: &Setting<'_>,
    client: &Client,
    index: usize,
    role: Role,
    dice: &mut Dice,
) -> Company {
    // A trading name and an address of its own, so that nothing links it by itself.
    let is_hidden = matches!(role, Role::CompanyNotLinked | Role::CompanyUnknown);
    let (name, website) = if is_hidden {
        let other = super::names::naming(setting.seed, index + 200_000);
        (other.name, format!("https://{}", other.domain))
    } else {
        (
            client.name.clone(),
            format!("https://www.{}", client.domain),
        )
    };
    let mut company = Company {
        id: uuid(setting.seed, "company", index as u64),
        name,
        website,
        external_id: (!is_hidden && dice.chance(80)).then(|| client.key.clone()),
        status: if role == Role::CompanyInactive {
            "Inactive"
        } else {
            "Active"
        },
        updated: days_later(setting.today, -i64::from(dice.between(20, 400))),
        subscriptions: Vec::new(),
        charges: Vec::new(),
    };
    let mut offer: Vec<&Arc<Product>> = offer(setting, role);
    let wanted = if role == Role::CompanyInactive {
        2
    } else {
        dice.between(7, 13)
    };
    for place in 0..wanted {
        let Some(product) = dice.draw(&mut offer) else {
            break;
        };
        let id = uuid(
            setting.seed,
            "subscription",
            index as u64 * 1_000 + u64::from(place),
        );
        company
            .subscriptions
            .push(subscription(setting, client, role, product, id, dice));
    }
    extras(setting, role, &mut company, index, dice);
    company
}

/// Products this client may hold at first. Those nobody mapped are put in by the leaks; of two
/// products that are one item a client holds one.
fn offer<'a>(setting: &Setting<'a>, role: Role) -> Vec<&'a Arc<Product>> {
    let seats = setting.catalogue.of_kind(ProductKind::Seat);
    let is_msp = role == Role::OwnUse;
    seats
        .filter(|product| product.item.is_some())
        .filter(|product| is_msp || product.name != "SentinelOne Complete (legacy)")
        .collect()
}

/// How a product is held: its term, whether for a year, and what a unit sells for and costs a term.
fn terms(role: Role, product: &Product, dice: &mut Dice) -> (Term, bool, Decimal, Decimal) {
    let (term, committed) = match dice.between(1, 100) {
        1..=7 if role.is_plain() => (Term::Annual, true),
        8..=25 => (Term::Monthly, true),
        _ => (Term::Monthly, false),
    };
    let year = Decimal::from(12);
    let (price, cost) = match (term, committed) {
        (Term::Annual, _) => (product.price * year, product.cost * year),
        (_, true) => (
            committed_monthly(product.price),
            committed_monthly(product.cost),
        ),
        _ => (product.price, product.cost),
    };
    (term, committed, price, cost)
}

fn subscription(
    setting: &Setting<'_>,
    client: &Client,
    role: Role,
    product: &Arc<Product>,
    id: uuid::Uuid,
    dice: &mut Dice,
) -> Subscription {
    let oldest = i64::from(setting.months.clamp(6, 120)) * 31;
    let age = oldest + i64::from(dice.between(20, 300));
    let start = days_later(setting.today, -age);
    let quantity = if product.unit == "Device" && product.name.contains("Server") {
        dice.between(1, 6)
    } else {
        dice.between((client.headcount / 3).max(2), client.headcount + 2)
    };
    let (term, committed, price, cost) = terms(role, product, dice);
    let mut held = Subscription {
        id,
        product: Arc::clone(product),
        term,
        status: if dice.chance(15) {
            "Activated"
        } else {
            "Active"
        },
        start,
        end: None,
        committed_until: committed.then(|| next_anniversary(start, setting.today)),
        versions: vec![Version {
            from: start,
            quantity,
            price,
            cost,
        }],
    };
    if role == Role::CompanyInactive {
        held.status = "Cancelled";
        held.end = Some(days_later(setting.today, -i64::from(dice.between(60, 300))));
    } else if term == Term::Monthly {
        grow(setting, &mut held, dice);
        // Pax8 bills by dates: a status like these changes nothing.
        if dice.chance(4) {
            held.status = dice
                .pick(&["PendingManual", "WaitingForDetails", "PendingActivation"])
                .copied()
                .unwrap_or("PendingManual");
        }
    }
    held
}

pub(crate) fn next_anniversary(start: NaiveDate, today: NaiveDate) -> NaiveDate {
    (1..=40)
        .map(|years| months_later(start, years * 12))
        .find(|day| *day > today)
        .unwrap_or(today)
}

/// Seats move now and then. From four months ago on they rest, so that what was agreed, bought and
/// invoiced in the months anybody looks at can only differ by a leak.
fn grow(setting: &Setting<'_>, held: &mut Subscription, dice: &mut Dice) {
    let rest = months_later(first_of_month(setting.today), -4);
    let mut month = months_later(rest, -12).max(first_of_month(months_later(held.start, 1)));
    while month < rest {
        if dice.chance(8) {
            let day = if dice.chance(50) {
                month
            } else {
                days_later(month, i64::from(dice.between(5, 24)))
            };
            let Some(now) = held.versions.last().copied() else {
                return;
            };
            let quantity = if dice.chance(70) || now.quantity < 4 {
                now.quantity + dice.between(1, 4)
            } else {
                now.quantity - 1
            };
            // Fewer seats only from a month's start: what is paid for stays.
            let from = if quantity < now.quantity { month } else { day };
            if from > now.from {
                held.versions.push(Version {
                    from,
                    quantity,
                    ..now
                });
            }
        }
        month = months_later(month, 1);
    }
}

/// What raises nothing: a trial, one that was converted, a subscription given up long ago.
fn extras(setting: &Setting<'_>, role: Role, company: &mut Company, index: usize, dice: &mut Dice) {
    if !role.is_plain() && role != Role::OwnUse {
        return;
    }
    let today = setting.today;
    let held: Vec<uuid::Uuid> = company
        .subscriptions
        .iter()
        .map(|held| held.product.id)
        .collect();
    let mut others: Vec<&Arc<Product>> = offer(setting, Role::Ordinary)
        .into_iter()
        .filter(|product| !held.contains(&product.id))
        .collect();
    let mut add = |dice: &mut Dice, place: u64, term, status, days: (i64, i64)| {
        let Some(product) = dice.draw(&mut others) else {
            return;
        };
        let start = days_later(today, days.0);
        let free = term == Term::Trial;
        let (price, cost) = if free {
            (Decimal::ZERO, Decimal::ZERO)
        } else {
            (product.price, product.cost)
        };
        company.subscriptions.push(Subscription {
            id: uuid(
                setting.seed,
                "subscription",
                index as u64 * 1_000 + 900 + place,
            ),
            product: Arc::clone(product),
            term,
            status,
            start,
            end: Some(days_later(today, days.1)),
            committed_until: None,
            versions: vec![Version {
                from: start,
                quantity: dice.between(2, 15),
                price,
                cost,
            }],
        });
    };
    if dice.chance(14) {
        add(dice, 0, Term::Trial, "Trial", (-8, 22));
    }
    if dice.chance(8) {
        add(dice, 1, Term::Trial, "Converted", (-200, -170));
    }
    if dice.chance(20) {
        add(dice, 2, Term::Monthly, "Cancelled", (-420, -250));
    }
}
