//! What there is in the world: plain data. Quantities are whole, prices exact, periods half-open.

mod contract;
mod device;
mod subscription;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

pub(crate) use contract::{Contract, Cycle, Line, Slip, Source, Timing};
pub(crate) use device::{Device, Organization};
pub(crate) use subscription::{Charge, ChargeKind, Subscription, Term, Version};

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
