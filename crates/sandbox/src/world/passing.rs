//! Time passes, a day at a time, each day at six in the morning.
//!
//! A day's chances follow from the seed and the date alone, so thirty days in one step and thirty
//! steps of one day make the same world. What time does to seats and devices under a fixed contract
//! line is a leak from then on, and noted; lines that follow their source are left alone, because
//! what they should bill has changed with them.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::World;
use super::answers::Leak;
use super::books::{self, Part};
use super::days::{days_later, first_of_month, morning};
use super::dice::Dice;
use super::model::{
    Client, ContactClients, Cycle, Meter, ProductKind, Source, Term, Timing, Version,
};
use super::{charges, devices};
use crate::xero::{InvoiceKey, Ledger, Line, Side, Status};

/// Something Pax8 tells whoever asked to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    SubscriptionChanged { id: Uuid, on: NaiveDate },
    BillReady { id: Uuid, on: NaiveDate },
}

/// Payments of invoices that others make.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Invoices looked at so far.
    pub(crate) seen: usize,
    /// Seen, and not approved yet.
    pub(crate) waiting: Vec<InvoiceKey>,
    pub(crate) clients: ContactClients,
}

impl World {
    /// Lives through every morning up to `now`.
    pub(crate) fn pass(
        &mut self,
        ledger: &mut Ledger,
        now: DateTime<Utc>,
    ) -> anyhow::Result<Vec<Happening>> {
        let mut happenings = Vec::new();
        loop {
            let day = days_later(self.today, 1);
            if morning(day) > now {
                break;
            }
            self.today = day;
            self.live(ledger, day, &mut happenings)?;
        }
        Ok(happenings)
    }

    fn live(
        &mut self,
        ledger: &mut Ledger,
        day: NaiveDate,
        happenings: &mut Vec<Happening>,
    ) -> anyhow::Result<()> {
        let ordinal = u64::try_from(day.num_days_from_ce()).unwrap_or(0);
        let mut dice = Dice::new(self.seed, "day", ordinal);
        self.end_subscriptions(day, happenings);
        for _ in 0..self.clients.len().div_ceil(60) {
            if dice.chance(40) {
                self.move_seats(day, &mut dice, happenings);
            }
            if dice.chance(40) {
                self.move_devices(day, &mut dice);
            }
        }
        if day.day() == 5 {
            self.bill_arrives(ledger, day, happenings)?;
        }
        self.expect_payments(ledger, day);
        for (invoice, part) in self.expected.remove(&day).unwrap_or_default() {
            let is_open = ledger
                .invoice(invoice)
                .is_some_and(|invoice| invoice.document.status == Status::Authorised);
            if is_open {
                books::pay(ledger, invoice, part, day)?;
            }
        }
        Ok(())
    }

    fn end_subscriptions(&mut self, day: NaiveDate, happenings: &mut Vec<Happening>) {
        let companies = self
            .clients
            .iter_mut()
            .filter_map(|client| client.company.as_mut());
        for held in companies.flat_map(|company| &mut company.subscriptions) {
            let is_over = held.end.is_some_and(|end| end <= day);
            if is_over && matches!(held.status, "PendingCancel" | "Trial") {
                held.status = "Cancelled";
                happenings.push(Happening::SubscriptionChanged {
                    id: held.id,
                    on: day,
                });
            }
        }
    }

    /// Seats of a fixed line move in Pax8; the contract stays as it is.
    fn move_seats(&mut self, day: NaiveDate, dice: &mut Dice, happenings: &mut Vec<Happening>) {
        let place = dice.below(self.clients.len());
        let grows = dice.chance(80);
        let more = dice.between(1, 3);
        let Some(code) = self.movable(place, day, dice, false) else {
            return;
        };
        let has_gap = self.leaks_on(place, code) > 0;
        let company = self
            .clients
            .get_mut(place)
            .and_then(|client| client.company.as_mut());
        let held = company
            .into_iter()
            .flat_map(|company| &mut company.subscriptions)
            .find(|held| {
                held.covers(day)
                    && held
                        .product
                        .item
                        .as_ref()
                        .is_some_and(|item| item.code == code)
            });
        let Some(held) = held.filter(|held| {
            held.term == Term::Monthly && matches!(held.status, "Active" | "Activated")
        }) else {
            return;
        };
        let Some(last) = held.versions.last().copied().filter(|last| last.from < day) else {
            return;
        };
        let quantity = match (grows, has_gap) {
            (true, _) => last.quantity + more,
            (false, true) => last.quantity.saturating_sub(1).max(1),
            (false, false) => return,
        };
        held.versions.push(Version {
            from: day,
            quantity,
            ..last
        });
        happenings.push(Happening::SubscriptionChanged {
            id: held.id,
            on: day,
        });
        if !has_gap {
            self.leaks.push(Leak::QuantityGap {
                client: place,
                code,
            });
        }
    }

    /// A device comes, falls silent, or is taken away, where the contract has a fixed number.
    fn move_devices(&mut self, day: NaiveDate, dice: &mut Dice) {
        let place = dice.below(self.clients.len());
        let what = dice.between(1, 100);
        let Some(code) = self.movable(place, day, dice, true) else {
            return;
        };
        let Some(meter) = self.catalogue.item(code).and_then(|item| item.meter) else {
            return;
        };
        let is_noted = self.leaks_on(place, code) > 0;
        let Some(client) = self.clients.get_mut(place) else {
            return;
        };
        match what {
            1..=65 => {
                devices::add(client, meter, day, &mut self.ids, dice);
                if !is_noted {
                    self.leaks.push(Leak::UnbilledDevice {
                        client: place,
                        code,
                    });
                }
            }
            66..=85 => {
                if let Some(device) = live_device(client, meter) {
                    device.silent_since = Some(day);
                }
            }
            _ => {
                let gone = live_device(client, meter).map(|device| device.id);
                if let Some(organization) = &mut client.organization {
                    organization
                        .devices
                        .retain(|device| Some(device.id) != gone);
                }
            }
        }
    }

    /// A fixed line of a client in order, for seats or for devices, on which no other leak sits.
    fn movable(
        &self,
        place: usize,
        day: NaiveDate,
        dice: &mut Dice,
        of_devices: bool,
    ) -> Option<&'static str> {
        let client = self.clients.get(place)?;
        let contract = client.contract.as_ref()?;
        let is_plain = contract.cycle == Cycle::Monthly && contract.timing == Timing::Advance;
        let has_skip = self
            .leaks
            .iter()
            .any(|leak| matches!(leak, Leak::SkippedPeriod { client, .. } if *client == place));
        if !is_plain || has_skip {
            return None;
        }
        let codes: Vec<&'static str> = contract
            .lines
            .iter()
            .filter(|line| matches!(line.source, Source::Fixed) && line.end.is_none())
            .filter(|line| line.runs_on(day) && !line.item.is_annual)
            .filter(|line| line.item.meter.is_some() == of_devices)
            .map(|line| line.item.code)
            .filter(|code| {
                self.leaks_on(place, code) == 0
                    || self.leaks.iter().any(|leak| may_grow(leak, place, code))
            })
            .collect();
        dice.pick(&codes).copied()
    }

    fn leaks_on(&self, place: usize, code: &str) -> usize {
        self.leaks
            .iter()
            .filter(|leak| leak.pair() == Some((place, code)))
            .count()
    }

    /// The month's bill can be read: with last month's consumption, and with the part months of
    /// seats that came. Nobody has passed either on yet.
    fn bill_arrives(
        &mut self,
        ledger: &mut Ledger,
        day: NaiveDate,
        happenings: &mut Vec<Happening>,
    ) -> anyhow::Result<()> {
        let month = first_of_month(day);
        let seed = self.seed;
        for client in &mut self.clients {
            let is_linked = client.is_company_linked && !client.own_use;
            let Some(company) = &mut client.company else {
                continue;
            };
            let plans = company
                .subscriptions
                .iter()
                .filter(|held| held.product.kind == ProductKind::Usage && held.covers(month));
            for held in plans {
                let product = Arc::clone(&held.product);
                let charge = charges::consumption(seed, &product, held.id, month, false);
                if is_linked {
                    self.leaks.push(charges::not_passed_on(&charge));
                }
                company.charges.push(charge);
            }
        }
        let Some(bill) = self.bills(day).into_iter().find(|bill| bill.date == day) else {
            return Ok(());
        };
        let mut leaks = Vec::new();
        let mut cost = Decimal::ZERO;
        for item in self.bill_items(&bill) {
            cost += item.cost_total;
            let is_late = item.item_type == "prorate" && item.price_total > Decimal::ZERO;
            if let Some(id) = item.subscription.filter(|_| is_late) {
                let subject = format!("pax8:{id}/prorate/{}", item.start);
                leaks.push(Leak::UnbilledCharge {
                    subject,
                    total: item.price_total,
                });
            }
        }
        self.leaks.extend(leaks);
        if let Some(pax8) = self.supplier {
            let line = Line::new("Licences", Decimal::ONE, cost).posted_to("310", "INPUT2");
            let document = books::purchase(pax8, &bill, line);
            let invoice = ledger.add_invoice(document, morning(day))?;
            self.expected
                .entry(bill.due)
                .or_default()
                .push((invoice, Part::Rest));
        }
        happenings.push(Happening::BillReady {
            id: bill.id,
            on: day,
        });
        Ok(())
    }

    /// Clients pay what others put into the books, once it is approved.
    fn expect_payments(&mut self, ledger: &Ledger, day: NaiveDate) {
        let new = ledger.invoices().skip(self.watch.seen);
        let mut candidates = std::mem::take(&mut self.watch.waiting);
        candidates.extend(
            new.filter(|(_, invoice)| invoice.document.side == Side::Sales)
                .map(|(key, _)| key),
        );
        self.watch.seen = ledger.invoice_count();
        for key in candidates {
            let Some(invoice) = ledger.invoice(key) else {
                continue;
            };
            match invoice.document.status {
                Status::Draft | Status::Submitted => self.watch.waiting.push(key),
                Status::Authorised => {
                    let Some(place) = self.watch.clients.get(&invoice.document.contact) else {
                        continue;
                    };
                    let Some(client) = self.clients.get(*place) else {
                        continue;
                    };
                    let due = invoice.document.due_date.unwrap_or(invoice.document.date);
                    let number = invoice.document.number.bytes().map(u64::from).sum();
                    let dice = &mut Dice::new(self.seed, "later payment", number);
                    for (on, part) in books::payments(client.payer, due, dice) {
                        let on = on.max(days_later(day, 1));
                        self.expected.entry(on).or_default().push((key, part));
                    }
                }
                Status::Paid | Status::Voided | Status::Deleted => {}
            }
        }
    }
}

/// A leak that more of the same makes larger, not ambiguous.
fn may_grow(leak: &Leak, place: usize, code: &str) -> bool {
    leak.pair() == Some((place, code))
        && matches!(leak, Leak::QuantityGap { .. } | Leak::UnbilledDevice { .. })
}

fn live_device(client: &mut Client, meter: Meter) -> Option<&mut super::model::Device> {
    let devices = client.organization.as_mut()?.devices.iter_mut();
    devices
        .rev()
        .find(|device| device.meter() == Some(meter) && device.silent_since.is_none())
}
