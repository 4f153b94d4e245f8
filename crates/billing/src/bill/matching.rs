//! What passes a line of the distributor's bill on to a client: a contract line, an invoice line,
//! a one-off that waits.
//!
//! A contract line bills what recurs, and by itself the changes of the subscription it follows
//! and what was used; never what was bought once. An invoice line of the item in that time passes
//! it on as well, and so does one of exactly the distributor's amount; such a line passes on one
//! charge and no other.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::finding::BillLineKind;
use crate::id::Id;
use crate::micro::Micro;
use crate::money::Money;
use crate::period::{Period, add_days, sub_days};

/// A line of a bill that is a client's.
#[derive(Clone, Copy, Debug)]
pub struct Bought {
    pub client: Id,
    /// The catalog item of its product.
    pub item: Option<Id>,
    /// The contract line that its subscription feeds.
    pub feeds: Option<Id>,
    pub kind: BillLineKind,
    pub period: Period,
    pub quantity: Micro,
    /// What the client would pay, by the distributor's price.
    pub charge: Money,
}

/// A line of a contract in force.
#[derive(Clone, Copy, Debug)]
pub struct Agreed {
    pub id: Id,
    pub client: Id,
    pub item: Id,
    pub start: NaiveDate,
    pub end: Option<NaiveDate>,
    /// Whether its quantity follows subscriptions, whose changes it then bills by itself.
    pub follows_subscriptions: bool,
}

/// A line of an invoice, ours or the ledger's, or a one-off that waits for one.
#[derive(Clone, Copy, Debug)]
pub struct Charged {
    pub client: Id,
    pub item: Option<Id>,
    /// The contract line, on our own invoices.
    pub line: Option<Id>,
    pub quantity: Micro,
    pub net: Money,
    pub on: NaiveDate,
    /// The service period, where the line says it.
    pub period: Option<Period>,
}

/// What passes a line on, by its place in what was given. Neither: nobody does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Match {
    pub agreed: Option<usize>,
    pub charged: Option<usize>,
}

impl Match {
    pub const fn is_none(self) -> bool {
        self.agreed.is_none() && self.charged.is_none()
    }
}

/// An invoice may be dated this long before a charge's period, in advance of it.
const BEFORE_DAYS: u64 = 14;
/// Or this long after it.
const AFTER_DAYS: u64 = 62;

/// What passes each line on, in the order of the lines.
pub fn matches(lines: &[Bought], agreed: &[Agreed], charged: &[Charged]) -> Vec<Match> {
    let (agreed, charged) = (
        Of::clients(agreed, |row| row.client),
        Of::clients(charged, |row| row.client),
    );
    let mut spent = vec![false; charged.rows.len()];
    let mut found = Vec::with_capacity(lines.len());
    for line in lines {
        let by_contract = agreed.first(line.client, |row| bills(row, line));
        let contract = by_contract.and_then(|at| agreed.rows.get(at));
        let of_item = charged.first(line.client, |row| is_of_item(row, line, contract));
        let by_charge = of_item.or_else(|| {
            let free = |at: usize| spent.get(at) == Some(&false);
            let exact = charged.place(line.client, |at, row| free(at) && passes_on(row, line));
            if let Some(place) = exact.and_then(|at| spent.get_mut(at)) {
                *place = true;
            }
            exact
        });
        found.push(Match {
            agreed: by_contract,
            charged: by_charge,
        });
    }
    found
}

/// Rows by whose they are.
struct Of<'a, T> {
    rows: &'a [T],
    places: BTreeMap<Id, Vec<usize>>,
}

impl<'a, T> Of<'a, T> {
    fn clients(rows: &'a [T], client: impl Fn(&T) -> Id) -> Self {
        let mut places: BTreeMap<Id, Vec<usize>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            places.entry(client(row)).or_default().push(at);
        }
        Self { rows, places }
    }

    fn first(&self, client: Id, fits: impl Fn(&T) -> bool) -> Option<usize> {
        self.place(client, |_, row| fits(row))
    }

    fn place(&self, client: Id, fits: impl Fn(usize, &T) -> bool) -> Option<usize> {
        let mut places = self.places.get(&client)?.iter().copied();
        places.find(|at| self.rows.get(*at).is_some_and(|row| fits(*at, row)))
    }
}

fn bills(row: &Agreed, line: &Bought) -> bool {
    let is_the_lines = line.feeds == Some(row.id) || line.item == Some(row.item);
    let overlaps =
        row.start < line.period.end() && row.end.is_none_or(|end| line.period.start() < end);
    let by_itself = match line.kind {
        BillLineKind::Subscription | BillLineKind::Usage => true,
        BillLineKind::Prorate => row.follows_subscriptions,
        _ => false,
    };
    is_the_lines && overlaps && by_itself
}

/// A line of what recurs, for the time that was bought.
fn is_of_item(row: &Charged, line: &Bought, contract: Option<&Agreed>) -> bool {
    if !matches!(line.kind, BillLineKind::Subscription | BillLineKind::Usage) {
        return false;
    }
    let is_the_lines = match (row.line, contract) {
        (Some(its), Some(contract)) => its == contract.id,
        _ => row.item.is_some() && (row.item == line.item || row.item == contract.map(|c| c.item)),
    };
    let in_time = match row.period {
        Some(period) => period.intersection(line.period).is_some(),
        None => Period::month_of(row.on).intersection(line.period).is_some(),
    };
    is_the_lines && in_time
}

/// Exactly the distributor's amount, or as many of what was bought once, dated in the time in
/// which it would have been passed on.
fn passes_on(row: &Charged, line: &Bought) -> bool {
    let in_time = sub_days(line.period.start(), BEFORE_DAYS) <= row.on
        && row.on < add_days(line.period.end(), AFTER_DAYS);
    let is_one = row.item.is_none() || row.quantity == Micro::ONE;
    let same_amount = row.net == line.charge && is_one && row.net.minor > 0;
    let same_item = line.kind == BillLineKind::OneTime
        && row.item.is_some()
        && row.item == line.item
        && row.quantity == line.quantity;
    in_time && (same_amount || same_item)
}
