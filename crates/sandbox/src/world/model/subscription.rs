//! What is held in Pax8, and what it bills beside.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Product;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Term {
    Monthly,
    Annual,
    OneTime,
    Trial,
    Activation,
}

impl Term {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => "Monthly",
            Self::Annual => "Annual",
            Self::OneTime => "One-Time",
            Self::Trial => "Trial",
            Self::Activation => "Activation",
        }
    }

    /// Months a price stands for; none for what does not recur.
    pub(crate) const fn months(self) -> Option<u32> {
        match self {
            Self::Monthly => Some(1),
            Self::Annual => Some(12),
            Self::OneTime | Self::Trial | Self::Activation => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) id: Uuid,
    pub(crate) product: Arc<Product>,
    pub(crate) term: Term,
    pub(crate) status: &'static str,
    pub(crate) start: NaiveDate,
    /// First day without it.
    pub(crate) end: Option<NaiveDate>,
    /// A commitment of a year, though billed as `term` says.
    pub(crate) committed_until: Option<NaiveDate>,
    /// Oldest first, never empty.
    pub(crate) versions: Vec<Version>,
}

/// A subscription from a day on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Version {
    pub(crate) from: NaiveDate,
    pub(crate) quantity: u32,
    pub(crate) price: Decimal,
    pub(crate) cost: Decimal,
}

impl Subscription {
    pub(crate) fn covers(&self, day: NaiveDate) -> bool {
        self.start <= day && self.end.is_none_or(|end| day < end)
    }

    pub(crate) fn at(&self, day: NaiveDate) -> Option<&Version> {
        self.versions
            .iter()
            .rev()
            .find(|version| version.from <= day)
    }

    /// The version in force last, whether or not it is still live.
    pub(crate) fn latest(&self, day: NaiveDate) -> Option<&Version> {
        self.at(day).or_else(|| self.versions.first())
    }

    /// Seats on a day; none if not live, or if it does not recur.
    pub(crate) fn seats(&self, day: NaiveDate) -> u32 {
        if !self.covers(day) || self.term.months().is_none() {
            return 0;
        }
        self.at(day).map_or(0, |version| version.quantity)
    }

    /// Pax8's price of all seats for a month.
    pub(crate) fn price_a_month(&self, day: NaiveDate) -> Decimal {
        let months = Decimal::from(self.term.months().unwrap_or(1));
        let price = self.at(day).map_or(Decimal::ZERO, |version| version.price);
        Decimal::from(self.seats(day)) * price / months
    }
}

/// A line of a distributor's bill that no subscription's dates explain.
#[derive(Clone, Debug)]
pub(crate) struct Charge {
    pub(crate) kind: ChargeKind,
    /// First day of the month whose bill it is on.
    pub(crate) billed_in: NaiveDate,
    pub(crate) start: NaiveDate,
    pub(crate) end: NaiveDate,
    pub(crate) product: Arc<Product>,
    pub(crate) subscription: Option<Uuid>,
    pub(crate) quantity: u32,
    /// A unit.
    pub(crate) price: Decimal,
    pub(crate) cost: Decimal,
    /// Whether the client was invoiced for it.
    pub(crate) is_passed_on: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChargeKind {
    OneTime,
    /// Consumption of the month before.
    Arrears,
    /// A subscription that had ended, billed all the same.
    Overcharge,
}

impl ChargeKind {
    pub(crate) const fn item_type(self) -> &'static str {
        match self {
            Self::OneTime => "one-time",
            Self::Arrears | Self::Overcharge => "subscription",
        }
    }
}

impl Charge {
    /// What the client pays for it.
    pub(crate) fn total(&self) -> Decimal {
        self.price * Decimal::from(self.quantity)
    }
}
