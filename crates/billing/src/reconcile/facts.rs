//! What the caller knows, in compact rows.
//!
//! Clients, items, products, companies, meters, contract lines and subscriptions are named by
//! their place in the table of [`Facts`] that holds them. Only rows that may matter at the
//! service date need be given; each table says which.

use chrono::NaiveDate;

use crate::coverage::{ChargeKind, State};
use crate::finding::BillLineKind;
use crate::id::Id;
use crate::micro::Micro;
use crate::money::Currency;
use crate::period::{Cycle, Period, Timing};

macro_rules! indexes {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            pub(crate) const fn at(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

indexes! {
    /// A place in [`Facts::clients`].
    ClientIx,
    /// A place in [`Facts::companies`].
    CompanyIx,
    /// A place in [`Facts::products`].
    ProductIx,
    /// A place in [`Facts::items`].
    ItemIx,
    /// A meter, numbered by the caller from 0.
    MeterIx,
    /// A place in [`Facts::lines`].
    LineIx,
    /// A place in [`Facts::subscriptions`].
    SubscriptionIx,
}

/// Everything one run looks at.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The day the six numbers are for: today in the organization's zone unless asked otherwise.
    pub service_date: NaiveDate,
    pub clients: Vec<Client>,
    pub companies: Vec<Company>,
    pub products: Vec<Product>,
    pub items: Vec<Item>,
    /// Parts of bundles.
    pub parts: Vec<Part>,
    /// Prices agreed with one client outside its contract.
    pub client_prices: Vec<ClientPrice>,
    /// Lines of active contracts (those that rolled on included), whether or not the service date
    /// lies in them: a line that ended may still have a skipped period.
    pub lines: Vec<ContractLine>,
    /// All coverage records of those lines; planned ones only matter for the quantity they carry.
    pub coverage: Vec<Covered>,
    /// Every subscription whose dates cover the service date, whatever its status, and those that
    /// a given bill line names. Others do no harm.
    pub subscriptions: Vec<Subscription>,
    /// Seats in use, where a tenant is connected.
    pub assigned: Vec<Assigned>,
    /// Counts by the service date; the latest good one of each client and meter is used.
    pub counts: Vec<Count>,
    /// Lines of sales invoices that are owed or paid (not draft, not void, not deleted), dated
    /// from [`Facts::ledger_since`] on; credit-note lines with negative quantity and amount.
    pub ledger: Vec<LedgerLine>,
    /// Lines of the distributor's bills of the last periods.
    pub bill_lines: Vec<BillLine>,
}

impl Facts {
    pub fn at(service_date: NaiveDate) -> Facts {
        Facts {
            service_date,
            clients: Vec::new(),
            companies: Vec::new(),
            products: Vec::new(),
            items: Vec::new(),
            parts: Vec::new(),
            client_prices: Vec::new(),
            lines: Vec::new(),
            coverage: Vec::new(),
            subscriptions: Vec::new(),
            assigned: Vec::new(),
            counts: Vec::new(),
            ledger: Vec::new(),
            bill_lines: Vec::new(),
        }
    }

    /// How far back ledger lines matter: to the first day anything is owed for, and to the start
    /// of every period that runs at the service date, however long before `bill_from` it began.
    pub fn ledger_since(&self) -> NaiveDate {
        let this_month = Period::month_of(self.service_date).start();
        let running = |line: &ContractLine| {
            let tile = line.schedule()?.tile_at(self.service_date)?;
            Some(line.ledger_window(&tile).start())
        };
        self.lines
            .iter()
            .flat_map(|line| [Some(line.bill_from), running(line)])
            .flatten()
            .fold(this_month, NaiveDate::min)
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Client {
    pub id: Id,
    pub currency: Currency,
    /// The MSP itself: what it uses raises no money.
    pub is_own_use: bool,
}

/// A distributor's record of a customer.
#[derive(Clone, Copy, Debug)]
pub struct Company {
    pub id: Id,
    /// None while it is unmapped.
    pub client: Option<ClientIx>,
    /// A person said that it shall stay unmapped.
    pub is_ignored: bool,
}

/// A distributor's product.
#[derive(Clone, Copy, Debug)]
pub struct Product {
    pub id: Id,
    pub item: Option<ItemIx>,
    pub is_ignored: bool,
}

/// An amount of money per unit and number of months.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub unit_price: Micro,
    pub currency: Currency,
    pub months: u16,
}

/// A catalog item.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    pub id: Id,
    /// The meter it counts; only such an item is compared with *deployed*.
    pub meter: Option<MeterIx>,
    pub price: Option<Price>,
    pub cost: Option<Price>,
}

/// `ratio` units of `part` in every unit of `bundle`.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub bundle: ItemIx,
    pub part: ItemIx,
    pub ratio: Micro,
}

#[derive(Clone, Copy, Debug)]
pub struct ClientPrice {
    pub client: ClientIx,
    pub item: ItemIx,
    pub price: Price,
}

/// Where a contract line's quantity comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineSource {
    Fixed,
    Subscription,
    Meter,
}

/// A contract line with its quantity at the service date.
#[derive(Clone, Copy, Debug)]
pub struct ContractLine {
    pub id: Id,
    pub client: ClientIx,
    pub item: ItemIx,
    pub source: LineSource,
    /// *Contracted*: the quantity rule's result, [`crate::quantity::Billed::quantity`].
    pub quantity: Micro,
    /// Units of the source the line answers for, billed or deliberately not,
    /// [`crate::quantity::Billed::accounts_for`]. For a fixed line the same as `quantity`.
    pub accounts_for: Micro,
    /// How much of `quantity` arose after the running period began and is not expected in its
    /// invoiced quantity: the next draft catches it up, or a foreign line without an item code
    /// already has. Negative for a decrease.
    pub to_catch_up: Micro,
    pub unit_price: Micro,
    pub currency: Currency,
    /// How many months one unit price pays for: 1 per month, the cycle's length per term.
    pub price_months: u16,
    /// The day the price was last raised.
    pub price_raised_on: Option<NaiveDate>,
    pub cycle: Cycle,
    pub timing: Timing,
    pub anchor: NaiveDate,
    pub start: NaiveDate,
    pub end: Option<NaiveDate>,
    pub bill_from: NaiveDate,
    /// No money is expected before this day.
    pub trial_until: Option<NaiveDate>,
}

/// A coverage record of a contract line.
#[derive(Clone, Copy, Debug)]
pub struct Covered {
    pub line: LineIx,
    pub period_start: NaiveDate,
    pub kind: ChargeKind,
    pub state: State,
    /// The period's quantity, where it is known to differ from the line's at the service date.
    pub quantity: Option<Micro>,
}

#[derive(Clone, Copy, Debug)]
pub struct Subscription {
    pub id: Id,
    pub company: CompanyIx,
    pub product: ProductIx,
    /// The contract line it feeds, where one is named; its item then goes before the product's.
    pub line: Option<LineIx>,
    pub quantity: Micro,
    /// The day `quantity` last rose, where the history shows it.
    pub quantity_raised_on: Option<NaiveDate>,
    /// Per unit and term: what the distributor says the client pays.
    pub price: Micro,
    /// Per unit and term: what the MSP pays.
    pub cost: Micro,
    pub currency: Currency,
    /// The billing term: 1, 12, 24, 36. None for what is bought once or does not recur.
    pub term_months: Option<u16>,
    pub is_trial: bool,
    pub start: NaiveDate,
    /// The first day without it.
    pub end: Option<NaiveDate>,
    pub previous_cost: Option<Micro>,
    /// The day `cost` took the place of `previous_cost`.
    pub cost_changed_on: Option<NaiveDate>,
}

/// Seats of an item in use at a client.
#[derive(Clone, Copy, Debug)]
pub struct Assigned {
    pub id: Id,
    pub client: ClientIx,
    pub item: ItemIx,
    pub quantity: Micro,
    pub taken_on: NaiveDate,
}

/// Whether a count can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trusted {
    Good,
    /// Failed, empty or partial: an earlier good one is used in its place.
    No,
}

/// What a tool counted at a client.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    pub id: Id,
    pub client: ClientIx,
    pub meter: MeterIx,
    pub quantity: Micro,
    pub taken_on: NaiveDate,
    pub trusted: Trusted,
}

/// A line of an invoice or, negative, of a credit note in accounting.
#[derive(Clone, Copy, Debug)]
pub struct LedgerLine {
    pub id: Id,
    pub client: ClientIx,
    /// By item code; none where the line has none that is known.
    pub item: Option<ItemIx>,
    /// The contract line, on our own invoices.
    pub line: Option<LineIx>,
    /// The true quantity: on our own lines not the 1 that may have gone to the ledger.
    pub quantity: Micro,
    pub net_minor: i64,
    pub currency: Currency,
    pub date: NaiveDate,
    /// The service period, on our own lines. A foreign line takes the contract line's cycle that
    /// contains its date (in arrears the one before), else the calendar month.
    pub period: Option<Period>,
    /// What has been paid of the line's document, and its total, in minor units.
    pub document_paid_minor: i64,
    pub document_total_minor: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillState {
    /// Approved, and not replaced.
    Standing,
    /// Credited in full; its replacement counts instead.
    Credited,
    /// Credited, with no replacement picked yet: the period raises nothing.
    InCorrection,
    /// It may replace one in correction. Until somebody says so it raises nothing, and does not
    /// count beside it, or the month would count twice.
    Contested,
}

/// A line of the distributor's bill to the MSP.
#[derive(Clone, Copy, Debug)]
pub struct BillLine {
    pub id: Id,
    pub company: CompanyIx,
    pub product: Option<ProductIx>,
    pub subscription: Option<SubscriptionIx>,
    pub kind: BillLineKind,
    pub bill_state: BillState,
    pub quantity: Micro,
    /// What the MSP pays per unit.
    pub unit_cost: Micro,
    /// What the MSP pays for the line.
    pub cost_minor: i64,
    /// What the client pays for the line, by the distributor's price.
    pub charge_minor: i64,
    pub currency: Currency,
    pub period: Period,
    /// A draft or invoice of ours already passes it on, or a person decided it need not be.
    pub is_passed_on: bool,
}
