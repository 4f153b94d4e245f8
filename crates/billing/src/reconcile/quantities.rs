//! Units that are missing or too many. Each missing unit counts once, in the first kind that
//! explains it: bought without a line, bought above the line, deployed above both, contracted
//! and not invoiced.

use super::cell::Cell;
use super::client::View;
use super::facts::{ContractLine, Count, LedgerLine, Subscription};
use super::sums::latest_counts;
use crate::finding::{
    Evidence, Finding, Identity, Kind, PriceSource, SellPrice, Subject, Told, severity,
};
use crate::id::Id;
use crate::micro::Micro;
use crate::money::Money;

/// Everything that is wrong with one item's numbers.
pub(super) fn findings(view: &View<'_>, cell: &Cell, out: &mut Vec<Finding>) {
    if cell.is_only_bundled() {
        return;
    }
    let answered = answered_by_purchase(view, cell, out);
    devices(view, cell, answered, out);
    if let Some(line) = view.line_of(cell) {
        invoiced(view, cell, line, out);
        unused(view, cell, out);
    }
}

/// `unbilled_product` or `quantity_gap`; returns the units that are now accounted for.
fn answered_by_purchase(view: &View<'_>, cell: &Cell, out: &mut Vec<Finding>) -> Micro {
    let bought = cell.numbers.bought.unwrap_or_default();
    let Some(line) = view.line_of(cell) else {
        products(view, cell, out);
        return bought;
    };
    let missing = bought.minus(cell.accounts_for);
    if missing.is_positive() {
        let contracted = cell.numbers.contracted.unwrap_or_default();
        let told = Told::QuantityGap { bought, contracted };
        let found = Found {
            kind: Kind::QuantityGap,
            told,
            quantity: missing,
        };
        let since = view
            .subscriptions_of(cell)
            .filter_map(|sold| risen_on(sold, line))
            .max();
        out.push(view.of_item(cell, found, since));
    }
    bought.max(cell.accounts_for)
}

/// When the units a line leaves out began: the subscription it does not know, or the last rise.
fn risen_on(sold: &Subscription, line: &ContractLine) -> Option<chrono::NaiveDate> {
    let begun = (sold.start > line.start).then_some(sold.start);
    sold.quantity_raised_on.or(begun)
}

/// Bought, and no line: one finding per product.
fn products(view: &View<'_>, cell: &Cell, out: &mut Vec<Finding>) {
    let mut seen: Vec<super::ProductIx> = Vec::new();
    for sold in view.subscriptions_of(cell) {
        if seen.contains(&sold.product) {
            continue;
        }
        seen.push(sold.product);
        let Some(product) = view.facts.products.get(sold.product.at()) else {
            continue;
        };
        let same = || {
            view.subscriptions_of(cell)
                .filter(|other| other.product == sold.product)
        };
        let bought: Micro = same().map(|sold| sold.quantity).sum();
        if !bought.is_positive() {
            continue;
        }
        let price = view.sell_price(cell, Some(sold));
        let impact = match price.source {
            PriceSource::VendorPrice | PriceSource::EstimatedFromCost => view.vendor_worth(same()),
            _ => price.monthly(bought).money(price.currency),
        };
        let kind = Kind::UnbilledProduct;
        let subject = Subject::ClientProduct {
            client: view.client.id,
            product: product.id,
        };
        out.push(Finding {
            identity: Identity { kind, subject },
            client: Some(view.client.id),
            item: view.item_id(cell),
            impact,
            also: Vec::new(),
            one_off: None,
            severity: severity(kind, impact, 0, &view.rules.severity),
            quantity: bought,
            price: Some(price),
            line: None,
            since: same().map(|sold| sold.start).min(),
            numbers: Some(cell.numbers),
            told: Told::UnbilledProduct { bought },
            evidence: same().map(Subscription::evidence).collect(),
        });
    }
}

fn devices(view: &View<'_>, cell: &Cell, answered: Micro, out: &mut Vec<Finding>) {
    let Some(deployed) = cell.numbers.deployed.filter(|_| cell.counts_devices) else {
        return;
    };
    let missing = deployed.minus(answered);
    if missing.is_positive() {
        let contracted = cell.numbers.contracted.unwrap_or_default();
        let told = Told::UnbilledDevice {
            deployed,
            contracted,
        };
        let found = Found {
            kind: Kind::UnbilledDevice,
            told,
            quantity: missing,
        };
        out.push(view.of_item(cell, found, None));
    }
}

/// `invoice_short` or `over_billed`. A period nobody invoiced at all is `skipped_period`'s.
fn invoiced(view: &View<'_>, cell: &Cell, line: &ContractLine, out: &mut Vec<Finding>) {
    let (Some(contracted), Some(invoiced)) = (cell.numbers.contracted, cell.numbers.invoiced)
    else {
        return;
    };
    if cell.in_trial {
        return;
    }
    let expected = contracted.minus(cell.to_catch_up);
    let since = cell
        .ledger_window
        .map(|window| window.start().max(line.start));
    if expected > invoiced {
        let told = Told::InvoiceShort {
            contracted,
            invoiced,
        };
        let quantity = expected.minus(invoiced);
        let found = Found {
            kind: Kind::InvoiceShort,
            told,
            quantity,
        };
        out.push(view.of_item(cell, found, since));
    } else if invoiced > expected {
        let told = Told::OverBilled {
            invoiced,
            contracted,
        };
        let quantity = invoiced.minus(expected);
        let found = Found {
            kind: Kind::OverBilled,
            told,
            quantity,
        };
        out.push(view.of_item(cell, found, since));
    }
}

fn unused(view: &View<'_>, cell: &Cell, out: &mut Vec<Finding>) {
    let (Some(bought), Some(assigned)) = (cell.numbers.bought, cell.numbers.assigned) else {
        return;
    };
    let quantity = bought.minus(assigned);
    let Some(cost) = view.unit_cost(cell).filter(|_| quantity.is_positive()) else {
        return;
    };
    let told = Told::UnusedLicence { bought, assigned };
    let found = Found {
        kind: Kind::UnusedLicence,
        told,
        quantity,
    };
    let mut finding = view.of_item(cell, found, None);
    finding.impact = cost.of(quantity);
    finding.severity = severity(Kind::UnusedLicence, finding.impact, 0, &view.rules.severity);
    out.push(finding);
}

/// What sets one item's findings apart.
#[derive(Clone, Copy)]
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) told: Told,
    pub(super) quantity: Micro,
}

impl<'a> View<'a> {
    /// A finding about an item, worth its quantity at the sell price.
    pub(super) fn of_item(
        &self,
        cell: &Cell,
        found: Found,
        since: Option<chrono::NaiveDate>,
    ) -> Finding {
        let Found {
            kind,
            told,
            quantity,
        } = found;
        let price = self.sell_price(cell, self.subscriptions_of(cell).next());
        let impact = price.monthly(quantity).money(price.currency);
        let item = self.item_id(cell);
        let subject = Subject::ClientItem {
            client: self.client.id,
            item: item.unwrap_or_default(),
        };
        Finding {
            identity: Identity { kind, subject },
            client: Some(self.client.id),
            item,
            impact,
            also: Vec::new(),
            one_off: None,
            severity: severity(kind, impact, 0, &self.rules.severity),
            quantity,
            price: Some(price),
            line: self.line_of(cell).map(|line| line.id),
            since,
            numbers: Some(cell.numbers),
            told,
            evidence: self.evidence(cell),
        }
    }

    pub(super) fn item_id(&self, cell: &Cell) -> Option<Id> {
        self.facts.items.get(cell.item.at()).map(|item| item.id)
    }

    pub(super) fn line_of(&self, cell: &Cell) -> Option<&'a ContractLine> {
        self.facts.lines.get(cell.line?.at())
    }

    /// The distributor's value of some subscriptions, each by its own price and term.
    fn vendor_worth<'s>(&self, sold: impl Iterator<Item = &'s Subscription>) -> Money {
        let mut currency = None;
        let mut sum = super::worth::Monthly::default();
        for one in sold {
            let price = SellPrice::of_subscription(one);
            if *currency.get_or_insert(price.currency) == price.currency {
                sum = sum.plus(price.monthly(one.quantity));
            }
        }
        sum.money(currency.unwrap_or(self.client.currency))
    }

    /// The first source that has a price: contract, client price, catalog, the distributor's
    /// price, cost and a fifth.
    pub(super) fn sell_price(&self, cell: &Cell, sold: Option<&Subscription>) -> SellPrice {
        if let Some(line) = self.line_of(cell) {
            return line.sell_price();
        }
        let agreed = self
            .index
            .client_prices
            .rows(&self.facts.client_prices, self.at.at());
        if let Some((_, agreed)) = agreed.into_iter().find(|(_, p)| p.item == cell.item) {
            return SellPrice::from_price(agreed.price, PriceSource::ClientPrice);
        }
        let item = self.facts.items.get(cell.item.at());
        if let Some(price) = item.and_then(|item| item.price) {
            return SellPrice::from_price(price, PriceSource::Catalog);
        }
        if let Some(sold) = sold {
            return SellPrice::of_subscription(sold);
        }
        let cost = item.and_then(|item| item.cost);
        SellPrice::from_cost(cost, self.client.currency)
    }

    /// The rows behind an item's numbers.
    pub(super) fn evidence(&self, cell: &Cell) -> Vec<Evidence> {
        let mut rows: Vec<Evidence> = self
            .subscriptions_of(cell)
            .map(Subscription::evidence)
            .collect();
        let lines = self
            .index
            .lines
            .rows(&self.facts.lines, self.at.at())
            .map(|(_, l)| l);
        let running = lines.filter(|l| l.item == cell.item && l.runs_on(self.facts.service_date));
        rows.extend(running.map(ContractLine::evidence));
        if let Some(meter) = self
            .facts
            .items
            .get(cell.item.at())
            .and_then(|item| item.meter)
        {
            let counts = latest_counts(self.facts, self.index, self.at);
            rows.extend(
                counts
                    .filter(|c| c.meter == meter)
                    .map(|c| self.count_evidence(c)),
            );
        }
        let ledger = self
            .index
            .ledger
            .rows(&self.facts.ledger, self.at.at())
            .map(|(_, l)| l);
        rows.extend(
            ledger
                .filter(|l| self.is_recent(cell, l))
                .map(LedgerLine::evidence),
        );
        rows
    }

    /// A ledger line that invoiced the service date.
    fn is_recent(&self, cell: &Cell, row: &LedgerLine) -> bool {
        Some(cell.item) == row.item
            && match (row.period, cell.ledger_window) {
                (Some(period), _) => period.contains(self.facts.service_date),
                (None, Some(window)) => window.contains(row.date),
                (None, None) => false,
            }
    }

    fn count_evidence(&self, count: &Count) -> Evidence {
        let rows = self.index.counts.rows(&self.facts.counts, self.at.at());
        let newer = rows.into_iter().any(|(_, other)| {
            other.meter == count.meter
                && other.taken_on > count.taken_on
                && other.taken_on <= self.facts.service_date
        });
        Evidence::Count {
            id: count.id,
            quantity: count.quantity,
            taken_on: count.taken_on,
            is_last_good: newer,
        }
    }
}

impl Subscription {
    pub(super) fn evidence(&self) -> Evidence {
        Evidence::Subscription {
            id: self.id,
            quantity: self.quantity,
            price: self.price,
            cost: self.cost,
            currency: self.currency,
        }
    }
}

impl LedgerLine {
    fn evidence(&self) -> Evidence {
        Evidence::LedgerLine {
            id: self.id,
            quantity: self.quantity,
            net: Money::new(self.net_minor, self.currency),
            date: self.date,
        }
    }
}
