//! Records by position, and the order in which they last changed.

use chrono::{DateTime, Utc};

/// What changes, with the moment of its last change (Xero's `UpdatedDateUTC`).
pub trait Record {
    fn updated(&self) -> DateTime<Utc>;
    fn touch(&mut self, at: DateTime<Utc>);
}

/// Records never leave a table: a deletion is a status.
#[derive(Debug)]
pub struct Table<T> {
    rows: Vec<T>,
    /// Positions ordered by (last change, position), once somebody has asked for it.
    by_change: Vec<u32>,
    ordered: bool,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            by_change: Vec::new(),
            ordered: false,
        }
    }
}

impl<T: Record> Table<T> {
    pub fn count(&self) -> usize {
        self.rows.len()
    }

    /// Positions are 32 bits wide; the limit is far above what memory holds.
    pub fn next_index(&self) -> u32 {
        u32::try_from(self.rows.len()).unwrap_or(u32::MAX)
    }

    pub fn push(&mut self, row: T) -> u32 {
        let index = self.next_index();
        let at = row.updated();
        self.rows.push(row);
        if self.ordered {
            let place = self.place(at, index);
            self.by_change.insert(place, index);
        }
        index
    }

    pub fn at(&self, index: u32) -> Option<&T> {
        self.rows.get(index as usize)
    }

    /// Changes a row without moving its time of change.
    pub fn quietly(&mut self, index: u32) -> Option<&mut T> {
        self.rows.get_mut(index as usize)
    }

    pub fn touch(&mut self, index: u32, at: DateTime<Utc>) {
        let Some(before) = self.at(index).map(Record::updated) else {
            return;
        };
        let old = self.ordered.then(|| self.place(before, index));
        if let Some(row) = self.rows.get_mut(index as usize) {
            row.touch(at);
        }
        let Some(old) = old else { return };
        // The row already carries its new time, so the search below must not meet it.
        if old < self.by_change.len() {
            self.by_change.remove(old);
        }
        let place = self.place(at, index);
        self.by_change.insert(place, index);
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0..).zip(self.rows.iter())
    }

    /// Sorts the order of change if it is not kept yet; from then on it is.
    pub fn put_in_order(&mut self) {
        if self.ordered {
            return;
        }
        self.by_change = (0..self.next_index()).collect();
        let rows = &self.rows;
        self.by_change
            .sort_by_key(|&index| (rows.get(index as usize).map(Record::updated), index));
        self.ordered = true;
    }

    /// Positions from oldest change to newest, from `since` (inclusive) on. Needs
    /// [`Table::put_in_order`] first.
    pub fn by_change(&self, since: Option<DateTime<Utc>>) -> &[u32] {
        let first = since.map_or(0, |since| self.place(since, 0));
        self.by_change.get(first..).unwrap_or_default()
    }

    /// Where (`at`, `index`) stands, or would stand, in the order of change.
    fn place(&self, at: DateTime<Utc>, index: u32) -> usize {
        self.by_change.partition_point(|&other| {
            self.at(other)
                .is_some_and(|row| (row.updated(), other) < (at, index))
        })
    }
}
