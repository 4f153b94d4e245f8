//! Statements of account from the ledger's invoices and payments.

use std::collections::BTreeMap;

use billing::{
    Currency, Id, Money, Period,
    statement::{Entry, EntryKind, statement},
};
use chrono::{Datelike as _, NaiveDate};
use serde_json::Value;

use super::{day, first_of_next_month};
use crate::testing::TestApp;

/// Each month's closing is the next one's opening, and the last is what is owed.
pub async fn chain(app: &TestApp, today: NaiveDate) {
    let mut entries: BTreeMap<(String, String), Vec<Entry>> = BTreeMap::new();
    let mut owed: BTreeMap<(String, String), i64> = BTreeMap::new();
    let mut cursor = String::new();
    let mut number = 0;
    loop {
        let (_, page) = app
            .get(&format!("/api/v1/invoices?limit=200&cursor={cursor}"))
            .await;
        for row in page["items"].as_array().unwrap() {
            number += 1;
            let (_, invoice) = app
                .get(&format!("/api/v1/invoices/{}", row["id"].as_str().unwrap()))
                .await;
            let text = |name: &str| invoice[name].as_str().unwrap_or_default().to_owned();
            if !["awaiting_payment", "overdue", "paid"].contains(&text("state").as_str()) {
                continue;
            }
            let key = (text("client_id"), text("currency"));
            *owed.entry(key.clone()).or_default() += invoice["due_minor"].as_i64().unwrap();
            entries
                .entry(key)
                .or_default()
                .extend(of_invoice(&invoice, number));
        }
        match page["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert!(entries.len() > 30, "{} accounts", entries.len());
    for ((client, code), entries) in &entries {
        let currency: Currency = code.parse().unwrap();
        let mut start = entries
            .iter()
            .map(|entry| entry.date)
            .min()
            .unwrap()
            .with_day(1)
            .unwrap();
        let mut closing = Money::zero(currency);
        while start <= today {
            let end = first_of_next_month(start);
            let month = statement(entries, Period::new(start, end).unwrap(), currency).unwrap();
            assert_eq!(month.opening, closing, "{client} {start}");
            (closing, start) = (month.closing, end);
        }
        assert_eq!(
            closing.minor,
            owed[&(client.clone(), code.clone())],
            "{client} {code}"
        );
    }
}

fn of_invoice(invoice: &Value, number: u128) -> Vec<Entry> {
    let currency: Currency = invoice["currency"].as_str().unwrap().parse().unwrap();
    let entry = |kind, on: &Value, minor: &Value| Entry {
        document: Id(number),
        date: day(on.as_str().unwrap()),
        kind,
        amount: Money {
            minor: minor.as_i64().unwrap(),
            currency,
        },
    };
    let charge = entry(
        EntryKind::Charge,
        &invoice["issued_on"],
        &invoice["total_minor"],
    );
    let settled = invoice["settled"].as_array().unwrap().iter().map(|one| {
        let kind = if one["kind"] == "payment" {
            EntryKind::Payment
        } else {
            EntryKind::Credit
        };
        let on = if one["on"].is_null() {
            &invoice["issued_on"]
        } else {
            &one["on"]
        };
        entry(kind, on, &one["amount_minor"])
    });
    std::iter::once(charge).chain(settled).collect()
}
