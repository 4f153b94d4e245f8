//! What was agreed.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Item, Meter};
use crate::world::days::{months_between, months_later};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cycle {
    Monthly,
    Quarterly,
    Annual,
}

impl Cycle {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "monthly",
            Self::Quarterly => "quarterly",
            Self::Annual => "annual",
        }
    }

    pub(crate) const fn months(self) -> i32 {
        match self {
            Self::Monthly => 1,
            Self::Quarterly => 3,
            Self::Annual => 12,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timing {
    Advance,
    Arrears,
}

impl Timing {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Advance => "advance",
            Self::Arrears => "arrears",
        }
    }
}

/// What a client has agreed to pay.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) start: NaiveDate,
    pub(crate) end: Option<NaiveDate>,
    pub(crate) bill_from: NaiveDate,
    pub(crate) cycle: Cycle,
    pub(crate) timing: Timing,
    pub(crate) lines: Vec<Line>,
}

#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) key: String,
    pub(crate) item: Arc<Item>,
    /// A month, or a term if the item is annual.
    pub(crate) unit_price: Decimal,
    pub(crate) cycle: Cycle,
    pub(crate) source: Source,
    pub(crate) start: NaiveDate,
    pub(crate) end: Option<NaiveDate>,
    /// Quantities agreed over time (oldest first); of a line that follows a meter, what was counted.
    pub(crate) agreed: Vec<(NaiveDate, u32)>,
    /// What the books show otherwise than agreed.
    pub(crate) slips: Vec<Slip>,
}

/// A quantity invoiced wrongly; zero is a line left out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slip {
    pub(crate) period: NaiveDate,
    pub(crate) quantity: u32,
}

#[derive(Debug)]
pub(crate) enum Source {
    Fixed,
    Subscriptions(Vec<Uuid>),
    Meter(Meter),
}

impl Line {
    pub(crate) fn runs_on(&self, day: NaiveDate) -> bool {
        self.start <= day && self.end.is_none_or(|end| day < end)
    }

    pub(crate) fn agreed_on(&self, day: NaiveDate) -> u32 {
        let found = self.agreed.iter().rev().find(|(from, _)| *from <= day);
        found
            .or(self.agreed.first())
            .map_or(0, |(_, quantity)| *quantity)
    }

    /// The period of this line that contains `day`, counted from the contract's start.
    pub(crate) fn period(&self, anchor: NaiveDate, day: NaiveDate) -> (NaiveDate, NaiveDate) {
        let step = self.cycle.months();
        let mut index = months_between(anchor, day).div_euclid(step);
        while months_later(anchor, index * step) > day {
            index -= 1;
        }
        (
            months_later(anchor, index * step),
            months_later(anchor, (index + 1) * step),
        )
    }
}
