//! What the MSP has agreed with its clients and how it links its vendors' records: the knowledge no
//! vendor holds. The leaks are left out, as they would be.

use serde_json::{Value, json};
use uuid::Uuid;

use super::World;
use super::model::{Client, Contract, Line, Source};
use super::names::MSP;
use crate::xero::{ContactKey, Ledger};

impl World {
    /// The body of `/_control/setup`.
    pub fn setup(&self, ledger: &Ledger) -> Value {
        let listed: Vec<&Client> = self
            .clients
            .iter()
            .filter(|client| client.is_listed)
            .collect();
        json!({
            "organization": { "name": MSP, "currency": "GBP", "time_zone": "Europe/London" },
            "catalog": self.catalog(),
            "clients": listed
                .iter()
                .map(|client| client_json(client, |key| ledger.contact_id(key)))
                .collect::<Vec<_>>(),
            "contracts": listed
                .iter()
                .filter_map(|client| {
                    client.contract.as_ref().map(|contract| contract_json(client, contract))
                })
                .collect::<Vec<_>>(),
        })
    }

    fn catalog(&self) -> Vec<Value> {
        let items = self.catalogue.items.iter();
        items
            .map(|item| {
                let mapped =
                    self.catalogue.products.iter().filter(|product| {
                        product.item.as_ref().is_some_and(|of| of.code == item.code)
                    });
                json!({
                    "code": item.code,
                    "name": item.name,
                    "description": item.description,
                    "unit_price": price(item.unit_price),
                    "unit_cost": item.unit_cost.map(price),
                    "tax_type": "OUTPUT2",
                    "account_code": item.account_code,
                    "meter": item.meter.map(super::model::Meter::as_str),
                    "pax8_products": mapped.map(|product| product.id).collect::<Vec<_>>(),
                })
            })
            .collect()
    }
}

/// A price with at least two places.
fn price(value: rust_decimal::Decimal) -> String {
    let mut value = value.normalize();
    if value.scale() < 2 {
        value.rescale(2);
    }
    value.to_string()
}

fn client_json(client: &Client, contact_id: impl Fn(ContactKey) -> Uuid) -> Value {
    let company = client.company.as_ref().filter(|_| client.is_company_linked);
    json!({
        "key": client.key,
        "name": client.name,
        "currency": client.currency,
        "own_use": client.own_use,
        "xero_contact_id": client.contact.map(contact_id),
        "pax8_company_id": company.map(|company| company.id),
        "ninja_organization_id": client.organization.as_ref().map(|organization| organization.id),
    })
}

fn contract_json(client: &Client, contract: &Contract) -> Value {
    json!({
        "key": contract.key,
        "client_key": client.key,
        "name": contract.name,
        "currency": client.currency,
        "start": contract.start,
        "end": contract.end,
        "bill_from": contract.bill_from,
        "cycle": contract.cycle.as_str(),
        "timing": contract.timing.as_str(),
        "lines": contract
            .lines
            .iter()
            .map(|line| line_json(client, contract, line))
            .collect::<Vec<_>>(),
    })
}

fn line_json(client: &Client, contract: &Contract, line: &Line) -> Value {
    let quantity = match &line.source {
        Source::Fixed => {
            let agreed = line.agreed.last().map_or(0, |(_, quantity)| *quantity);
            json!({ "source": "fixed", "quantity": agreed.to_string() })
        }
        Source::Subscriptions(ids) => {
            json!({ "source": "subscription", "pax8_subscription_ids": ids })
        }
        Source::Meter(meter) => json!({ "source": "meter", "meter": meter.as_str() }),
    };
    json!({
        "key": line.key,
        "item_code": line.item.code,
        "description": line.item.name,
        "unit_price": price(line.unit_price),
        "price_per": if line.item.is_annual { "term" } else { "month" },
        "tax_type": super::recurring::tax(client),
        "account_code": line.item.account_code,
        "cycle": line.cycle.as_str(),
        "timing": contract.timing.as_str(),
        "quantity": quantity,
        "start": line.start,
        "end": line.end,
    })
}
