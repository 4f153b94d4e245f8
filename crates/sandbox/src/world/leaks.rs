//! Putting the leaks of real life into a world that is in order, and noting each as it goes in.
//!
//! The seed chooses where. No client × item has two, so that every answer is plain.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::World;
use super::answers::Leak;
use super::catalogue::{SERVER, WORKSTATION};
use super::clients::Role;
use super::days::{days_later, first_of_month, months_later, rounded};
use super::devices;
use super::dice::{Dice, uuid};
use super::model::{
    Client, Cycle, Meter, Product, ProductKind, Slip, Source, Subscription, Term, Timing, Version,
};

/// A contract line and its client, by place and item code.
type Pair = (usize, &'static str);

/// The pairs still untouched.
struct Injector<'a> {
    world: &'a mut World,
    roles: &'a [Role],
    ids: &'a mut devices::Ids,
    dice: Dice,
    today: NaiveDate,
    month: NaiveDate,
    pairs: Vec<Pair>,
}

pub(crate) fn inject(world: &mut World, roles: &[Role], ids: &mut devices::Ids) {
    let today = world.today;
    let pairs = licence_pairs(world, today);
    let dice = Dice::new(world.seed, "leaks", 0);
    let month = first_of_month(today);
    let mut injector = Injector {
        world,
        roles,
        ids,
        dice,
        today,
        month,
        pairs,
    };
    injector.whole_clients();
    injector.unmapped_products();
    for _ in 0..roles.len().div_ceil(60) {
        injector.skipped_invoice();
        injector.quantities();
        injector.invoices();
        injector.costs();
        injector.overcharge();
        injector.devices();
        injector.harmless();
    }
}

/// Lines of monthly contracts in advance, in pounds or not, whose one subscription is monthly.
fn licence_pairs(world: &World, today: NaiveDate) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (place, client) in world.clients.iter().enumerate() {
        let Some(contract) = &client.contract else {
            continue;
        };
        if contract.cycle != Cycle::Monthly || contract.timing != Timing::Advance {
            continue;
        }
        for line in &contract.lines {
            let held: Vec<&Subscription> = held_as(client, line.item.code)
                .filter(|held| held.covers(today) && held.term != Term::Trial)
                .collect();
            if let [one] = held.as_slice()
                && one.term == Term::Monthly
            {
                pairs.push((place, line.item.code));
            }
        }
    }
    pairs
}

fn held_as<'a>(client: &'a Client, code: &'a str) -> impl Iterator<Item = &'a Subscription> {
    let held = client
        .company
        .iter()
        .flat_map(|company| &company.subscriptions);
    held.filter(move |held| {
        held.product
            .item
            .as_ref()
            .is_some_and(|item| item.code == code)
    })
}

impl Injector<'_> {
    /// Draws an untouched pair that suits.
    fn draw(&mut self, suits: impl Fn(&Client, &'static str) -> bool) -> Option<Pair> {
        let world = &*self.world;
        let mut fitting: Vec<Pair> = self
            .pairs
            .iter()
            .filter(|(client, code)| {
                world
                    .clients
                    .get(*client)
                    .is_some_and(|client| suits(client, code))
            })
            .copied()
            .collect();
        let drawn = self.dice.draw(&mut fitting)?;
        self.pairs.retain(|pair| *pair != drawn);
        Some(drawn)
    }

    fn draw_in_pounds(&mut self) -> Option<Pair> {
        self.draw(|client, _| !client.is_foreign())
    }

    fn draw_fixed(&mut self, is_foreign: bool) -> Option<Pair> {
        self.draw(|client, code| {
            let line = client.line(code);
            client.is_foreign() == is_foreign
                && line.is_some_and(|line| matches!(line.source, Source::Fixed))
        })
    }

    fn client(&mut self, place: usize) -> Option<&mut Client> {
        self.world.clients.get_mut(place)
    }

    fn note(&mut self, leak: Leak) {
        self.world.leaks.push(leak);
    }

    /// The subscription behind a pair.
    fn held(&mut self, (place, code): Pair) -> Option<&mut Subscription> {
        let today = self.today;
        let company = self.client(place)?.company.as_mut()?;
        company.subscriptions.iter_mut().find(|held| {
            held.covers(today)
                && held
                    .product
                    .item
                    .as_ref()
                    .is_some_and(|item| item.code == code)
        })
    }

    fn line(&mut self, (place, code): Pair) -> Option<&mut super::model::Line> {
        let contract = self.client(place)?.contract.as_mut()?;
        contract
            .lines
            .iter_mut()
            .find(|line| line.item.code == code && line.end.is_none())
    }

    /// A month's first day within the last three, where bought and agreed may part.
    fn recent_month(&mut self) -> NaiveDate {
        let back = i32::try_from(self.dice.between(0, 2)).unwrap_or(0);
        months_later(self.month, -back)
    }

    fn whole_clients(&mut self) {
        for (place, role) in self.roles.iter().enumerate() {
            match role {
                Role::CompanyNotLinked | Role::CompanyUnknown => {
                    self.note(Leak::UnmappedCompany { client: place });
                }
                Role::DevicesNotSold => self.devices_not_sold(place),
                _ => {}
            }
        }
    }

    fn devices_not_sold(&mut self, place: usize) {
        let count = self.dice.between(4, 9);
        for _ in 0..count {
            let created = days_later(self.today, -i64::from(self.dice.between(70, 400)));
            if let Some(client) = self.world.clients.get_mut(place) {
                devices::add(
                    client,
                    Meter::Workstations,
                    created,
                    self.ids,
                    &mut self.dice,
                );
            }
        }
        self.note(Leak::UnbilledDevice {
            client: place,
            code: WORKSTATION,
        });
    }

    /// Some clients hold what the catalog lacks; so does a company nobody linked, where it is the
    /// company that is missing and not the product.
    fn unmapped_products(&mut self) {
        let products: Vec<Arc<Product>> = self
            .world
            .catalogue
            .of_kind(ProductKind::Seat)
            .filter(|product| product.item.is_none())
            .cloned()
            .collect();
        for (number, product) in products.into_iter().enumerate() {
            let mut holders: Vec<usize> = self
                .world
                .clients
                .iter()
                .enumerate()
                .filter(|(_, client)| {
                    client.is_company_linked
                        && client.contract.is_some()
                        && client.company.is_some()
                        && !client.is_foreign()
                })
                .map(|(place, _)| place)
                .collect();
            let count = 3 * self.roles.len().div_ceil(60);
            for turn in 0..count {
                let Some(place) = self.dice.draw(&mut holders) else {
                    break;
                };
                let term = if turn == 1 {
                    Term::Annual
                } else {
                    Term::Monthly
                };
                self.give(place, &product, term, days_later(self.today, -330));
            }
            let unlinked = self
                .roles
                .iter()
                .position(|role| *role == Role::CompanyUnknown);
            if let (0, Some(place)) = (number, unlinked) {
                self.give(place, &product, Term::Monthly, days_later(self.today, -90));
            }
            self.note(Leak::UnmappedProduct { product });
        }
    }

    /// Adds a subscription to a client's company.
    fn give(&mut self, place: usize, product: &Arc<Product>, term: Term, start: NaiveDate) {
        let id = uuid(self.world.seed, "given subscription", self.world.given);
        self.world.given += 1;
        let today = self.today;
        let quantity = self.dice.between(2, 12);
        let months = Decimal::from(term.months().unwrap_or(1));
        let Some(company) = self
            .client(place)
            .and_then(|client| client.company.as_mut())
        else {
            return;
        };
        company.subscriptions.push(Subscription {
            id,
            product: Arc::clone(product),
            term,
            status: "Active",
            start,
            end: None,
            committed_until: (term == Term::Annual)
                .then(|| super::subscriptions::next_anniversary(start, today)),
            versions: vec![Version {
                from: start,
                quantity,
                price: product.price * months,
                cost: product.cost * months,
            }],
        });
    }

    fn quantities(&mut self) {
        for is_foreign in [false, false, true] {
            if let Some(pair) = self.draw_fixed(is_foreign) {
                let from = self.recent_month();
                let more = self.dice.between(1, 7);
                if let Some(held) = self.held(pair)
                    && let Some(last) = held.versions.last().copied()
                {
                    held.versions.push(Version {
                        from,
                        quantity: last.quantity + more,
                        ..last
                    });
                }
                self.note(Leak::QuantityGap {
                    client: pair.0,
                    code: pair.1,
                });
            }
        }
        // A second subscription of the same product, which the contract line does not follow.
        let followed = self.draw(|client, code| {
            client
                .line(code)
                .is_some_and(|line| matches!(line.source, Source::Subscriptions(_)))
        });
        if let Some(pair) = followed {
            let from = self.recent_month();
            if let Some(product) = self.held(pair).map(|held| Arc::clone(&held.product)) {
                self.give(pair.0, &product, Term::Monthly, from);
                self.note(Leak::QuantityGap {
                    client: pair.0,
                    code: pair.1,
                });
            }
        }
        for _ in 0..3 {
            self.unbilled_product();
        }
    }

    fn unbilled_product(&mut self) {
        let Some(pair) = self.draw_in_pounds() else {
            return;
        };
        let Some(product) = self.held(pair).map(|held| Arc::clone(&held.product)) else {
            return;
        };
        if let Some(contract) = self
            .client(pair.0)
            .and_then(|client| client.contract.as_mut())
        {
            contract.lines.retain(|line| line.item.code != pair.1);
        }
        self.note(Leak::UnbilledProduct {
            client: pair.0,
            product,
        });
    }

    fn invoices(&mut self) {
        for is_short in [true, false, true, false] {
            let drawn = self.draw(|client, code| {
                client
                    .line(code)
                    .is_some_and(|line| line.agreed_on(client_day(line)) >= 3)
            });
            let Some(pair) = drawn else { continue };
            let (period, off) = (self.month, self.dice.between(1, 2));
            let due = self.due(pair, period);
            let quantity = if is_short {
                due.saturating_sub(off)
            } else {
                due + off
            };
            if quantity == 0 {
                continue;
            }
            if let Some(line) = self.line(pair) {
                line.slips.push(Slip { period, quantity });
            }
            let (client, code) = pair;
            self.note(if is_short {
                Leak::InvoiceShort { client, code }
            } else {
                Leak::OverBilled { client, code }
            });
        }
        if let Some(pair) = self.draw(|_, _| true) {
            let period = months_later(self.month, -1);
            self.skip(pair, period);
        }
    }

    fn due(&self, (place, code): Pair, period: NaiveDate) -> u32 {
        let client = self.world.clients.get(place);
        client
            .and_then(|client| client.line(code).map(|line| client.due_in(line, period)))
            .unwrap_or(0)
    }

    fn skip(&mut self, pair: Pair, period: NaiveDate) {
        let Some(line) = self.line(pair) else { return };
        line.slips.push(Slip {
            period,
            quantity: 0,
        });
        let line = line.key.clone();
        self.note(Leak::SkippedPeriod {
            client: pair.0,
            line,
            period,
        });
    }

    /// A whole invoice nobody made; that client has no other leak.
    fn skipped_invoice(&mut self) {
        let Some((place, _)) = self.draw_in_pounds() else {
            return;
        };
        self.pairs.retain(|(client, _)| *client != place);
        let period = months_later(self.month, -2);
        let lines = self
            .client(place)
            .and_then(|client| client.contract.as_ref());
        let codes: Vec<&'static str> = lines
            .iter()
            .flat_map(|contract| &contract.lines)
            .filter(|line| line.cycle == Cycle::Monthly && line.runs_on(period))
            .map(|line| line.item.code)
            .collect();
        for code in codes {
            self.skip((place, code), period);
        }
        self.world.skipped_clients.push(place);
    }

    fn costs(&mut self) {
        for _ in 0..2 {
            let Some(pair) = self.draw_in_pounds() else {
                return;
            };
            let under = Decimal::new(i64::from(self.dice.between(20, 140)), 2);
            let cost = self
                .held(pair)
                .and_then(|held| held.versions.last())
                .map(|last| last.cost);
            if let (Some(cost), Some(line)) = (cost, self.line(pair)) {
                line.unit_price = rounded((cost - under).max(Decimal::new(10, 2)), 2);
            }
            self.note(Leak::BelowCost {
                client: pair.0,
                code: pair.1,
            });
        }
        for _ in 0..2 {
            let on = days_later(self.today, -i64::from(self.dice.between(8, 45)));
            let Some(pair) = self.draw_in_pounds() else {
                return;
            };
            if let Some(by) = self.raise_cost(pair, on) {
                self.note(Leak::CostRise {
                    client: pair.0,
                    code: pair.1,
                    on,
                    by,
                });
            }
        }
        // Old news.
        let on = days_later(self.today, -i64::from(self.dice.between(75, 140)));
        if let Some(pair) = self.draw_in_pounds() {
            self.raise_cost(pair, on);
        }
    }

    /// A rise of about a twentieth, which leaves some margin.
    fn raise_cost(&mut self, pair: Pair, on: NaiveDate) -> Option<Decimal> {
        let sold_at = self.line(pair)?.unit_price;
        let held = self.held(pair)?;
        let last = held.versions.last().copied()?;
        let room = (sold_at - last.cost) / Decimal::TWO;
        let by = rounded((last.cost * Decimal::new(5, 2)).min(room), 2);
        let later = held.versions.iter().any(|version| version.from >= on);
        if by <= Decimal::ZERO || later {
            return None;
        }
        held.versions.push(Version {
            from: on,
            cost: last.cost + by,
            ..last
        });
        Some(by)
    }

    /// A subscription given up at the end of September, billed again in November.
    fn overcharge(&mut self) {
        let Some(pair) = self.draw(|_, _| true) else {
            return;
        };
        let end = months_later(self.month, -1);
        let month = self.month;
        if let Some(line) = self.line(pair) {
            line.end = Some(end);
        }
        let Some(held) = self.held(pair) else { return };
        held.status = "Cancelled";
        held.end = Some(end);
        held.committed_until = None;
        let Some(last) = held.versions.last().copied() else {
            return;
        };
        let charge = super::model::Charge {
            kind: super::model::ChargeKind::Overcharge,
            billed_in: month,
            start: month,
            end: months_later(month, 1),
            product: Arc::clone(&held.product),
            subscription: Some(held.id),
            quantity: last.quantity,
            price: last.price,
            cost: last.cost,
            is_passed_on: false,
        };
        if let Some(company) = self
            .client(pair.0)
            .and_then(|client| client.company.as_mut())
        {
            company.charges.push(charge.clone());
        }
        self.note(Leak::VendorOvercharge { charge });
    }

    fn devices(&mut self) {
        for (code, meter, is_foreign) in [
            (WORKSTATION, Meter::Workstations, false),
            (SERVER, Meter::Servers, false),
            (WORKSTATION, Meter::Workstations, true),
        ] {
            let Some(place) = self.place_with_fixed(code, is_foreign) else {
                continue;
            };
            for _ in 0..self.dice.between(1, 4) {
                let created = days_later(self.today, -i64::from(self.dice.between(3, 60)));
                if let Some(client) = self.world.clients.get_mut(place) {
                    devices::add(client, meter, created, self.ids, &mut self.dice);
                }
            }
            self.note(Leak::UnbilledDevice {
                client: place,
                code,
            });
        }
    }

    fn place_with_fixed(&mut self, code: &'static str, is_foreign: bool) -> Option<usize> {
        let world = &*self.world;
        let mut places: Vec<usize> = Vec::new();
        for (place, client) in world.clients.iter().enumerate() {
            let is_monthly = client.contract.as_ref().is_some_and(|contract| {
                contract.cycle == Cycle::Monthly && contract.timing == Timing::Advance
            });
            let is_fixed = client
                .line(code)
                .is_some_and(|line| matches!(line.source, Source::Fixed));
            let is_free = !world.skipped_clients.contains(&place)
                && !world
                    .leaks
                    .iter()
                    .any(|leak| leak.pair() == Some((place, code)));
            if is_monthly && is_fixed && is_free && client.is_foreign() == is_foreign {
                places.push(place);
            }
        }
        self.dice.draw(&mut places)
    }

    /// Looks like a leak and is none: a cancellation that has not come yet.
    fn harmless(&mut self) {
        for _ in 0..3 {
            let Some(pair) = self.draw_fixed(false) else {
                return;
            };
            let end = months_later(self.month, 1);
            if let Some(held) = self.held(pair) {
                held.status = "PendingCancel";
                held.end = Some(end);
            }
        }
    }
}

/// Any day on which the last agreed quantity stands.
fn client_day(line: &super::model::Line) -> NaiveDate {
    line.agreed.last().map_or(line.start, |(day, _)| *day)
}
