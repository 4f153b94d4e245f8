//! The six numbers: one client's facts added up per item.

use chrono::NaiveDate;

use super::Rules;
use super::calendar::{Calendar, Slot};
use super::cell::{Cell, Cells, add};
use super::facts::{
    ClientIx, ContractLine, Count, Facts, ItemIx, LedgerLine, LineIx, Subscription, Trusted,
};
use super::index::{Index, item_of};
use super::periods::{Owed, cover, owed};
use crate::micro::{self, Micro};
use crate::period::Period;

/// One client's rows, next to each other.
#[derive(Clone, Copy)]
pub(super) struct Gathered<'a> {
    pub(super) lines: &'a [ContractLine],
    pub(super) subscriptions: &'a [Subscription],
    pub(super) ledger: &'a [LedgerLine],
}

/// Where what is known about one client is put together.
pub(super) struct Sums<'a> {
    pub(super) facts: &'a Facts,
    pub(super) index: &'a Index,
    pub(super) rules: &'a Rules,
    pub(super) client: ClientIx,
    pub(super) calendar: &'a mut Calendar,
    pub(super) cells: &'a mut Cells,
    /// What is owed, with what the ledger shows as invoiced marked in it.
    pub(super) owed: &'a mut Vec<Owed>,
}

impl Sums<'_> {
    /// Adds up everything known about the client.
    pub(super) fn add_up(&mut self, rows: Gathered<'_>) {
        self.add_lines(rows.lines);
        self.add_subscriptions(rows.subscriptions);
        add_assigned(self.facts, self.index, self.client, self.cells);
        add_counts(self.facts, self.index, self.client, self.cells);
        self.add_ledger(rows);
    }

    fn add_lines(&mut self, lines: &[ContractLine]) {
        let today = self.facts.service_date;
        for (n, line) in lines.iter().enumerate() {
            let place = self.index.lines.place(self.client.at(), n);
            let at = LineIx(u32::try_from(place).unwrap_or(u32::MAX));
            let slots = self.calendar.slots(line);
            owed(self.facts, self.rules, (at, line), &slots, self.owed);
            if !line.runs_on(today) {
                continue;
            }
            add_line(self.facts, self.index, at, line, self.cells);
            if let Some(cell) = self.cells.open(line.item)
                && cell.ledger_window.is_none()
            {
                cell.ledger_window = window_at(&slots, today);
            }
        }
        self.owed
            .sort_unstable_by_key(|due| (due.item, due.line, due.service));
        let coverage = self
            .index
            .coverage
            .rows(&self.facts.coverage, self.client.at());
        for (_, row) in coverage {
            cover(self.facts, self.owed, row);
        }
    }

    fn add_subscriptions(&mut self, subscriptions: &[Subscription]) {
        for (n, sold) in subscriptions.iter().enumerate() {
            if sold.counts_on(self.facts.service_date)
                && let Some(item) = item_of(self.facts, sold)
            {
                let place = self.index.subscriptions.place(self.client.at(), n);
                self.cells.buy(item, place, sold);
            }
        }
    }

    fn add_ledger(&mut self, rows: Gathered<'_>) {
        let today = self.facts.service_date;
        let this_month = Period::month_of(today);
        for row in rows.ledger {
            let Some(item) = row.item else { continue };
            mark(self.owed, item, row);
            let window = match (row.period, self.cells.find(item)) {
                (Some(_), _) | (_, None) => None,
                (None, Some(cell)) if cell.line_count > 1 => nearest_line(rows.lines, row, today)
                    .and_then(|line| window_at(&self.calendar.slots(line), today)),
                (None, Some(cell)) => cell.ledger_window,
            };
            let counts = match row.period {
                Some(period) => period.contains(today),
                None => window.unwrap_or(this_month).contains(row.date),
            };
            if counts && let Some(cell) = self.cells.open(item) {
                add(&mut cell.numbers.invoiced, row.quantity);
                add(&mut cell.numbers.paid, row.paid_quantity());
            }
        }
    }
}

fn window_at(slots: &[Slot], today: NaiveDate) -> Option<Period> {
    slots
        .iter()
        .rev()
        .find(|slot| slot.nominal.contains(today))
        .map(|slot| slot.ledger_window)
}

fn add_line(facts: &Facts, index: &Index, at: LineIx, line: &ContractLine, cells: &mut Cells) {
    if let Some(cell) = cells.open(line.item) {
        add(&mut cell.numbers.contracted, line.quantity);
        cell.accounts_for = cell.accounts_for.plus(line.accounts_for);
        cell.to_catch_up = cell.to_catch_up.plus(line.to_catch_up);
        cell.line_count += 1;
        cell.in_trial |= line.in_trial_on(facts.service_date);
        let known = cell.line.and_then(|known| facts.lines.get(known.at()));
        if known.is_none_or(|known| known.quantity < line.quantity) {
            cell.line = Some(at);
        }
    }
    for part in index.parts_of(facts, line.item) {
        let units = i128::from(line.quantity.0) * i128::from(part.ratio.0);
        let units = Micro(i64::try_from(units / i128::from(micro::ONE)).unwrap_or(i64::MAX));
        if let Some(cell) = cells.open(part.part) {
            add(&mut cell.bundled, units);
            add(&mut cell.numbers.contracted, units);
            cell.accounts_for = cell.accounts_for.plus(units);
        }
    }
}

fn add_assigned(facts: &Facts, index: &Index, client: ClientIx, cells: &mut Cells) {
    let rows = || {
        index
            .assigned
            .rows(&facts.assigned, client.at())
            .map(|(_, row)| row)
    };
    let rows = || rows().filter(|row| row.taken_on <= facts.service_date);
    let latest = latest(rows().map(|row| (row.item, row.taken_on)));
    for row in rows().filter(|row| latest.contains(&(row.item, row.taken_on))) {
        if let Some(cell) = cells.open(row.item) {
            add(&mut cell.numbers.assigned, row.quantity);
        }
    }
}

/// The latest day of each key. A client has few keys, so a list serves.
fn latest<K: PartialEq>(rows: impl Iterator<Item = (K, NaiveDate)>) -> Vec<(K, NaiveDate)> {
    let mut latest: Vec<(K, NaiveDate)> = Vec::new();
    for (key, day) in rows {
        match latest.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => *known = day.max(*known),
            None => latest.push((key, day)),
        }
    }
    latest
}

/// The latest good count of each meter by the service date. One meter may be counted by several
/// tools: counts of the same day add up.
pub(super) fn latest_counts<'a>(
    facts: &'a Facts,
    index: &'a Index,
    client: ClientIx,
) -> impl Iterator<Item = &'a Count> {
    let rows = move || {
        index
            .counts
            .rows(&facts.counts, client.at())
            .map(|(_, row)| row)
    };
    let usable = |row: &Count| row.trusted == Trusted::Good && row.taken_on <= facts.service_date;
    let latest = latest(
        rows()
            .filter(|row| usable(row))
            .map(|row| (row.meter, row.taken_on)),
    );
    rows().filter(move |row| usable(row) && latest.contains(&(row.meter, row.taken_on)))
}

/// Devices count for the items the client has a contract line for; where no item of the meter
/// has one, for the first that is sold, so that a device is missed once and not once per item.
fn add_counts(facts: &Facts, index: &Index, client: ClientIx, cells: &mut Cells) {
    for count in latest_counts(facts, index, client) {
        let Some(items) = index.items_by_meter.get(count.meter.at()) else {
            continue;
        };
        let contracted = |cells: &Cells, item| {
            cells
                .find(item)
                .is_some_and(|c: &Cell| c.accounts_for_something())
        };
        let any = items.iter().any(|item| contracted(cells, *item));
        let stand_in = items
            .iter()
            .find(|item| cells.find(**item).is_some())
            .or(items.first());
        for item in items {
            let has_line = contracted(cells, *item);
            let counts_here = if any {
                has_line
            } else {
                Some(item) == stand_in
            };
            if (counts_here || cells.find(*item).is_some())
                && let Some(cell) = cells.open(*item)
            {
                add(&mut cell.numbers.deployed, count.quantity);
                cell.counts_devices |= counts_here;
            }
        }
    }
}

impl Cell {
    fn accounts_for_something(&self) -> bool {
        self.line.is_some() || self.bundled.is_some()
    }
}

/// `owed` is in the order of items.
fn mark(owed: &mut [Owed], item: ItemIx, row: &LedgerLine) {
    if row.quantity.is_negative() {
        return;
    }
    let first = owed.partition_point(|due| due.item < item);
    for due in owed
        .iter_mut()
        .skip(first)
        .take_while(|due| due.item == item)
    {
        let shows_it = match row.period {
            Some(period) => {
                row.line.is_none_or(|line| line == due.line) && period.contains(due.service.start())
            }
            None => due.ledger_window.contains(row.date),
        };
        if shows_it && due.invoiced_by.is_none() {
            due.invoiced_by = Some(row.id);
        }
    }
}

/// The ledger lines that *invoiced* of one client and item adds up at the service date. `lines`
/// are all contract lines that the client has for the item, `ledger` what may belong to them.
pub fn invoiced_at<'l>(
    service_date: NaiveDate,
    lines: &[ContractLine],
    ledger: &'l [LedgerLine],
) -> Vec<&'l LedgerLine> {
    let mut calendar = Calendar::new(service_date, lines);
    let mut window_of = |line: &ContractLine| window_at(&calendar.slots(line), service_date);
    let running: Vec<&ContractLine> = lines
        .iter()
        .filter(|line| line.runs_on(service_date))
        .collect();
    let mut counts = |row: &LedgerLine| {
        let window = match (row.period, running.as_slice()) {
            (Some(period), _) => return period.contains(service_date),
            (None, []) => None,
            (None, [only]) => window_of(only),
            (None, _) => nearest_line(lines, row, service_date).and_then(&mut window_of),
        };
        let window = window.unwrap_or_else(|| Period::month_of(service_date));
        window.contains(row.date)
    };
    ledger.iter().filter(|row| counts(row)).collect()
}

/// Of several lines with the item, the one whose price is nearest to the row's.
fn nearest_line<'a>(
    lines: &'a [ContractLine],
    row: &LedgerLine,
    today: NaiveDate,
) -> Option<&'a ContractLine> {
    let per_major = i128::from(row.currency.minor_per_major());
    let net = i128::from(row.net_minor) * i128::from(micro::ONE) / per_major;
    lines
        .iter()
        .filter(|line| Some(line.item) == row.item && line.runs_on(today))
        .min_by_key(|line| {
            // A price per month is invoiced for all months of the line's cycle together.
            let months = i128::from(line.cycle.months().unwrap_or(1));
            let price = i128::from(line.unit_price.0) * months;
            let price = price / i128::from(line.price_months.max(1));
            (i128::from(row.quantity.0) * price / i128::from(micro::ONE) - net).abs()
        })
}
