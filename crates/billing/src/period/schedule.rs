//! The tiling of time by a cycle and its anchor, through any change of frequency.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::{Cycle, Period, add_days, add_months};

/// One piece of the tiling.
///
/// `service` pieces touch without gap or overlap. `nominal` is the whole period the piece belongs
/// to; the two differ where a contract starts, ends or changes frequency inside a period, and
/// that difference is what proration measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    pub nominal: Period,
    pub service: Period,
    pub cycle: Cycle,
    /// The day of the month the schedule keeps; months inside the tile are counted with it.
    pub anchor_day: u32,
}

impl Tile {
    /// The months of the nominal period, each with its own length. A week, or something that
    /// happens once, is one piece.
    pub fn months(&self) -> Vec<Period> {
        let Some(months) = self.cycle.months() else {
            return vec![self.nominal];
        };
        let boundary = |n: u32| match n {
            0 => self.nominal.start(),
            n if n == months => self.nominal.end(),
            n => add_months(self.nominal.start(), i64::from(n), self.anchor_day),
        };
        (0..months)
            .filter_map(|n| Period::new(boundary(n), boundary(n + 1)).ok())
            .collect()
    }

    pub fn is_whole(&self) -> bool {
        self.nominal == self.service
    }
}

/// A schedule that cannot tile time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    #[error("the anchor {anchor} is after the start {start}")]
    AnchorAfterStart { anchor: NaiveDate, start: NaiveDate },
    #[error("a change of frequency on {0} is not after the one before it")]
    ChangesOutOfOrder(NaiveDate),
    #[error("something that happens once has no frequency to change")]
    OnceInSchedule,
    #[error("it ends on {end}, which is not after its start {start}")]
    EndsBeforeStart { start: NaiveDate, end: NaiveDate },
}

/// A stretch of one frequency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stretch {
    from: NaiveDate,
    cycle: Cycle,
    /// The nominal start of the stretch's first period.
    anchor: NaiveDate,
}

/// How a line's time from its start is cut into periods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    start: NaiveDate,
    end: Option<NaiveDate>,
    /// The day of the month that every anchor keeps.
    anchor_day: u32,
    stretches: Vec<Stretch>,
}

impl Schedule {
    /// From `start`, in periods of `cycle` that are counted from `anchor` (the same day, or an
    /// earlier one when the start lies inside a period, as with co-terming).
    pub fn new(
        cycle: Cycle,
        anchor: NaiveDate,
        start: NaiveDate,
        end: Option<NaiveDate>,
    ) -> Result<Schedule, ScheduleError> {
        if anchor > start {
            return Err(ScheduleError::AnchorAfterStart { anchor, start });
        }
        if let Some(end) = end.filter(|end| *end <= start) {
            return Err(ScheduleError::EndsBeforeStart { start, end });
        }
        let first = Stretch {
            from: start,
            cycle,
            anchor,
        };
        Ok(Schedule {
            start,
            end,
            anchor_day: anchor.day(),
            stretches: vec![first],
        })
    }

    /// The same time with another frequency from `from` on.
    ///
    /// On a boundary the new periods simply follow. Inside a period the old piece ends there and
    /// the first new period is counted from the old one's start, so that the anchor day stays.
    pub fn then(mut self, from: NaiveDate, cycle: Cycle) -> Result<Schedule, ScheduleError> {
        let Some(last) = self.stretches.last().copied() else {
            return Err(ScheduleError::OnceInSchedule);
        };
        if cycle == Cycle::Once || last.cycle == Cycle::Once {
            return Err(ScheduleError::OnceInSchedule);
        }
        if from <= last.from && !(from == last.from && from == self.start) {
            return Err(ScheduleError::ChangesOutOfOrder(from));
        }
        let anchor = self.nominal(last, from).start();
        let next = Stretch {
            from,
            cycle,
            anchor,
        };
        if from == self.start {
            self.stretches.clear();
        }
        self.stretches.push(next);
        Ok(self)
    }

    pub fn start(&self) -> NaiveDate {
        self.start
    }

    pub fn end(&self) -> Option<NaiveDate> {
        self.end
    }

    /// The piece that contains `day`, if the schedule covers it.
    pub fn tile_at(&self, day: NaiveDate) -> Option<Tile> {
        if day < self.start || self.end.is_some_and(|end| day >= end) {
            return None;
        }
        let at = self
            .stretches
            .partition_point(|s| s.from <= day)
            .checked_sub(1)?;
        let stretch = *self.stretches.get(at)?;
        let nominal = self.nominal(stretch, day);
        // What happens once has no period after its own.
        if day >= nominal.end() {
            return None;
        }
        let until = [self.stretches.get(at + 1).map(|next| next.from), self.end]
            .into_iter()
            .flatten()
            .fold(nominal.end(), NaiveDate::min);
        let service = Period::new(nominal.start().max(stretch.from), until).ok()?;
        Some(Tile {
            nominal,
            service,
            cycle: stretch.cycle,
            anchor_day: self.anchor_day,
        })
    }

    /// The piece after `tile`, unless the schedule has ended.
    pub fn next(&self, tile: &Tile) -> Option<Tile> {
        if tile.service.end() == NaiveDate::MAX {
            None
        } else {
            self.tile_at(tile.service.end())
        }
    }

    /// The piece before `tile`, unless it is the first.
    pub fn previous(&self, tile: &Tile) -> Option<Tile> {
        self.tile_at(tile.service.start().pred_opt()?)
    }

    /// Every piece from the one containing `from` (or the first) that starts before `until`.
    pub fn tiles(&self, from: NaiveDate, until: NaiveDate) -> impl Iterator<Item = Tile> + '_ {
        std::iter::successors(self.tile_at(from.max(self.start)), |tile| self.next(tile))
            .take_while(move |tile| tile.service.start() < until)
    }

    fn nominal(&self, stretch: Stretch, day: NaiveDate) -> Period {
        let boundary = |n: i64| match stretch.cycle.months() {
            Some(months) if n == 0 && months > 0 => stretch.anchor,
            Some(months) => add_months(stretch.anchor, n * i64::from(months), self.anchor_day),
            None => add_days(stretch.anchor, u64::try_from(n * 7).unwrap_or(0)),
        };
        let guess = match stretch.cycle {
            Cycle::Once => {
                let end = self.end.unwrap_or_else(|| add_days(self.start, 1));
                return Period::new(self.start, end)
                    .unwrap_or_else(|_| Period::month_of(self.start));
            }
            Cycle::Weekly => (day - stretch.anchor).num_days().div_euclid(7),
            cycle => {
                let apart = months_between(stretch.anchor, day);
                apart.div_euclid(i64::from(cycle.months().unwrap_or(1)))
            }
        };
        // The day decides whether the last boundary has been reached yet.
        let n = if boundary(guess) > day {
            guess - 1
        } else {
            guess
        };
        Period::new(boundary(n), boundary(n + 1)).unwrap_or_else(|_| Period::month_of(day))
    }
}

fn months_between(from: NaiveDate, to: NaiveDate) -> i64 {
    let index = |date: NaiveDate| i64::from(date.year()) * 12 + i64::from(date.month0());
    index(to) - index(from)
}
