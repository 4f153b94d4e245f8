//! The MSP's own past in Xero: what it invoiced, what was paid and when, what it credited.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;

use super::World;
use super::charges::passed_on;
use super::days::{days_later, first_of_month, months_later, morning, period_text, rounded};
use super::dice::Dice;
use super::model::{Client, Payer};
use super::names::MSP;
use super::recurring::{recurring_lines, tax};
use crate::xero::{
    Amount, Contact, ContactKey, Currency, Document, Invoice, InvoiceKey, Item, Ledger, Line,
    Organisation, Terms, TermsKind, Text, Trade,
};

pub(crate) const BANK: &str = "090";

/// Payments still to come, by day.
pub(crate) type Expected = BTreeMap<NaiveDate, Vec<(InvoiceKey, Part)>>;

/// How much of what is open a payment settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Half,
    Rest,
}

/// Fills a new ledger with the world's past, and says which payments are still to come.
pub(crate) fn keep(world: &mut World, extra_invoices: u32) -> anyhow::Result<(Ledger, Expected)> {
    let opened = morning(days_later(world.first_bill_month(), -400));
    let ledger = Ledger::new(world.seed, Organisation::british(MSP, opened));
    let mut books = Books {
        ledger,
        expected: Expected::new(),
        number: 1000,
        today: world.today,
    };
    books.items(world, opened);
    books.contacts(world, opened);
    let mut month = world
        .clients
        .iter()
        .filter_map(|client| client.contract.as_ref().map(|contract| contract.start))
        .min()
        .unwrap_or(world.today);
    let months = super::days::months_between(month, world.today) + 1;
    let extra_a_month = extra_invoices / u32::try_from(months.max(1)).unwrap_or(1);
    while month <= world.today {
        books.month(world, month, extra_a_month)?;
        month = months_later(month, 1);
    }
    books.supplier(world, opened)?;
    Ok((books.ledger, books.expected))
}

struct Books {
    ledger: Ledger,
    expected: Expected,
    number: u32,
    today: NaiveDate,
}

impl Books {
    fn items(&mut self, world: &World, at: DateTime<Utc>) {
        for item in &world.catalogue.items {
            let name = self.ledger.text(item.name);
            let trade = |price| Trade {
                unit_price: Some(price),
                account_code: Some(Text::from(item.account_code)),
                tax_type: Some(Text::from("OUTPUT2")),
            };
            self.ledger.add_item(Item {
                code: Text::from(item.code),
                name,
                description: Text::from(item.description),
                purchase_description: Text::from(""),
                sales: Some(trade(item.unit_price)),
                purchase: None,
                deleted: false,
                updated: at,
            });
        }
    }

    /// Xero wants names to differ, so the second of two namesakes carries its city.
    fn contacts(&mut self, world: &mut World, at: DateTime<Utc>) {
        for client in world.clients.iter_mut().filter(|client| client.is_listed) {
            let mut name = client.name.clone();
            if self.ledger.contact_by_name(&name).is_some() {
                name = format!("{name} ({})", client.key);
            }
            let contact = Contact {
                contact_number: Some(Text::from(client.key.as_str())),
                email: Text::from(format!("accounts@{}", client.domain)),
                first_name: Text::from("Accounts"),
                last_name: Text::from("Payable"),
                default_currency: client.is_foreign().then_some(client.currency),
                sales_terms: Some(Terms {
                    day: client.terms_days,
                    kind: TermsKind::DaysAfterBillDate,
                }),
                addresses: vec![crate::xero::Address {
                    kind: "STREET".to_owned(),
                    city: client.city.to_owned(),
                    country: client.country.to_owned(),
                    ..crate::xero::Address::default()
                }],
                updated: at,
                ..Contact::named(&name)
            };
            client.contact = Some(self.ledger.add_contact(contact));
        }
    }

    fn month(&mut self, world: &World, month: NaiveDate, extra: u32) -> anyhow::Result<()> {
        for client in &world.clients {
            let Some(contract) = &client.contract else {
                continue;
            };
            let lines = recurring_lines(client, contract, month);
            self.invoice(world.seed, client, month, lines)?;
            for (date, charge) in passed_on(client, self.today) {
                if first_of_month(date) == month {
                    let period = period_text(charge.start, charge.end);
                    let text = format!("{}, {period}", charge.product.name);
                    let line = Line::new(&text, Decimal::ONE, charge.total());
                    self.invoice(
                        world.seed,
                        client,
                        date,
                        vec![line.posted_to("205", tax(client))],
                    )?;
                }
            }
            self.one_off(world.seed, client, month)?;
        }
        let count = world.clients.len().max(1);
        for turn in 0..usize::try_from(extra).unwrap_or(0) {
            let Some(client) = world
                .clients
                .get(turn % count)
                .filter(|client| client.is_listed)
            else {
                continue;
            };
            let price = Decimal::new(i64::from(world_price(world.seed, self.number)), 2);
            let lines =
                vec![Line::new("Labour", Decimal::ONE, price).posted_to("200", tax(client))];
            let day = days_later(month, i64::try_from(turn % 27).unwrap_or(0));
            self.invoice(world.seed, client, day.min(self.today), lines)?;
        }
        Ok(())
    }

    fn invoice(
        &mut self,
        seed: u64,
        client: &Client,
        date: NaiveDate,
        lines: Vec<Line>,
    ) -> anyhow::Result<Option<InvoiceKey>> {
        let Some(contact) = client
            .contact
            .filter(|_| !lines.is_empty() && date <= self.today)
        else {
            return Ok(None);
        };
        self.number += 1;
        let number = format!("INV-{}", self.number);
        let due = days_later(date, i64::from(client.terms_days));
        let document = Document {
            currency: client.currency,
            currency_rate: client.rate,
            sent_to_contact: true,
            lines,
            ..Document::sale(contact, &number, date, due)
        };
        let invoice = self.ledger.add_invoice(document, morning(date))?;
        self.settle(seed, client, invoice, (date, due))?;
        Ok(Some(invoice))
    }

    fn settle(
        &mut self,
        seed: u64,
        client: &Client,
        invoice: InvoiceKey,
        (date, due): (NaiveDate, NaiveDate),
    ) -> anyhow::Result<()> {
        let dice = &mut Dice::new(seed, "payment", u64::from(self.number));
        // Nothing of the running month is paid before the world begins.
        let is_current = first_of_month(date) == first_of_month(self.today);
        let earliest = if is_current {
            days_later(self.today, 1)
        } else {
            days_later(date, 1)
        };
        for (day, part) in payments(client.payer, due, dice) {
            let day = day.max(earliest);
            if day > self.today {
                self.expected.entry(day).or_default().push((invoice, part));
            } else {
                pay(&mut self.ledger, invoice, part, day)?;
            }
        }
        Ok(())
    }

    /// Work on demand, now and then disputed and credited in part.
    fn one_off(&mut self, seed: u64, client: &Client, month: NaiveDate) -> anyhow::Result<()> {
        let number = u64::from(self.number);
        let dice = &mut Dice::new(seed, "one-off", number);
        if !dice.chance(9) {
            return Ok(());
        }
        let work = [
            ("Site visit", 9_500, 48_000),
            ("Laptop supply and set-up", 78_000, 190_000),
            ("Network cabling", 32_000, 260_000),
            ("Out-of-hours support", 12_000, 60_000),
        ];
        let (text, low, high) = *dice.pick(&work).unwrap_or(&("Site visit", 9_500, 48_000));
        let price = Decimal::new(i64::from(dice.between(low, high)), 2);
        let date = days_later(month, i64::from(dice.between(2, 25)));
        let line = Line::new(text, Decimal::ONE, price).posted_to("200", tax(client));
        let credited = dice.chance(30);
        let part = rounded(price * Decimal::new(i64::from(dice.between(2, 6)), 1), 2);
        if !credited || date > days_later(self.today, -40) {
            self.invoice(seed, client, date, vec![line])?;
            return Ok(());
        }
        let Some(contact) = client.contact else {
            return Ok(());
        };
        self.number += 1;
        let number = format!("INV-{}", self.number);
        let due = days_later(date, i64::from(client.terms_days));
        let document = |number: &str, date, line| Document {
            currency: client.currency,
            currency_rate: client.rate,
            lines: vec![line],
            ..Document::sale(contact, number, date, due)
        };
        let invoice = self
            .ledger
            .add_invoice(document(&number, date, line), morning(date))?;
        let agreed = days_later(date, 20);
        let text = format!("Agreed reduction: {}", text.to_lowercase());
        let line = Line::new(&text, Decimal::ONE, part).posted_to("200", tax(client));
        let note = document(&format!("CN-{}", self.number), agreed, line);
        let note = self.ledger.add_credit_note(note, morning(agreed))?;
        let amount = self
            .ledger
            .credit_note(note)
            .context("a note just added")?
            .document
            .total();
        self.ledger
            .allocate(note, invoice, agreed, amount, morning(agreed))?;
        self.settle(
            seed,
            client,
            invoice,
            (date, due.max(days_later(agreed, 1))),
        )
    }

    /// What the MSP owes Pax8: bills, not sales.
    fn supplier(&mut self, world: &mut World, at: DateTime<Utc>) -> anyhow::Result<()> {
        let contact = Contact {
            email: Text::from("billing@pax8.example"),
            updated: at,
            ..Contact::named("Pax8 UK Ltd")
        };
        let pax8 = self.ledger.add_contact(contact);
        world.supplier = Some(pax8);
        for bill in world.bills(world.today) {
            let cost: Decimal = world
                .bill_items(&bill)
                .iter()
                .map(|item| item.cost_total)
                .sum();
            let line = Line::new("Licences", Decimal::ONE, cost).posted_to("310", "INPUT2");
            let key = self
                .ledger
                .add_invoice(purchase(pax8, &bill, line), morning(bill.date))?;
            if bill.due <= world.today {
                pay(&mut self.ledger, key, Part::Rest, bill.due)?;
            }
        }
        Ok(())
    }
}

pub(crate) fn purchase(pax8: ContactKey, bill: &super::bills::Bill, line: Line) -> Document {
    Document {
        side: crate::xero::Side::Purchase,
        lines: vec![line],
        currency: Currency::GBP,
        ..Document::sale(pax8, &format!("PAX8-{}", bill.date), bill.date, bill.due)
    }
}

/// Pays a part of what is open on an invoice; nothing if nothing is.
pub(crate) fn pay(
    ledger: &mut Ledger,
    invoice: InvoiceKey,
    part: Part,
    day: NaiveDate,
) -> anyhow::Result<()> {
    let open = ledger.invoice(invoice).map_or(Amount::ZERO, Invoice::due);
    let amount = match part {
        Part::Half => Amount::from_minor(open.minor() / 2),
        Part::Rest => open,
    };
    if amount > Amount::ZERO {
        ledger.pay_invoice(invoice, BANK, day, amount, morning(day))?;
    }
    Ok(())
}

/// When a client pays an invoice due on `due`.
pub(crate) fn payments(payer: Payer, due: NaiveDate, dice: &mut Dice) -> Vec<(NaiveDate, Part)> {
    let late = |days: u32| days_later(due, i64::from(days));
    match payer {
        Payer::Prompt => {
            let early = i64::from(dice.between(0, 6));
            vec![(days_later(due, 3 - early), Part::Rest)]
        }
        Payer::Slow => vec![(late(dice.between(5, 50)), Part::Rest)],
        Payer::Troubled => {
            let first = dice.between(20, 70);
            match dice.between(1, 100) {
                1..=20 => Vec::new(),
                21..=50 => vec![(late(first), Part::Half), (late(first + 45), Part::Rest)],
                _ => vec![(late(first + 15), Part::Rest)],
            }
        }
    }
}

fn world_price(seed: u64, number: u32) -> u32 {
    Dice::new(seed, "labour", u64::from(number)).between(4_500, 95_000)
}
