//! The answer sheet: what somebody who looks closely must find, at a moment.
//!
//! Each leak was noted when it was put in (or when time let it happen). Here the notes become rows,
//! with today's quantities. Nothing is searched for: a difference without a note is a fault of the
//! world, and a test of its own looks for those.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::World;
use super::days::{minor, rounded};
use super::model::{Charge, Client, Company, Item, Line, Product};

/// One row of the sheet.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Answer {
    pub kind: &'static str,
    pub subject: String,
    /// A month, in the minor unit of `currency`.
    pub impact_minor: i64,
    pub currency: String,
}

/// A leak, as noted when it was made. `client` is a place in the world's list.
#[derive(Clone, Debug)]
pub(crate) enum Leak {
    UnmappedCompany {
        client: usize,
    },
    UnmappedProduct {
        product: Arc<Product>,
    },
    /// Bought, mapped, in no contract.
    UnbilledProduct {
        client: usize,
        product: Arc<Product>,
    },
    QuantityGap {
        client: usize,
        code: &'static str,
    },
    UnbilledDevice {
        client: usize,
        code: &'static str,
    },
    InvoiceShort {
        client: usize,
        code: &'static str,
    },
    OverBilled {
        client: usize,
        code: &'static str,
    },
    SkippedPeriod {
        client: usize,
        line: String,
        period: NaiveDate,
    },
    /// `total` is what the client should pay.
    UnbilledCharge {
        subject: String,
        total: Decimal,
    },
    BelowCost {
        client: usize,
        code: &'static str,
    },
    CostRise {
        client: usize,
        code: &'static str,
        on: NaiveDate,
        by: Decimal,
    },
    VendorOvercharge {
        charge: Charge,
    },
}

impl Leak {
    /// The client and item it is about, if it is about one pair.
    pub(crate) fn pair(&self) -> Option<(usize, &'static str)> {
        match self {
            Self::QuantityGap { client, code }
            | Self::UnbilledDevice { client, code }
            | Self::InvoiceShort { client, code }
            | Self::OverBilled { client, code }
            | Self::BelowCost { client, code }
            | Self::CostRise { client, code, .. } => Some((*client, code)),
            Self::UnbilledProduct { client, product } => {
                product.item.as_ref().map(|item| (*client, item.code))
            }
            _ => None,
        }
    }
}

/// Days during which a cost rise is news.
const NEWS_DAYS: i64 = 60;

impl World {
    /// Every difference there is at `now`, sorted, and nothing else.
    pub fn answers(&self, now: DateTime<Utc>) -> Vec<Answer> {
        let mut rows: Vec<Answer> = Vec::new();
        for leak in &self.leaks {
            if let Some((kind, subject, impact, client)) = self.row(leak, now) {
                let currency = client.map_or("GBP".to_owned(), |client| {
                    client.currency.as_str().to_owned()
                });
                let impact_minor = minor(impact);
                if impact_minor > 0 {
                    rows.push(Answer {
                        kind,
                        subject,
                        impact_minor,
                        currency,
                    });
                }
            }
        }
        rows.sort_unstable();
        rows
    }

    fn row(&self, leak: &Leak, now: DateTime<Utc>) -> Option<Row<'_>> {
        let day = now.date_naive();
        match leak {
            Leak::UnmappedCompany { client } => {
                let company = self.clients.get(*client)?.company.as_ref()?;
                let subject = format!("pax8:{}", company.id);
                Some(("unmapped_company", subject, worth_of(company, day), None))
            }
            Leak::UnmappedProduct { product } => {
                let subject = format!("pax8:{}", product.id);
                Some((
                    "unmapped_product",
                    subject,
                    self.worth_of_product(product, day),
                    None,
                ))
            }
            Leak::UnbilledProduct { client, product } => {
                let client = self.clients.get(*client)?;
                let item = product.item.as_ref()?;
                let subject = format!("{}/pax8:{}", client.key, product.id);
                let bought = Decimal::from(client.bought(item.code, day));
                Some((
                    "unbilled_product",
                    subject,
                    bought * item.unit_price,
                    Some(client),
                ))
            }
            Leak::UnbilledCharge { subject, total } => Some((
                "unbilled_charge",
                subject.clone(),
                *total / Decimal::from(12),
                None,
            )),
            Leak::VendorOvercharge { charge } => {
                let cost = rounded(charge.cost * Decimal::from(charge.quantity), 2);
                let id = charge.subscription.unwrap_or(charge.product.id);
                let subject = format!("pax8:{id}/{}", charge.start);
                Some(("vendor_overcharge", subject, cost, None))
            }
            Leak::SkippedPeriod {
                client,
                line,
                period,
            } => {
                let client = self.clients.get(*client)?;
                let lines = &client.contract.as_ref()?.lines;
                let line = lines.iter().find(|known| known.key == *line)?;
                let worth = line.unit_price * Decimal::from(client.due_in(line, *period));
                let subject = format!("{}/{period}", line.key);
                Some(("skipped_period", subject, worth, Some(client)))
            }
            _ => self.row_of_pair(leak, now),
        }
    }

    fn row_of_pair(&self, leak: &Leak, now: DateTime<Utc>) -> Option<Row<'_>> {
        let day = now.date_naive();
        let (client, code) = leak.pair()?;
        let client = self.clients.get(client)?;
        let line = client.line(code);
        let contracted = line.map_or(0, |line| client.contracted(line, now));
        let price = line.map_or_else(|| self.catalog_price(code), |line| line.unit_price);
        let (kind, units, each) = match leak {
            Leak::QuantityGap { .. } => (
                "quantity_gap",
                client.bought(code, day).saturating_sub(contracted),
                price,
            ),
            Leak::UnbilledDevice { .. } => {
                let meter = self.catalogue.item(code)?.meter?;
                let deployed = client.deployed(meter, now);
                (
                    "unbilled_device",
                    deployed.saturating_sub(contracted),
                    price,
                )
            }
            Leak::InvoiceShort { .. } => {
                let invoiced = invoiced_now(client, line?, day)?;
                ("invoice_short", contracted.saturating_sub(invoiced), price)
            }
            Leak::OverBilled { .. } => {
                let invoiced = invoiced_now(client, line?, day)?;
                ("over_billed", invoiced.saturating_sub(contracted), price)
            }
            Leak::BelowCost { .. } => {
                let cost = cost_of(client, code, day)?;
                ("below_cost", contracted, cost - price)
            }
            Leak::CostRise { on, by, .. } => {
                let is_news = day - *on <= TimeDelta::days(NEWS_DAYS);
                (
                    "cost_rise",
                    client.bought(code, day),
                    is_news.then_some(*by)?,
                )
            }
            _ => return None,
        };
        let subject = format!("{}/{code}", client.key);
        Some((kind, subject, Decimal::from(units) * each, Some(client)))
    }

    pub(crate) fn catalog_price(&self, code: &str) -> Decimal {
        self.catalogue
            .item(code)
            .map_or(Decimal::ZERO, |item| item.unit_price)
    }

    /// At Pax8's price, over the companies that are linked.
    fn worth_of_product(&self, product: &Product, day: NaiveDate) -> Decimal {
        let linked = self
            .clients
            .iter()
            .filter(|client| client.is_company_linked);
        let companies = linked.filter_map(|client| client.company.as_ref());
        let held = companies.flat_map(|company| &company.subscriptions);
        held.filter(|held| held.product.id == product.id)
            .map(|held| held.price_a_month(day))
            .sum()
    }
}

/// Kind, subject, impact a month, and the client whose currency it is in (else the MSP's own).
type Row<'a> = (&'static str, String, Decimal, Option<&'a Client>);

/// What a company holds, at catalog prices where the product is in the catalog.
fn worth_of(company: &Company, day: NaiveDate) -> Decimal {
    let held = company.subscriptions.iter();
    held.map(|held| match &held.product.item {
        Some(item) => Decimal::from(held.seats(day)) * item.unit_price,
        None => held.price_a_month(day),
    })
    .sum()
}

/// The wrong quantity invoiced for the period that contains `day`; none once that period is over.
fn invoiced_now(client: &Client, line: &Line, day: NaiveDate) -> Option<u32> {
    let anchor = client.contract.as_ref()?.start;
    let (start, _) = line.period(anchor, day);
    let slip = line.slips.iter().find(|slip| slip.period == start)?;
    Some(slip.quantity)
}

/// What the MSP pays for a unit of an item, a month.
pub(super) fn cost_of(client: &Client, code: &str, day: NaiveDate) -> Option<Decimal> {
    let held = client.company.as_ref()?.subscriptions.iter().find(|held| {
        held.seats(day) > 0
            && held
                .product
                .item
                .as_deref()
                .is_some_and(|item: &Item| item.code == code)
    })?;
    Some(held.at(day)?.cost / Decimal::from(held.term.months()?))
}
