//! Periods that should have been invoiced, and those nobody did.

use chrono::NaiveDate;

use super::Rules;
use super::calendar::Slot;
use super::facts::{ClientIx, ContractLine, Covered, Facts, ItemIx, LineIx};
use super::index::Index;
use crate::coverage::{ChargeKind, should_be_invoiced_on};
use crate::finding::{
    Evidence, Finding, Identity, Kind, PriceSource, SellPrice, Subject, Told, severity,
};
use crate::micro::Micro;
use crate::period::{Period, add_days};

/// A period of a contract line that should have been invoiced by now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owed {
    pub(super) line: LineIx,
    pub(super) item: ItemIx,
    pub(super) nominal: Period,
    /// The part of it that is owed.
    pub(super) service: Period,
    /// When it should have been invoiced.
    pub(super) on: NaiveDate,
    pub(super) ledger_window: Period,
    pub(super) quantity: Micro,
    pub(super) is_covered: bool,
}

/// Every period of the client's lines whose time to be invoiced has passed, grace included, in
/// the order of items.
pub(super) fn owed(
    facts: &Facts,
    index: &Index,
    rules: &Rules,
    client: ClientIx,
    slots_of: &mut dyn FnMut(&ContractLine) -> std::rc::Rc<[Slot]>,
    owed: &mut Vec<Owed>,
) {
    for (at, line) in index.lines.rows(&facts.lines, client.at()) {
        let first = line
            .start
            .max(line.bill_from)
            .max(line.trial_until.unwrap_or(line.start));
        if add_days(first, u64::from(rules.skipped_after_days)) > facts.service_date {
            continue;
        }
        let life = Period::new(line.start, line.end.unwrap_or(NaiveDate::MAX));
        let Ok(life) = life else { continue };
        let at = LineIx(u32::try_from(at).unwrap_or(u32::MAX));
        for slot in slots_of(line).iter() {
            let lived = slot.nominal.intersection(life);
            // A period that began before `bill_from` was begun, and billed, elsewhere.
            let Some(lived) = lived.filter(|lived| lived.start() >= line.bill_from) else {
                continue;
            };
            let Some(service) = lived.from_day(first) else {
                continue;
            };
            let on = should_be_invoiced_on(service, line.timing, rules.settle_day);
            if add_days(on, u64::from(rules.skipped_after_days)) > facts.service_date {
                continue;
            }
            let records = || {
                let rows = index
                    .coverage
                    .rows(&facts.coverage, at.at())
                    .map(|(_, row)| row);
                rows.filter(|row| service.contains(row.period_start) && is_the_periods_own(row))
            };
            let quantity = records()
                .find_map(|row| row.quantity)
                .unwrap_or(line.quantity);
            owed.push(Owed {
                line: at,
                item: line.item,
                nominal: slot.nominal,
                service,
                on,
                ledger_window: slot.ledger_window,
                quantity,
                is_covered: records().any(|row| row.state.is_settled()),
            });
        }
    }
    owed.sort_by_key(|due| due.item);
}

fn is_the_periods_own(row: &Covered) -> bool {
    matches!(
        row.kind,
        ChargeKind::Recurring | ChargeKind::Usage | ChargeKind::OneOff
    )
}

/// One finding for each period nobody invoiced, except where nothing was owed.
pub(super) fn skipped(facts: &Facts, rules: &Rules, owed: &[Owed], findings: &mut Vec<Finding>) {
    for due in owed
        .iter()
        .filter(|due| !due.is_covered && due.quantity.is_positive())
    {
        let Some(line) = facts.lines.get(due.line.at()) else {
            continue;
        };
        let price = line.sell_price();
        let whole = price.monthly(due.quantity);
        let value = whole.scaled(due.service.days().into(), due.nominal.days().into());
        if !value.is_positive() {
            continue;
        }
        let impact = value.money(line.currency);
        let subject = Subject::LinePeriod {
            line: line.id,
            period_start: due.service.start(),
        };
        findings.push(Finding {
            identity: Identity {
                kind: Kind::SkippedPeriod,
                subject,
            },
            client: facts.clients.get(line.client.at()).map(|client| client.id),
            item: facts.items.get(line.item.at()).map(|item| item.id),
            impact,
            also: Vec::new(),
            one_off: None,
            severity: severity(Kind::SkippedPeriod, impact, 0, &rules.severity),
            quantity: due.quantity,
            price: Some(price),
            line: Some(line.id),
            since: Some(due.service.start()),
            numbers: None,
            told: Told::SkippedPeriod {
                period: due.service,
                should_have_been_invoiced_on: due.on,
            },
            evidence: vec![line.evidence()],
        });
    }
}

impl ContractLine {
    pub(super) fn sell_price(&self) -> SellPrice {
        SellPrice {
            unit_price: self.unit_price,
            currency: self.currency,
            months: self.price_months,
            source: PriceSource::Contract,
        }
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence::ContractLine {
            id: self.id,
            quantity: self.quantity,
            accounts_for: self.accounts_for,
            unit_price: self.unit_price,
            currency: self.currency,
        }
    }
}
