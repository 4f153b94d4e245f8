//! Items sold for less than they cost, and costs that rose under an unchanged price.

use super::cell::Cell;
use super::client::View;
use super::facts::{ContractLine, Subscription};
use super::quantities::Found;
use super::worth::Monthly;
use crate::finding::{Finding, Kind, Told, severity};
use crate::micro::{self, Micro};
use crate::money::{Currency, Money};

/// What one unit of an item costs a month, as a sum over units.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnitCost {
    total: Monthly,
    units: Micro,
    pub(super) currency: Currency,
}

impl UnitCost {
    fn monthly(&self, quantity: Micro) -> Monthly {
        if quantity == self.units {
            self.total
        } else {
            self.total.scaled(quantity.0.into(), self.units.0.into())
        }
    }

    pub(super) fn of(&self, quantity: Micro) -> Money {
        self.monthly(quantity).money(self.currency)
    }
}

/// `below_cost`, else `cost_rise`; one item never has both.
pub(super) fn findings(view: &View<'_>, cell: &Cell, out: &mut Vec<Finding>) {
    let Some(line) = view.line_of(cell) else {
        return;
    };
    if cell.in_trial || cell.bundled.is_some() {
        return;
    }
    if let Some(finding) = below_cost(view, cell, line) {
        out.push(finding);
    } else if let Some(finding) = cost_rise(view, cell, line) {
        out.push(finding);
    }
}

fn below_cost(view: &View<'_>, cell: &Cell, line: &ContractLine) -> Option<Finding> {
    let quantity = cell
        .numbers
        .contracted
        .filter(|quantity| quantity.is_positive())?;
    let cost = view
        .unit_cost(cell)
        .filter(|cost| cost.currency == line.currency)?;
    let price = line.sell_price();
    let lost = cost.monthly(quantity).minus(price.monthly(quantity));
    if !lost.is_positive() {
        return None;
    }
    let told = Told::BelowCost {
        unit_cost: cost
            .monthly(Micro::ONE)
            .scaled(price.months.into(), 1)
            .micro(),
        unit_price: price.unit_price,
        months: price.months,
    };
    let found = Found {
        kind: Kind::BelowCost,
        told,
        quantity,
    };
    let mut finding = view.of_item(cell, found, None);
    finding.impact = lost.money(line.currency);
    finding.severity = severity(Kind::BelowCost, finding.impact, 0, &view.rules.severity);
    Some(finding)
}

fn cost_rise(view: &View<'_>, cell: &Cell, line: &ContractLine) -> Option<Finding> {
    if !cell.purchases.has_risen {
        return None;
    }
    let risen = || {
        view.subscriptions_of(cell)
            .filter(|sold| is_news(view, sold, line))
    };
    let first = risen().next()?;
    let mut rise = Monthly::default();
    let mut quantity = Micro::ZERO;
    for sold in risen().filter(|sold| sold.currency == first.currency) {
        let more = sold.cost.minus(sold.previous_cost.unwrap_or(sold.cost));
        rise = rise.plus(Monthly::of(
            sold.quantity,
            more,
            sold.term_months.unwrap_or(1),
        ));
        quantity = quantity.plus(sold.quantity);
    }
    let since = risen().filter_map(|sold| sold.cost_changed_on).min();
    let told = Told::CostRise {
        cost_before: first.previous_cost.unwrap_or(first.cost),
        cost_now: first.cost,
        changed_on: since?,
        months: first.term_months.unwrap_or(1),
    };
    let found = Found {
        kind: Kind::CostRise,
        told,
        quantity,
    };
    let mut finding = view.of_item(cell, found, since);
    finding.impact = rise.money(first.currency);
    finding.severity = severity(Kind::CostRise, finding.impact, 0, &view.rules.severity);
    Some(finding)
}

/// The cost rose lately and the contract's price was not raised since.
fn is_news(view: &View<'_>, sold: &Subscription, line: &ContractLine) -> bool {
    let (Some(before), Some(on)) = (sold.previous_cost, sold.cost_changed_on) else {
        return false;
    };
    let age_days = (view.facts.service_date - on).num_days();
    sold.cost > before
        && (0..=i64::from(view.rules.cost_rise_days)).contains(&age_days)
        && line.price_raised_on.is_none_or(|raised| raised < on)
}

impl View<'_> {
    /// From the subscriptions, each by its own term; without any, from the catalog.
    pub(super) fn unit_cost(&self, cell: &Cell) -> Option<UnitCost> {
        let purchases = &cell.purchases;
        if let Some(currency) = purchases.currency {
            let is_one_sum = !purchases.is_of_two_currencies && purchases.units.is_positive();
            return is_one_sum.then_some(UnitCost {
                total: purchases.cost,
                units: purchases.units,
                currency,
            });
        }
        let cost = self.facts.items.get(cell.item.at())?.cost?;
        let total = Monthly::of(Micro::ONE, cost.unit_price, cost.months);
        Some(UnitCost {
            total,
            units: Micro(micro::ONE),
            currency: cost.currency,
        })
    }
}
