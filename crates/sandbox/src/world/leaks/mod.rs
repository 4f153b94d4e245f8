//! Putting the leaks of real life into a world that is in order, and noting each as it goes in.
//!
//! The seed chooses where. No client × item has two, so that every answer is plain.

use chrono::NaiveDate;

mod bought;
mod costs;
mod deployed;
mod invoiced;

use super::World;
use super::answers::Leak;
use super::clients::Role;
use super::days::first_of_month;
use super::devices;
use super::dice::Dice;
use super::model::{Client, Cycle, Source, Subscription, Term, Timing};

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
}
