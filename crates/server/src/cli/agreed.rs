//! What a simulated MSP has agreed with its clients, as calls of the product's own API.
//!
//! The sandbox's `/_control/setup` tells it; no vendor holds it. The demo and tests send these
//! calls in order, as an owner would.

use serde::Deserialize;
use serde_json::{Value, json};

/// One call: `PUT` or `POST` of a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub method: reqwest::Method,
    pub path: &'static str,
    pub body: Value,
}

#[derive(Deserialize)]
struct Setup {
    catalog: Vec<Item>,
    clients: Vec<Client>,
    contracts: Vec<Contract>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(flatten)]
    input: Value,
    pax8_products: Vec<Value>,
}

#[derive(Deserialize)]
struct Client {
    key: String,
    name: String,
    currency: String,
    own_use: bool,
    xero_contact_id: Option<Value>,
    pax8_company_id: Option<Value>,
    ninja_organization_id: Option<Value>,
}

#[derive(Deserialize)]
struct Contract {
    key: String,
    client_key: String,
    name: String,
    currency: String,
    start: String,
    end: Option<String>,
    bill_from: String,
    cycle: String,
    timing: String,
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    key: String,
    item_code: String,
    description: String,
    unit_price: String,
    price_per: String,
    tax_type: String,
    account_code: String,
    cycle: String,
    timing: String,
    quantity: Quantity,
    minimum: Option<String>,
    start: String,
    end: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "source", rename_all = "snake_case")]
enum Quantity {
    Fixed { quantity: String },
    Subscription { pax8_subscription_ids: Vec<String> },
    Meter { meter: String },
}

/// The calls that make a setup: items and their products, clients and their records, contracts.
///
/// # Errors
/// When the setup does not have the form that was agreed with the sandbox.
pub fn calls(setup: &Value) -> Result<Vec<Call>, serde_json::Error> {
    let setup = Setup::deserialize(setup)?;
    let mut calls = Vec::new();
    let mut call = |method, path, body| calls.push(Call { method, path, body });
    for item in setup.catalog {
        let code = item.input.get("code").cloned().unwrap_or_default();
        call(reqwest::Method::POST, "/api/v1/catalog-items", item.input);
        for product in item.pax8_products {
            let link = json!({
                "connection": "pax8", "external_id": as_text(&product), "item": code,
            });
            call(reqwest::Method::PUT, "/api/v1/catalog-links", link);
        }
    }
    for client in setup.clients {
        let body = json!({
            "reference": client.key, "name": client.name, "currency": client.currency,
            "own_use": client.own_use,
        });
        call(reqwest::Method::POST, "/api/v1/clients", body);
        for (vendor, record) in [
            ("xero", client.xero_contact_id),
            ("pax8", client.pax8_company_id),
            ("ninjaone", client.ninja_organization_id),
        ] {
            if let Some(record) = record {
                let link = json!({
                    "connection": vendor, "external_id": as_text(&record), "client": client.key,
                });
                call(reqwest::Method::PUT, "/api/v1/client-links", link);
            }
        }
    }
    for contract in setup.contracts {
        call(reqwest::Method::POST, "/api/v1/contracts", contract.body());
    }
    Ok(calls)
}

/// An id, which some vendors write as a number.
fn as_text(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

impl Contract {
    fn body(self) -> Value {
        json!({
            "reference": self.key, "client": self.client_key, "name": self.name,
            "currency": self.currency, "status": "active", "starts_on": self.start,
            "ends_on": self.end, "bill_from": self.bill_from, "cycle": self.cycle,
            "timing": self.timing,
            "lines": self.lines.into_iter().map(Line::body).collect::<Vec<_>>(),
        })
    }
}

impl Line {
    fn body(self) -> Value {
        let mut quantity = match self.quantity {
            Quantity::Fixed { quantity } => json!({ "source": "fixed", "quantity": quantity }),
            Quantity::Subscription {
                pax8_subscription_ids,
            } => json!({ "source": "subscription", "subscriptions": pax8_subscription_ids }),
            Quantity::Meter { meter } => json!({ "source": "meter", "meter": meter }),
        };
        if let (Some(minimum), Some(quantity)) = (self.minimum, quantity.as_object_mut()) {
            quantity.insert("minimum".to_owned(), json!(minimum));
        }
        json!({
            "reference": self.key, "item": self.item_code, "description": self.description,
            "unit_price": self.unit_price, "price_per": self.price_per,
            "tax_type": self.tax_type, "account_code": self.account_code, "cycle": self.cycle,
            "timing": self.timing, "quantity": quantity, "starts_on": self.start,
            "ends_on": self.end,
        })
    }
}
