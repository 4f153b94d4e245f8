//! One client's view of one item while it is being looked at.

use chrono::NaiveDate;

use super::facts::{ContractLine, ItemIx, LedgerLine, LineIx, MeterIx, Subscription};
use super::worth::Monthly;
use super::{Facts, Numbers};
use crate::micro::Micro;
use crate::money::Currency;
use crate::period::{Cycle, Period, Schedule, Tile, Timing};

/// What is known of one client and item, summed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    pub(super) item: ItemIx,
    pub(super) numbers: Numbers,
    /// Units the contract answers for; see [`ContractLine::accounts_for`].
    pub(super) accounts_for: Micro,
    pub(super) to_catch_up: Micro,
    /// The line whose price stands for the item: the one with the largest quantity.
    pub(super) line: Option<LineIx>,
    pub(super) line_count: u32,
    /// Ledger dates that count as invoicing the service date, by `line`.
    pub(super) ledger_window: Option<Period>,
    /// Part of a bundle on this contract: reconciled by ratio, raises no money.
    pub(super) bundled: Option<Micro>,
    /// A line of it is in trial: nothing is expected on an invoice yet.
    pub(super) in_trial: bool,
    /// This item answers for its meter's devices at the client.
    pub(super) counts_devices: bool,
    pub(super) purchases: Purchases,
}

/// The subscriptions behind *bought*, as a chain through [`Cells`], and what they cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Purchases {
    /// 1 + the place of the chain's first and last link, or 0.
    first: u32,
    last: u32,
    pub(super) cost: Monthly,
    pub(super) units: Micro,
    pub(super) currency: Option<Currency>,
    pub(super) is_of_two_currencies: bool,
    /// One of them costs more than before.
    pub(super) has_risen: bool,
}

/// One subscription of a chain.
#[derive(Clone, Copy, Debug)]
struct Link {
    subscription: u32,
    next: u32,
}

impl Cell {
    pub(super) fn new(item: ItemIx) -> Cell {
        Cell {
            item,
            numbers: Numbers::default(),
            accounts_for: Micro::ZERO,
            to_catch_up: Micro::ZERO,
            line: None,
            line_count: 0,
            ledger_window: None,
            bundled: None,
            in_trial: false,
            counts_devices: false,
            purchases: Purchases::default(),
        }
    }

    /// Bundle parts raise no money unless the client has a line of its own for the item too.
    pub(super) fn is_only_bundled(&self) -> bool {
        self.bundled.is_some() && self.line.is_none()
    }
}

impl Purchases {
    /// Takes the subscription in; returns the link to chain it to, or 0.
    fn add(&mut self, link: u32, sold: &Subscription) -> u32 {
        let months = sold.term_months.unwrap_or(1);
        self.cost = self
            .cost
            .plus(Monthly::of(sold.quantity, sold.cost, months));
        self.units = self.units.plus(sold.quantity);
        self.is_of_two_currencies |= self.currency.is_some_and(|known| known != sold.currency);
        self.currency = Some(sold.currency);
        self.has_risen |= sold.previous_cost.is_some_and(|before| before < sold.cost);
        let last = self.last;
        self.last = link;
        if self.first == 0 {
            self.first = link;
        }
        last
    }
}

pub(super) fn add(sum: &mut Option<Micro>, more: Micro) {
    *sum = Some(sum.unwrap_or_default().plus(more));
}

/// One client's cells, found by item without hashing.
pub(super) struct Cells {
    /// Per item of the catalog: 1 + the place of its cell, or 0.
    slots: Vec<u32>,
    pub(super) list: Vec<Cell>,
    links: Vec<Link>,
}

impl Cells {
    pub(super) fn new(items: usize) -> Cells {
        Cells {
            slots: vec![0; items],
            list: Vec::new(),
            links: Vec::new(),
        }
    }

    /// Empties the cells for the next client.
    pub(super) fn clear(&mut self) {
        for cell in &self.list {
            if let Some(slot) = self.slots.get_mut(cell.item.at()) {
                *slot = 0;
            }
        }
        self.list.clear();
        self.links.clear();
    }

    /// Adds a subscription to an item's *bought*.
    pub(super) fn buy(&mut self, item: ItemIx, at: usize, sold: &Subscription) {
        let subscription = u32::try_from(at).unwrap_or(u32::MAX);
        self.links.push(Link {
            subscription,
            next: 0,
        });
        let link = u32::try_from(self.links.len()).unwrap_or(0);
        let Some(cell) = self.open(item) else { return };
        add(&mut cell.numbers.bought, sold.quantity);
        let last = cell.purchases.add(link, sold);
        if let Some(last) = last
            .checked_sub(1)
            .and_then(|at| self.links.get_mut(at as usize))
        {
            last.next = link;
        }
    }

    /// The subscriptions that make up an item's *bought*, in the table's order.
    pub(super) fn bought<'a>(
        &'a self,
        cell: &Cell,
        subscriptions: &'a [Subscription],
    ) -> impl Iterator<Item = &'a Subscription> + Clone + use<'a> {
        let link = |at: u32| self.links.get(at.checked_sub(1)? as usize);
        std::iter::successors(link(cell.purchases.first), move |known| link(known.next))
            .filter_map(|link| subscriptions.get(link.subscription as usize))
    }

    /// The item's cell, made if there is none; none for an item that is not in the catalog.
    pub(super) fn open(&mut self, item: ItemIx) -> Option<&mut Cell> {
        let slot = self.slots.get_mut(item.at())?;
        if *slot == 0 {
            self.list.push(Cell::new(item));
            *slot = u32::try_from(self.list.len()).unwrap_or(0);
        }
        self.list.get_mut((*slot as usize).wrapping_sub(1))
    }

    pub(super) fn find(&self, item: ItemIx) -> Option<&Cell> {
        let slot = *self.slots.get(item.at())? as usize;
        self.list.get(slot.checked_sub(1)?)
    }
}

/// Items by the meter they count.
pub(super) fn items_by_meter(facts: &Facts) -> Vec<Vec<ItemIx>> {
    let mut by_meter: Vec<Vec<ItemIx>> = Vec::new();
    for (item, at) in facts.items.iter().zip(0_u32..) {
        if let Some(MeterIx(meter)) = item.meter {
            let meter = meter as usize;
            if by_meter.len() <= meter {
                by_meter.resize(meter + 1, Vec::new());
            }
            if let Some(items) = by_meter.get_mut(meter) {
                items.push(ItemIx(at));
            }
        }
    }
    by_meter
}

impl ContractLine {
    pub(super) fn runs_on(&self, day: NaiveDate) -> bool {
        self.start <= day && self.end.is_none_or(|end| day < end)
    }

    pub(super) fn in_trial_on(&self, day: NaiveDate) -> bool {
        self.trial_until.is_some_and(|until| day < until)
    }

    /// A line whose dates contradict each other has no schedule and owes nothing.
    pub(super) fn schedule(&self) -> Option<Schedule> {
        let anchor = self.anchor.min(self.start);
        Schedule::new(self.cycle, anchor, self.start, self.end).ok()
    }

    /// The days on which a foreign ledger line is taken to invoice `tile`: those of the tile
    /// itself, in arrears those of the one after it.
    pub(super) fn ledger_window(&self, tile: &Tile) -> Period {
        match (self.timing, self.cycle) {
            (Timing::Advance, _) | (_, Cycle::Once) => tile.nominal,
            (Timing::Arrears, _) => {
                // Beyond the line's end too: its last period is invoiced after it.
                let open_ended = ContractLine { end: None, ..*self };
                open_ended
                    .schedule()
                    .and_then(|schedule| schedule.tile_at(tile.nominal.end()))
                    .map_or(tile.nominal, |next| next.nominal)
            }
        }
    }
}

impl LedgerLine {
    /// `paid × quantity / total`, in millionths, or the quantity itself once all is paid.
    pub fn paid_quantity(&self) -> Micro {
        let (paid, total) = (self.document_paid_minor, self.document_total_minor);
        if total == 0 || paid == total {
            return self.quantity;
        }
        if paid == 0 {
            return Micro::ZERO;
        }
        let product = i128::from(self.quantity.0) * i128::from(paid);
        let sign = i128::from(total.signum());
        let share = super::worth::half_up(product * sign, i128::from(total.abs()));
        Micro(i64::try_from(share).unwrap_or(self.quantity.0))
    }
}
