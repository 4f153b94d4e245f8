//! The distributor's bill: charges nobody passed on, and charges that are wrong.

use chrono::NaiveDate;

use super::client::View;
use super::facts::{BillLine, BillState, ContractLine, Facts, LineSource, Subscription};
use super::index::client_of;
use super::worth::{a_month, twelfth};
use super::{Rules, Scope};
use crate::finding::{
    BillLineKind, Evidence, Finding, Identity, Kind, OverchargeReason, Subject, Told, severity,
};
use crate::micro::Micro;
use crate::money::Money;
use crate::period::{add_days, sub_days};

/// Days after a charge's period within which an invoice line is believed to pass it on.
const PASSED_ON_WITHIN_DAYS: u64 = 62;

/// `unbilled_charge`: what stands on a bill for this client and on no invoice.
pub(super) fn unbilled(view: &View<'_>, out: &mut Vec<Finding>) {
    let lines = view
        .index
        .bill_lines
        .rows(&view.facts.bill_lines, view.at.at());
    let mut candidates = lines
        .map(|(_, line)| line)
        .filter(|line| may_be_owed(view, line))
        .peekable();
    if candidates.peek().is_none() {
        return;
    }
    let first_day = view.charges_since();
    let mut spent: Vec<usize> = Vec::new();
    for line in candidates.filter(|line| line.period.start() >= first_day) {
        if covered_by_a_line(view, line) || was_passed_on(view, line, &mut spent) {
            continue;
        }
        out.push(unbilled_finding(view, line));
    }
}

fn may_be_owed(view: &View<'_>, line: &BillLine) -> bool {
    let is_extra = matches!(
        line.kind,
        BillLineKind::OneTime | BillLineKind::Prorate | BillLineKind::Usage
    );
    is_extra
        && line.bill_state == BillState::Standing
        && !line.is_passed_on
        && line.charge_minor > 0
        && line.period.start() <= view.facts.service_date
}

/// The contract line bills it by itself: its own catch-up for a prorate, its own quantity for
/// usage.
fn covered_by_a_line(view: &View<'_>, bill: &BillLine) -> bool {
    let sold = bill
        .subscription
        .and_then(|s| view.facts.subscriptions.get(s.at()));
    let fed = sold.and_then(|sold| sold.line);
    let product = bill.product.or(sold.map(|sold| sold.product));
    let item = product
        .and_then(|p| view.facts.products.get(p.at()))
        .and_then(|p| p.item);
    let lines = view.index.lines.rows(&view.facts.lines, view.at.at());
    lines.into_iter().any(|(at, line)| {
        let is_the_lines = fed.is_some_and(|fed| fed.at() == at) || item == Some(line.item);
        let overlaps =
            line.start < bill.period.end() && line.end.is_none_or(|end| bill.period.start() < end);
        is_the_lines && overlaps && bills_by_itself(line, bill.kind)
    })
}

fn bills_by_itself(line: &ContractLine, kind: BillLineKind) -> bool {
    match kind {
        BillLineKind::Prorate => line.source == LineSource::Subscription,
        BillLineKind::Usage => true,
        _ => false,
    }
}

/// An invoice line of the same amount, or of the item itself for something bought once, dated in
/// the time in which it would have been passed on. Each invoice line passes on one charge.
fn was_passed_on(view: &View<'_>, bill: &BillLine, spent: &mut Vec<usize>) -> bool {
    let until = add_days(bill.period.end(), PASSED_ON_WITHIN_DAYS);
    let item = bill
        .product
        .and_then(|p| view.facts.products.get(p.at()))
        .and_then(|p| p.item);
    // An item that is also contracted has invoice lines of its own, which pass nothing on.
    let lines = view.index.lines.rows(&view.facts.lines, view.at.at());
    let is_contracted = lines.into_iter().any(|(_, line)| Some(line.item) == item);
    let sold_once = bill.kind == BillLineKind::OneTime && item.is_some() && !is_contracted;
    let mut ledger = view.index.ledger.rows(&view.facts.ledger, view.at.at());
    let found = ledger.find(|(at, row)| {
        let in_time = bill.period.start() <= row.date && row.date < until;
        let same_amount = row.net_minor == bill.charge_minor
            && row.currency == bill.currency
            && is_one(row.item.is_none(), row.quantity);
        let same_item = sold_once && row.item == item && row.quantity == bill.quantity;
        in_time && (same_amount || same_item) && !spent.contains(at)
    });
    spent.extend(found.map(|(at, _)| at));
    found.is_some()
}

/// A line that passes something on has no item code, or is one unit of it.
fn is_one(has_no_item: bool, quantity: Micro) -> bool {
    has_no_item || quantity == Micro::ONE
}

fn unbilled_finding(view: &View<'_>, line: &BillLine) -> Finding {
    let amount = Money::new(line.charge_minor, line.currency);
    let company = view
        .facts
        .companies
        .get(line.company.at())
        .map(|company| company.id);
    let impact = twelfth(amount);
    let kind = Kind::UnbilledCharge;
    let subject = Subject::Charge {
        subscription: line.subscription_of(view.facts).map(|sold| sold.id),
        product: line
            .product
            .and_then(|p| view.facts.products.get(p.at()))
            .map(|p| p.id),
        company: company.filter(|_| line.subscription_of(view.facts).is_none()),
        charge: line.kind,
        period_start: line.period.start(),
    };
    let item = line
        .product
        .and_then(|p| view.facts.products.get(p.at()))
        .and_then(|p| p.item);
    Finding {
        identity: Identity { kind, subject },
        client: Some(view.client.id),
        item: item
            .and_then(|item| view.facts.items.get(item.at()))
            .map(|item| item.id),
        impact,
        also: Vec::new(),
        one_off: Some(amount),
        severity: severity(kind, impact, 0, &view.rules.severity),
        quantity: line.quantity,
        price: None,
        line: None,
        since: Some(line.period.start()),
        numbers: None,
        told: Told::UnbilledCharge {
            charge: line.kind,
            amount,
            period: line.period,
        },
        evidence: vec![line.evidence()],
    }
}

impl View<'_> {
    /// Nothing before the contract's `bill_from` is missing.
    fn charges_since(&self) -> NaiveDate {
        let lines = self.index.lines.rows(&self.facts.lines, self.at.at());
        lines
            .map(|(_, line)| line.bill_from)
            .min()
            .unwrap_or_else(|| sub_days(self.facts.service_date, self.rules.charge_days.into()))
    }
}

/// `vendor_overcharge`: the bill charges what it should not, whoever's client it is for.
pub(super) fn overcharged(facts: &Facts, rules: &Rules, scope: Scope<'_>, out: &mut Vec<Finding>) {
    let in_scope = |sold: &Subscription| {
        let client = client_of(facts, sold.company);
        let is_own_use = client
            .and_then(|client| facts.clients.get(client.at()))
            .is_some_and(|client| client.is_own_use);
        !is_own_use
            && match scope {
                Scope::All => true,
                Scope::Clients(some) => client.is_some_and(|client| some.contains(&client)),
            }
    };
    let mut lines: Vec<(&BillLine, &Subscription)> = facts
        .bill_lines
        .iter()
        .filter(|line| line.bill_state == BillState::Standing)
        .filter(|line| line.kind == BillLineKind::Subscription && line.cost_minor > 0)
        .filter_map(|line| Some((line, line.subscription_of(facts)?)))
        .filter(|(_, sold)| in_scope(sold))
        .collect();
    lines.sort_by_key(|(line, sold)| (sold.id, line.period.start(), line.id));
    let mut before: Option<(&BillLine, &Subscription)> = None;
    for (line, sold) in lines {
        if let Some((reason, wrong)) = wrong_by(facts, line, sold, before) {
            out.push(overcharge_finding(
                facts,
                rules,
                (line, sold),
                reason,
                wrong,
            ));
        }
        before = Some((line, sold));
    }
}

fn wrong_by(
    facts: &Facts,
    line: &BillLine,
    sold: &Subscription,
    before: Option<(&BillLine, &Subscription)>,
) -> Option<(OverchargeReason, i64)> {
    if sold.end.is_some_and(|end| end <= line.period.start()) {
        return Some((OverchargeReason::Ended, line.cost_minor));
    }
    let is_twin = |other: &BillLine| {
        other.period == line.period
            && other.quantity == line.quantity
            && other.cost_minor == line.cost_minor
    };
    if before.is_some_and(|(other, its)| its.id == sold.id && is_twin(other)) {
        return Some((OverchargeReason::Duplicate, line.cost_minor));
    }
    // Older bills may rightly show older costs; the known ones explain the running period only.
    let known = sold.cost.max(sold.previous_cost.unwrap_or(sold.cost));
    if line.period.contains(facts.service_date) && line.unit_cost > known {
        let rightly = super::worth::Monthly::of(line.quantity, known, 1).money(line.currency);
        let wrong = line.cost_minor.saturating_sub(rightly.minor);
        return (wrong > 0).then_some((OverchargeReason::Price, wrong));
    }
    None
}

fn overcharge_finding(
    facts: &Facts,
    rules: &Rules,
    (line, sold): (&BillLine, &Subscription),
    reason: OverchargeReason,
    wrong_minor: i64,
) -> Finding {
    let billed = Money::new(wrong_minor, line.currency);
    let months = sold.term_months.unwrap_or(1);
    let impact = a_month(billed, months);
    let kind = Kind::VendorOvercharge;
    let subject = Subject::SubscriptionPeriod {
        subscription: sold.id,
        period_start: line.period.start(),
    };
    let client = client_of(facts, sold.company).and_then(|c| facts.clients.get(c.at()));
    let item = super::index::item_of(facts, sold).and_then(|item| facts.items.get(item.at()));
    Finding {
        identity: Identity { kind, subject },
        client: client.map(|client| client.id),
        item: item.map(|item| item.id),
        impact,
        also: Vec::new(),
        one_off: Some(billed),
        severity: severity(kind, impact, 0, &rules.severity),
        quantity: line.quantity,
        price: None,
        line: None,
        since: Some(line.period.start()),
        numbers: None,
        told: Told::VendorOvercharge {
            reason,
            billed,
            months,
            period: line.period,
        },
        evidence: vec![line.evidence(), sold.evidence()],
    }
}

impl BillLine {
    fn subscription_of<'a>(&self, facts: &'a Facts) -> Option<&'a Subscription> {
        facts.subscriptions.get(self.subscription?.at())
    }

    fn evidence(&self) -> Evidence {
        Evidence::BillLine {
            id: self.id,
            quantity: self.quantity,
            cost: Money::new(self.cost_minor, self.currency),
            charge: Money::new(self.charge_minor, self.currency),
            period: self.period,
        }
    }
}
