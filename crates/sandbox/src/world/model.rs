//! What there is in the world: plain data. Quantities are whole, prices exact, periods half-open.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::days::months_later;
use crate::xero::{ContactKey, Currency};

/// Something Pax8 sells.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) id: Uuid,
    pub(crate) name: &'static str,
    pub(crate) vendor: &'static str,
    pub(crate) sku: String,
    pub(crate) unit: &'static str,
    /// What the MSP pays, what Pax8 suggests the client pays: a unit a month.
    pub(crate) cost: Decimal,
    pub(crate) price: Decimal,
    pub(crate) kind: ProductKind,
    /// The catalog item it is sold as; none for a product nobody ever mapped.
    pub(crate) item: Option<Arc<Item>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProductKind {
    Seat,
    /// Billed by consumption, a month in arrears.
    Usage,
    /// A fee, once.
    OneTime,
}

/// Something the MSP sells.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) code: &'static str,
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) unit_price: Decimal,
    pub(crate) unit_cost: Option<Decimal>,
    pub(crate) account_code: &'static str,
    pub(crate) meter: Option<Meter>,
    /// Sold by the year (`unit_price` is for the term).
    pub(crate) is_annual: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meter {
    Workstations,
    Servers,
}

impl Meter {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Workstations => "workstations",
            Self::Servers => "servers",
        }
    }
}

/// Which client a contact of the books is, by place.
pub(crate) type ContactClients = HashMap<ContactKey, usize>;

/// How promptly a client pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payer {
    Prompt,
    Slow,
    Troubled,
}

/// A client of the MSP, with what each vendor knows of it.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) domain: String,
    pub(crate) city: &'static str,
    pub(crate) country: &'static str,
    pub(crate) currency: Currency,
    /// Units of `currency` for one pound.
    pub(crate) rate: Decimal,
    pub(crate) own_use: bool,
    /// Known to the MSP's books (and so in the setup).
    pub(crate) is_listed: bool,
    /// Whether the setup links its Pax8 company.
    pub(crate) is_company_linked: bool,
    pub(crate) payer: Payer,
    pub(crate) terms_days: u32,
    pub(crate) headcount: u32,
    pub(crate) contact: Option<ContactKey>,
    pub(crate) company: Option<Company>,
    pub(crate) organization: Option<Organization>,
    pub(crate) contract: Option<Contract>,
}

/// A client in Pax8.
#[derive(Debug)]
pub(crate) struct Company {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) website: String,
    pub(crate) external_id: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) updated: NaiveDate,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) charges: Vec<Charge>,
}

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

/// A client in NinjaOne.
#[derive(Debug)]
pub(crate) struct Organization {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) devices: Vec<Device>,
}

#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) id: i32,
    pub(crate) class: &'static str,
    pub(crate) created: NaiveDate,
    /// The last day it was heard of; none while it is in use.
    pub(crate) silent_since: Option<NaiveDate>,
}

/// Days without contact after which a device does not count.
pub(crate) const SILENT_DAYS: i64 = 30;

impl Device {
    pub(crate) fn meter(&self) -> Option<Meter> {
        match self.class {
            "WINDOWS_WORKSTATION" | "MAC" | "LINUX_WORKSTATION" => Some(Meter::Workstations),
            "WINDOWS_SERVER" | "LINUX_SERVER" | "VMWARE_VM_HOST" => Some(Meter::Servers),
            _ => None,
        }
    }

    pub(crate) fn last_contact(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let minutes = i64::from(self.id % 37);
        match self.silent_since {
            Some(day) => day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(540 + minutes),
            None => now - TimeDelta::minutes(1 + minutes),
        }
    }

    pub(crate) fn counts(&self, now: DateTime<Utc>) -> bool {
        now - self.last_contact(now) <= TimeDelta::days(SILENT_DAYS)
    }
}

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
        let mut index = super::days::months_between(anchor, day).div_euclid(step);
        while months_later(anchor, index * step) > day {
            index -= 1;
        }
        (
            months_later(anchor, index * step),
            months_later(anchor, (index + 1) * step),
        )
    }
}

impl Client {
    pub(crate) fn line(&self, code: &str) -> Option<&Line> {
        self.contract
            .as_ref()?
            .lines
            .iter()
            .find(|line| line.item.code == code && line.end.is_none())
    }

    /// Seats of an item bought, whatever the product.
    pub(crate) fn bought(&self, code: &str, day: NaiveDate) -> u32 {
        let subscriptions = self
            .company
            .iter()
            .flat_map(|company| &company.subscriptions);
        subscriptions
            .filter(|held| {
                held.product
                    .item
                    .as_ref()
                    .is_some_and(|item| item.code == code)
            })
            .map(|held| held.seats(day))
            .sum()
    }

    pub(crate) fn deployed(&self, meter: Meter, now: DateTime<Utc>) -> u32 {
        let devices = self
            .organization
            .iter()
            .flat_map(|organization| &organization.devices);
        let counted = devices.filter(|device| device.meter() == Some(meter) && device.counts(now));
        u32::try_from(counted.count()).unwrap_or(u32::MAX)
    }

    /// What the contract says is due for a line on a day.
    pub(crate) fn contracted(&self, line: &Line, now: DateTime<Utc>) -> u32 {
        let day = now.date_naive();
        match &line.source {
            Source::Fixed => line.agreed_on(day),
            Source::Meter(meter) => self.deployed(*meter, now),
            Source::Subscriptions(ids) => self.seats_of(ids, day),
        }
    }

    pub(crate) fn seats_of(&self, ids: &[Uuid], day: NaiveDate) -> u32 {
        let subscriptions = self
            .company
            .iter()
            .flat_map(|company| &company.subscriptions);
        subscriptions
            .filter(|held| ids.contains(&held.id))
            .map(|held| held.seats(day))
            .sum()
    }

    /// The quantity a past period was (rightly) invoiced with.
    pub(crate) fn due_in(&self, line: &Line, period: NaiveDate) -> u32 {
        match &line.source {
            Source::Fixed | Source::Meter(_) => line.agreed_on(period),
            Source::Subscriptions(ids) => self.seats_of(ids, period),
        }
    }

    pub(crate) fn is_foreign(&self) -> bool {
        self.currency != Currency::GBP
    }
}
