//! One client looked at by itself.

use super::cell::{Cell, Cells};
use super::facts::{Client, ClientIx, ContractLine, Facts, LedgerLine, Subscription};
use super::index::Index;
use super::periods::{self, Owed};
use super::sums::{Gathered, Sums};
use super::{Invoiced, Outcome, Row, Rules, bills, calendar::Calendar, prices, quantities};

/// What the rules about one client may look at.
pub(super) struct View<'a> {
    pub(super) facts: &'a Facts,
    pub(super) index: &'a Index,
    pub(super) rules: &'a Rules,
    pub(super) at: ClientIx,
    pub(super) client: &'a Client,
    pub(super) cells: &'a Cells,
}

impl<'a> View<'a> {
    /// The subscriptions that make up *bought* of an item.
    pub(super) fn subscriptions_of(
        &self,
        cell: &Cell,
    ) -> impl Iterator<Item = &'a Subscription> + Clone + use<'a> {
        self.cells.bought(cell, &self.facts.subscriptions)
    }
}

/// What is used again from one client to the next.
pub(super) struct Desk {
    cells: Cells,
    owed: Vec<Owed>,
    calendar: Calendar,
    lines: Vec<ContractLine>,
    subscriptions: Vec<Subscription>,
    ledger: Vec<LedgerLine>,
}

impl Desk {
    pub(super) fn new(facts: &Facts) -> Desk {
        Desk {
            cells: Cells::new(facts.items.len()),
            owed: Vec::new(),
            calendar: Calendar::new(facts.service_date, &facts.lines),
            lines: Vec::new(),
            subscriptions: Vec::new(),
            ledger: Vec::new(),
        }
    }

    /// Adds the client's rows and findings to `outcome`.
    pub(super) fn look_at(
        &mut self,
        facts: &Facts,
        index: &Index,
        rules: &Rules,
        at: ClientIx,
        outcome: &mut Outcome,
    ) {
        let Some(client) = facts.clients.get(at.at()) else {
            return;
        };
        self.add_up(facts, index, rules, at);
        let Desk { cells, owed, .. } = self;
        let view = View {
            facts,
            index,
            rules,
            at,
            client,
            cells,
        };
        for cell in &cells.list {
            if let Some(item) = view.item_id(cell) {
                outcome.rows.push(Row::new(client.id, item, &cell.numbers));
            }
            if !client.is_own_use {
                quantities::findings(&view, cell, &mut outcome.findings);
                prices::findings(&view, cell, &mut outcome.findings);
            }
        }
        if !client.is_own_use {
            periods::skipped(facts, rules, owed, &mut outcome.findings);
            bills::unbilled(&view, &mut outcome.findings);
        }
    }

    /// The client's periods that only the ledger knows to be invoiced.
    pub(super) fn invoiced_elsewhere<'a>(
        &'a mut self,
        facts: &'a Facts,
        index: &Index,
        rules: &Rules,
        at: ClientIx,
    ) -> impl Iterator<Item = Invoiced> + 'a {
        self.add_up(facts, index, rules, at);
        periods::invoiced_elsewhere(facts, &self.owed)
    }

    /// Puts everything known about the client together.
    fn add_up(&mut self, facts: &Facts, index: &Index, rules: &Rules, at: ClientIx) {
        let Desk {
            cells,
            owed,
            calendar,
            lines,
            subscriptions,
            ledger,
        } = self;
        cells.clear();
        owed.clear();
        let key = at.at();
        let rows = Gathered {
            lines: index.lines.gather(&facts.lines, key, lines),
            subscriptions: index
                .subscriptions
                .gather(&facts.subscriptions, key, subscriptions),
            ledger: index.ledger.gather(&facts.ledger, key, ledger),
        };
        let mut sums = Sums {
            facts,
            index,
            rules,
            client: at,
            calendar,
            cells,
            owed,
        };
        sums.add_up(rows);
        cells.list.sort_unstable_by_key(|cell| cell.item);
    }
}
