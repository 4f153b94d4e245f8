//! Which periods a line has had, worked out once for all lines that share an anchor.

use std::collections::hash_map::Entry;
use std::rc::Rc;

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::facts::ContractLine;
use crate::period::{Cycle, Period, Timing, add_days};

/// A period of a line, with the ledger dates that are taken to invoice it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) nominal: Period,
    pub(super) ledger_window: Period,
}

type Anchored = (NaiveDate, Cycle, Timing);

/// Periods from `since` up to the one that contains the service date, per anchor, cycle and
/// timing. A line's own start and end cut them only afterwards, so a few lists serve all lines.
pub(super) struct Calendar {
    service_date: NaiveDate,
    since: NaiveDate,
    slots: FxHashMap<Anchored, Rc<[Slot]>>,
    /// The lines of one contract mostly share their anchor.
    last: Option<(Anchored, Rc<[Slot]>)>,
}

impl Calendar {
    pub(super) fn new(service_date: NaiveDate, lines: &[ContractLine]) -> Calendar {
        let since = lines
            .iter()
            .map(|line| line.bill_from.max(line.start))
            .min();
        let since = since.map_or(service_date, |since| since.min(service_date));
        Calendar {
            service_date,
            since,
            slots: FxHashMap::default(),
            last: None,
        }
    }

    /// In the order of time.
    pub(super) fn slots(&mut self, line: &ContractLine) -> Rc<[Slot]> {
        if line.cycle == Cycle::Once {
            return whole_line(line);
        }
        let anchored = (line.anchor.min(line.start), line.cycle, line.timing);
        if let Some((known, slots)) = &self.last
            && *known == anchored
        {
            return Rc::clone(slots);
        }
        let slots = match self.slots.entry(anchored) {
            Entry::Occupied(known) => Rc::clone(known.get()),
            Entry::Vacant(free) => {
                let slots = list(line, self.since, self.service_date);
                Rc::clone(free.insert(slots))
            }
        };
        self.last = Some((anchored, Rc::clone(&slots)));
        slots
    }
}

fn list(line: &ContractLine, since: NaiveDate, service_date: NaiveDate) -> Rc<[Slot]> {
    let anchor = line.anchor.min(line.start);
    let endless = ContractLine {
        start: anchor,
        end: None,
        ..*line
    };
    let Some(schedule) = endless.schedule() else {
        return Rc::from([]);
    };
    let until = add_days(service_date, 1);
    schedule
        .tiles(since, until)
        .map(|tile| Slot {
            nominal: tile.nominal,
            ledger_window: endless.ledger_window(&tile),
        })
        .collect()
}

/// What is charged once is one period; a ledger line of its month or later is its invoice.
fn whole_line(line: &ContractLine) -> Rc<[Slot]> {
    let end = line.end.unwrap_or_else(|| add_days(line.start, 1));
    let Ok(nominal) = Period::new(line.start, end) else {
        return Rc::from([]);
    };
    let month = Period::month_of(line.start);
    let ledger_window = Period::new(month.start(), NaiveDate::MAX).unwrap_or(month);
    Rc::from([Slot {
        nominal,
        ledger_window,
    }])
}
