//! Pax8's bills to the MSP. A bill follows from the subscriptions' dates and the charges alone, so
//! none is stored: the same bill is worked out again whenever somebody asks.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::World;
use super::days::{days_later, first_of_month, months_later, rounded, share};
use super::dice::{mix, uuid};
use super::model::{Charge, ChargeKind, Client, Company, Product, Subscription, Term};

/// A bill without its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bill {
    pub(crate) id: Uuid,
    /// First day of its month.
    pub(crate) month: NaiveDate,
    pub(crate) date: NaiveDate,
    pub(crate) due: NaiveDate,
    pub(crate) kind: BillKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BillKind {
    Right,
    /// Made wrongly, then credited in full.
    Credited,
    /// The one that came instead.
    Replacement,
}

/// One row of a bill.
#[derive(Debug)]
pub(crate) struct BillItem<'a> {
    pub(crate) id: Uuid,
    pub(crate) company: &'a Company,
    pub(crate) product: &'a Product,
    pub(crate) subscription: Option<Uuid>,
    pub(crate) item_type: &'static str,
    pub(crate) term: &'static str,
    pub(crate) start: NaiveDate,
    pub(crate) end: NaiveDate,
    pub(crate) quantity: Decimal,
    pub(crate) price: Decimal,
    pub(crate) cost: Decimal,
    pub(crate) price_total: Decimal,
    pub(crate) cost_total: Decimal,
}

/// Day of the month on which a bill can be read.
const BILL_DAY: i64 = 5;

impl World {
    /// Bills that can be read on a day, oldest first.
    pub(crate) fn bills(&self, day: NaiveDate) -> Vec<Bill> {
        let mut bills = Vec::new();
        let mut month = self.first_bill_month();
        while days_later(month, BILL_DAY - 1) <= day {
            let date = days_later(month, BILL_DAY - 1);
            let wrong = month == self.wrong_bill_month();
            let kind = if wrong {
                BillKind::Credited
            } else {
                BillKind::Right
            };
            bills.push(self.bill(month, date, kind));
            let corrected = days_later(date, 4);
            if wrong && corrected <= day {
                bills.push(self.bill(month, corrected, BillKind::Replacement));
            }
            month = months_later(month, 1);
        }
        bills
    }

    fn bill(&self, month: NaiveDate, date: NaiveDate, kind: BillKind) -> Bill {
        let name = if kind == BillKind::Replacement {
            "replacement bill"
        } else {
            "bill"
        };
        let index = u64::try_from((month - NaiveDate::MIN).num_days()).unwrap_or(0);
        Bill {
            id: uuid(self.seed, name, index),
            month,
            date,
            due: days_later(date, 14),
            kind,
        }
    }

    pub(crate) fn first_bill_month(&self) -> NaiveDate {
        let months = i32::try_from(self.months).unwrap_or(18);
        months_later(first_of_month(self.start_day), 1 - months)
    }

    /// The month before the world begins: its bill was wrong and has been replaced.
    pub(crate) fn wrong_bill_month(&self) -> NaiveDate {
        months_later(first_of_month(self.start_day), -1)
    }

    /// Every row of a bill, company by company.
    pub(crate) fn bill_items(&self, bill: &Bill) -> Vec<BillItem<'_>> {
        let mut items = self.items_of_month(bill.month, bill.id, true);
        if bill.kind == BillKind::Credited {
            // What was wrong with it: some quantities came twice.
            for item in items
                .iter_mut()
                .filter(|item| item.item_type == "subscription")
                .take(3)
            {
                item.quantity *= Decimal::TWO;
                item.price_total *= Decimal::TWO;
                item.cost_total *= Decimal::TWO;
            }
        }
        items
    }

    /// What the bill of a month would say now, without consumption.
    pub(crate) fn draft_items(&self, month: NaiveDate) -> Vec<BillItem<'_>> {
        let index = u64::try_from((month - NaiveDate::MIN).num_days()).unwrap_or(0);
        self.items_of_month(month, uuid(self.seed, "draft", index), false)
    }

    fn items_of_month(&self, month: NaiveDate, bill: Uuid, usage: bool) -> Vec<BillItem<'_>> {
        let mut items = Vec::new();
        for company in self
            .clients
            .iter()
            .filter_map(|client| client.company.as_ref())
        {
            for held in &company.subscriptions {
                recurring(company, held, month, &mut items);
                changes(company, held, month, &mut items);
            }
            let charges = company
                .charges
                .iter()
                .filter(|charge| charge.billed_in == month);
            let charges = charges.filter(|charge| usage || charge.kind == ChargeKind::OneTime);
            items.extend(charges.map(|charge| charged(company, charge)));
        }
        let (high, low) = bill.as_u64_pair();
        for (index, item) in items.iter_mut().enumerate() {
            item.id = uuid(mix(high ^ low), "bill item", index as u64);
        }
        items
    }
}

fn row<'a>(company: &'a Company, held: &'a Subscription) -> BillItem<'a> {
    BillItem {
        id: Uuid::nil(),
        company,
        product: &held.product,
        subscription: Some(held.id),
        item_type: "subscription",
        term: held.term.as_str(),
        start: held.start,
        end: held.start,
        quantity: Decimal::ZERO,
        price: Decimal::ZERO,
        cost: Decimal::ZERO,
        price_total: Decimal::ZERO,
        cost_total: Decimal::ZERO,
    }
}

/// The period that begins in this month, billed in advance: a month, or a year.
fn recurring<'a>(
    company: &'a Company,
    held: &'a Subscription,
    month: NaiveDate,
    items: &mut Vec<BillItem<'a>>,
) {
    let (start, months) = match held.term {
        Term::Monthly => (month, 1),
        Term::Annual => {
            let years = (0..60).map(|year| months_later(held.start, year * 12));
            let Some(anniversary) = years.into_iter().find(|day| first_of_month(*day) == month)
            else {
                return;
            };
            (anniversary, 12)
        }
        _ => return,
    };
    let Some(version) = held.at(start).filter(|_| held.covers(start)) else {
        return;
    };
    let quantity = Decimal::from(version.quantity);
    items.push(BillItem {
        start,
        end: months_later(start, months),
        quantity,
        price: version.price,
        cost: version.cost,
        price_total: rounded(quantity * version.price, 2),
        cost_total: rounded(quantity * version.cost, 2),
        ..row(company, held)
    });
}

/// What changed inside the month before, each for the rest of that month.
fn changes<'a>(
    company: &'a Company,
    held: &'a Subscription,
    month: NaiveDate,
    items: &mut Vec<BillItem<'a>>,
) {
    if held.term != Term::Monthly {
        return;
    }
    let before = months_later(month, -1);
    let mut quantity_before = 0;
    for version in &held.versions {
        let more = i64::from(version.quantity) - i64::from(quantity_before);
        quantity_before = version.quantity;
        if version.from <= before || version.from >= month || more == 0 {
            continue;
        }
        let days = ((version.from, month), (before, month));
        let quantity = Decimal::from(more);
        items.push(BillItem {
            item_type: "prorate",
            start: version.from,
            end: month,
            quantity,
            price: version.price,
            cost: version.cost,
            price_total: share(quantity * version.price, days.0, days.1),
            cost_total: share(quantity * version.cost, days.0, days.1),
            ..row(company, held)
        });
    }
}

fn charged<'a>(company: &'a Company, charge: &'a Charge) -> BillItem<'a> {
    let quantity = Decimal::from(charge.quantity);
    BillItem {
        id: Uuid::nil(),
        company,
        product: &charge.product,
        subscription: charge.subscription,
        item_type: charge.kind.item_type(),
        term: match charge.kind {
            ChargeKind::OneTime => "One-Time",
            ChargeKind::Arrears => "Arrears",
            ChargeKind::Overcharge => "Monthly",
        },
        start: charge.start,
        end: charge.end,
        quantity,
        price: charge.price,
        cost: charge.cost,
        price_total: rounded(quantity * charge.price, 2),
        cost_total: rounded(quantity * charge.cost, 2),
    }
}

/// What of a client's seats came inside a past month and was invoiced with the next one.
pub(crate) fn catch_ups(client: &Client, month: NaiveDate) -> Vec<(String, Decimal)> {
    let before = months_later(month, -1);
    let lines = client.contract.iter().flat_map(|contract| &contract.lines);
    let mut found = Vec::new();
    for line in lines.filter(|line| line.runs_on(before) && line.item.meter.is_none()) {
        let company = client
            .company
            .iter()
            .flat_map(|company| &company.subscriptions);
        let held = company.filter(|held| {
            held.term == Term::Monthly
                && held
                    .product
                    .item
                    .as_ref()
                    .is_some_and(|item| item.code == line.item.code)
        });
        for held in held {
            let mut quantity_before = 0;
            for version in &held.versions {
                let more = version.quantity.saturating_sub(quantity_before);
                quantity_before = version.quantity;
                if version.from <= before || version.from >= month || more == 0 {
                    continue;
                }
                let days = ((version.from, month), (before, month));
                let amount = share(Decimal::from(more) * line.unit_price, days.0, days.1);
                let period = super::days::period_text(version.from, month);
                found.push((format!("{}: {more} more, {period}", line.item.name), amount));
            }
        }
    }
    found
}
