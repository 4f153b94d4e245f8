//! Periods that should have been invoiced, and those nobody did.

use chrono::NaiveDate;

use super::calendar::Slot;
use super::facts::{ContractLine, Covered, Facts, ItemIx, LineIx};
use super::{Invoiced, Rules};
use crate::coverage::{ChargeKind, should_be_invoiced_on};
use crate::finding::{
    Evidence, Finding, Identity, Kind, PriceSource, SellPrice, Subject, Told, severity,
};
use crate::id::Id;
use crate::micro::Micro;
use crate::period::{Period, add_days};

/// A period of a contract line for which money is owed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owed {
    pub(super) line: LineIx,
    pub(super) item: ItemIx,
    pub(super) nominal: Period,
    /// The part of it that is owed.
    pub(super) service: Period,
    /// When it should have been invoiced.
    pub(super) on: NaiveDate,
    /// That day and the grace after it have passed.
    pub(super) is_late: bool,
    pub(super) ledger_window: Period,
    pub(super) quantity: Micro,
    /// By its coverage record.
    pub(super) is_covered: bool,
    /// The ledger line that shows it as invoiced.
    pub(super) invoiced_by: Option<Id>,
}

impl Owed {
    fn is_missing(&self) -> bool {
        self.is_late && !self.is_covered && self.invoiced_by.is_none()
    }
}

/// Periods that only the ledger knows to be invoiced.
pub(super) fn invoiced_elsewhere<'a>(
    facts: &'a Facts,
    owed: &'a [Owed],
) -> impl Iterator<Item = Invoiced> + 'a {
    owed.iter().filter(|due| !due.is_covered).filter_map(|due| {
        let line = facts.lines.get(due.line.at())?.id;
        Some(Invoiced {
            line,
            period: due.service,
            by: due.invoiced_by?,
        })
    })
}

/// Every period of a line that is owed and has begun.
pub(super) fn owed(
    facts: &Facts,
    rules: &Rules,
    (at, line): (LineIx, &ContractLine),
    slots: &[Slot],
    owed: &mut Vec<Owed>,
) {
    let free_until = line.trial_until.unwrap_or(line.start);
    if line.bill_from.max(free_until) > facts.service_date {
        return;
    }
    let life = Period::new(line.start, line.end.unwrap_or(NaiveDate::MAX));
    let Ok(life) = life else { return };
    for slot in slots {
        let lived = slot.nominal.intersection(life);
        // A period that began before `bill_from` was begun, and billed, elsewhere.
        let lived = lived.filter(|lived| lived.start() >= line.bill_from);
        if let Some(service) = lived.and_then(|lived| lived.from_day(free_until)) {
            owed.push(due(facts, rules, (at, line), slot, service));
        }
    }
}

fn due(
    facts: &Facts,
    rules: &Rules,
    (at, line): (LineIx, &ContractLine),
    slot: &Slot,
    service: Period,
) -> Owed {
    let on = should_be_invoiced_on(service, line.timing, rules.settle_day);
    Owed {
        line: at,
        item: line.item,
        nominal: slot.nominal,
        service,
        on,
        is_late: add_days(on, u64::from(rules.skipped_after_days)) <= facts.service_date,
        ledger_window: slot.ledger_window,
        quantity: line.quantity,
        is_covered: false,
        invoiced_by: None,
    }
}

/// Puts a line's coverage record on the period it is for. `owed` is in the order of items.
pub(super) fn cover(facts: &Facts, owed: &mut [Owed], row: &Covered) {
    let Some(line) = facts.lines.get(row.line.at()) else {
        return;
    };
    if !is_the_periods_own(row) {
        return;
    }
    let first = owed.partition_point(|due| (due.item, due.line) < (line.item, row.line));
    let of_line = owed
        .iter_mut()
        .skip(first)
        .take_while(|due| due.line == row.line);
    for due in of_line.filter(|due| due.service.contains(row.period_start)) {
        due.quantity = row.quantity.unwrap_or(due.quantity);
        due.is_covered |= row.state.is_settled();
    }
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
        .filter(|due| due.is_missing() && due.quantity.is_positive())
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
