//! One simulated managed service provider with its clients, seen alike by every vendor.
//!
//! It is made from a seed in two steps: first a world in order, in which bought, deployed, agreed
//! and invoiced agree with each other; then the leaks, each noted on the answer sheet as it goes
//! in. Time passes day by day (`passing`); what it changes is noted the same way. The recurring
//! invoices of periods after the start are the product's to make, so the world makes none, and the
//! sheet does not speak of them.
//!
//! What the records mean:
//! - Subscriptions recur by their term (`Monthly`, `Annual`); `Trial`, `One-Time` and `Activation`
//!   (an Azure plan) do not and are worth nothing by themselves. An end date is the first day
//!   without the subscription. Bills' periods end exclusively, draft items' inclusively.
//! - A charge to pass on is a row of a bill of type `one-time`, or of term `Arrears`. It was passed
//!   on if the client has an invoice line over its `total`, without item code, naming the product,
//!   dated the day after the bill (the sixth). Rows of type `prorate` are what a contract line's
//!   quantity explains; they are no charges of their own.
//! - Seats rest from four months before the start on, except where a leak moves them, and then on
//!   the first of a month: no part period is open when the world begins.

mod answers;
mod bills;
mod books;
mod catalogue;
mod charges;
mod clients;
pub(crate) mod days;
mod devices;
pub(crate) mod dice;
mod leaks;
pub(crate) mod model;
mod names;
mod passing;
mod recurring;
mod setup;
mod subscriptions;
mod templates;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::xero::{ContactKey, Ledger};

pub use answers::Answer;
pub(crate) use bills::{Bill, BillItem, BillKind};
pub(crate) use passing::Happening;

use answers::Leak;
use catalogue::Catalogue;
use clients::{Role, Setting};
use model::{Client, Subscription};

/// How large a world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Size {
    pub clients: u32,
    /// Months of history.
    pub months: u32,
    /// Further one-off invoices, to reach a number of invoices for measuring.
    pub extra_invoices: u32,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            clients: 60,
            months: 18,
            extra_invoices: 0,
        }
    }
}

/// Fewer clients than this could not play all parts.
const FEWEST: u32 = 40;

/// The world. Vendors read it; only `passing` changes it.
#[derive(Debug)]
pub struct World {
    pub(crate) seed: u64,
    pub(crate) months: u32,
    /// The day it was made for, and the last day that has passed.
    pub(crate) start_day: NaiveDate,
    pub(crate) today: NaiveDate,
    pub(crate) catalogue: Catalogue,
    pub(crate) clients: Vec<Client>,
    pub(crate) leaks: Vec<Leak>,
    /// Clients whose whole invoice was forgotten.
    skipped_clients: Vec<usize>,
    /// Subscriptions added after the first.
    given: u64,
    ids: devices::Ids,
    /// Where a subscription is: client, place in its company.
    places: HashMap<Uuid, (usize, usize)>,
    expected: books::Expected,
    watch: passing::Watch,
    /// Pax8 as the books' supplier.
    supplier: Option<ContactKey>,
}

impl World {
    /// The world of a seed on a day, and its books.
    pub fn new(seed: u64, size: Size, today: NaiveDate) -> anyhow::Result<(Self, Ledger)> {
        let catalogue = Catalogue::new(seed);
        let months = size.months.clamp(6, 120);
        let count = usize::try_from(size.clients.max(FEWEST))?;
        let roles = clients::roles(seed, count);
        let mut ids = devices::Ids::new();
        let setting = Setting {
            seed,
            today,
            months,
            catalogue: &catalogue,
        };
        let clients: Vec<Client> = roles
            .iter()
            .enumerate()
            .map(|(index, role)| clients::make(&setting, index, *role, &mut ids))
            .collect();
        let mut world = Self {
            seed,
            months,
            start_day: today,
            today,
            catalogue,
            clients,
            leaks: Vec::new(),
            skipped_clients: Vec::new(),
            given: 0,
            ids: devices::Ids::new(),
            places: HashMap::new(),
            expected: books::Expected::new(),
            watch: passing::Watch::default(),
            supplier: None,
        };
        world.put_in_leaks(&roles, ids);
        let (mut ledger, expected) = books::keep(&mut world, size.extra_invoices)?;
        templates::keep(&world, &mut ledger)?;
        world.expected = expected;
        world.watch.seen = ledger.invoice_count();
        let listed = world.clients.iter().enumerate();
        world.watch.clients = listed
            .filter_map(|(place, client)| Some((client.contact?, place)))
            .collect();
        world.index();
        Ok((world, ledger))
    }

    fn put_in_leaks(&mut self, roles: &[Role], mut ids: devices::Ids) {
        leaks::inject(self, roles, &mut ids);
        charges::add(self, roles);
        self.ids = ids;
    }

    fn index(&mut self) {
        self.places.clear();
        for (place, client) in self.clients.iter().enumerate() {
            let held = client
                .company
                .iter()
                .flat_map(|company| &company.subscriptions);
            for (index, held) in held.enumerate() {
                self.places.insert(held.id, (place, index));
            }
        }
    }

    pub(crate) fn subscription(&self, id: Uuid) -> Option<(&model::Company, &Subscription)> {
        let (client, place) = self.places.get(&id)?;
        let company = self.clients.get(*client)?.company.as_ref()?;
        Some((company, company.subscriptions.get(*place)?))
    }
}
