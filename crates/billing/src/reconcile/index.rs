//! The facts grouped so that one client can be looked at by itself.

use super::cell::items_by_meter;
use super::facts::{ClientIx, CompanyIx, Facts, ItemIx, Part, Subscription};
use super::group::Groups;

pub(super) struct Index {
    pub(super) lines: Groups,
    pub(super) coverage: Groups,
    pub(super) subscriptions: Groups,
    pub(super) assigned: Groups,
    pub(super) counts: Groups,
    pub(super) ledger: Groups,
    pub(super) bill_lines: Groups,
    pub(super) client_prices: Groups,
    pub(super) items_by_meter: Vec<Vec<ItemIx>>,
    /// By bundle.
    pub(super) parts: Groups,
}

impl Index {
    pub(super) fn of(facts: &Facts) -> Index {
        let clients = facts.clients.len();
        let client_of = |company: CompanyIx| client_of(facts, company).map(ClientIx::at);
        Index {
            lines: Groups::of(&facts.lines, clients, |row| Some(row.client.at())),
            coverage: Groups::of(&facts.coverage, clients, |row| {
                facts.lines.get(row.line.at()).map(|line| line.client.at())
            }),
            subscriptions: Groups::of(&facts.subscriptions, clients, |s| client_of(s.company)),
            assigned: Groups::of(&facts.assigned, clients, |row| Some(row.client.at())),
            counts: Groups::of(&facts.counts, clients, |row| Some(row.client.at())),
            ledger: Groups::of(&facts.ledger, clients, |row| Some(row.client.at())),
            bill_lines: Groups::of(&facts.bill_lines, clients, |row| client_of(row.company)),
            client_prices: Groups::of(&facts.client_prices, clients, |p| Some(p.client.at())),
            items_by_meter: items_by_meter(facts),
            parts: Groups::of(&facts.parts, facts.items.len(), |row| Some(row.bundle.at())),
        }
    }

    pub(super) fn parts_of<'a>(
        &'a self,
        facts: &'a Facts,
        bundle: ItemIx,
    ) -> impl Iterator<Item = &'a Part> {
        self.parts
            .rows(&facts.parts, bundle.at())
            .map(|(_, part)| part)
    }
}

pub(super) fn client_of(facts: &Facts, company: CompanyIx) -> Option<ClientIx> {
    facts.companies.get(company.at())?.client
}

/// The item a subscription is sold as: its contract line's, else its product's.
pub(super) fn item_of(facts: &Facts, sold: &Subscription) -> Option<ItemIx> {
    let line = sold.line.and_then(|line| facts.lines.get(line.at()));
    line.map(|line| line.item).or_else(|| {
        facts
            .products
            .get(sold.product.at())
            .and_then(|product| product.item)
    })
}

impl Subscription {
    /// Counts today: its dates cover the day, it recurs, and it is no trial. Status plays no part.
    pub(super) fn counts_on(&self, day: chrono::NaiveDate) -> bool {
        self.term_months.is_some()
            && !self.is_trial
            && self.start <= day
            && self.end.is_none_or(|end| day < end)
    }
}
