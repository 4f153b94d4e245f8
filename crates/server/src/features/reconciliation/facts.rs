//! From tables to [`billing::reconcile::Facts`]: every row gets a small index, vendors' records
//! get the client or item they are linked to, and nothing is decided.

mod bill_lines;
mod ledger;
mod lines;
mod names;
mod vendors;
mod words;

pub use self::{
    names::{Names, Origin, id_of, micro, uuid_of, vendor_id},
    words::{bill_line_kind, currency, cycle, term_months, timing},
};

use std::collections::HashMap;

use billing::{
    Micro,
    reconcile::{
        Client, ClientIx, CompanyIx, Facts, Item, ItemIx, LineIx, MeterIx, Price, ProductIx,
        SubscriptionIx,
    },
};
use chrono::{Days, NaiveDate};
use uuid::Uuid;

use super::store;
use crate::{
    db::{ConnectionId, Day, Exact, OrgId, Tx},
    fault::Fault,
};

/// The facts, and what their rows are called outside.
pub struct Loaded {
    pub facts: Facts,
    pub names: Names,
}

/// Bills and ended subscriptions are looked at this far back.
const LOOK_BACK: Days = Days::new(130);
/// A charge is billed at most ten weeks after its first day, from which on it may be passed on.
const PASSED_ON_LOOK_BACK: Days = Days::new(200);

/// Snapshots older than this are never compared with.
pub(super) const COUNTS_BACK: Days = Days::new(40);

pub async fn load(tx: &mut Tx, org: OrgId, service_date: NaiveDate) -> Result<Loaded, Fault> {
    let mut loader = Loader {
        org,
        facts: Facts::at(service_date),
        names: Names::default(),
        clients: HashMap::new(),
        items: HashMap::new(),
        item_codes: HashMap::new(),
        written_codes: HashMap::new(),
        good_counts: HashMap::new(),
        meters: HashMap::new(),
        lines: HashMap::new(),
        companies: HashMap::new(),
        products: HashMap::new(),
        subscriptions: HashMap::new(),
        contacts: HashMap::new(),
        organizations: HashMap::new(),
        line_of_subscription: HashMap::new(),
    };
    loader.clients(tx).await?;
    loader.items(tx).await?;
    loader.companies(tx).await?;
    loader.products(tx).await?;
    loader.counts(tx).await?;
    loader.lines_and_subscriptions(tx).await?;
    loader.coverage(tx).await?;
    loader.ledger(tx).await?;
    loader.bills(tx).await?;
    for own in store::references(tx, org).await? {
        loader.names.put(id_of(own.id), Origin::Own(own.reference));
    }
    loader.names.put_in_order();
    Ok(Loaded {
        facts: loader.facts,
        names: loader.names,
    })
}

struct Loader {
    org: OrgId,
    facts: Facts,
    names: Names,
    clients: HashMap<Uuid, ClientIx>,
    items: HashMap<Uuid, ItemIx>,
    /// In lower case, and as the catalog writes them.
    item_codes: HashMap<String, ItemIx>,
    written_codes: HashMap<String, ItemIx>,
    meters: HashMap<String, MeterIx>,
    lines: HashMap<Uuid, LineIx>,
    companies: HashMap<(ConnectionId, String), CompanyIx>,
    products: HashMap<(ConnectionId, String), ProductIx>,
    subscriptions: HashMap<(ConnectionId, String), SubscriptionIx>,
    /// Ledger contacts and RMM organizations that are somebody's.
    contacts: HashMap<(ConnectionId, String), ClientIx>,
    organizations: HashMap<(ConnectionId, String), ClientIx>,
    good_counts: HashMap<(ClientIx, MeterIx), Vec<(NaiveDate, Micro)>>,
    line_of_subscription: HashMap<String, Uuid>,
}

/// The next index of a table.
fn next<T>(table: &[T]) -> u32 {
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

impl Loader {
    fn since(&self, back: Days) -> Day {
        Day(self
            .facts
            .service_date
            .checked_sub_days(back)
            .unwrap_or(NaiveDate::MIN))
    }

    async fn clients(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        for row in store::clients(tx, self.org).await? {
            self.clients
                .insert(row.id.0, ClientIx(next(&self.facts.clients)));
            self.facts.clients.push(Client {
                id: id_of(row.id.0),
                currency: currency(&row.currency)?,
                is_own_use: row.own_use,
            });
        }
        Ok(())
    }

    async fn items(&mut self, tx: &mut Tx) -> Result<(), Fault> {
        for row in store::items(tx, self.org).await? {
            let ix = ItemIx(next(&self.facts.items));
            self.items.insert(row.id.0, ix);
            self.item_codes.insert(row.code.to_lowercase(), ix);
            self.written_codes.insert(row.code.clone(), ix);
            let currency = currency(&row.currency)?;
            let price = |exact: Exact| Price {
                unit_price: micro(exact),
                currency,
                months: 1,
            };
            let meter = row.meter.map(|meter| self.meter(&meter));
            self.facts.items.push(Item {
                id: id_of(row.id.0),
                meter,
                price: Some(price(row.unit_price)),
                cost: row.unit_cost.map(price),
            });
        }
        Ok(())
    }

    fn meter(&mut self, name: &str) -> MeterIx {
        let fresh = MeterIx(u32::try_from(self.meters.len()).unwrap_or(u32::MAX));
        *self.meters.entry(name.to_owned()).or_insert(fresh)
    }
}
