//! Bodies that make things.

use serde_json::{Value, json};

use super::{
    table::Route,
    world::{AS_OF, World},
};
use crate::testing::{OWNER, PASSWORD};

/// Another organization.
pub fn another() -> Value {
    json!({ "name": "Another", "currency": "GBP", "time_zone": "Europe/London" })
}

pub fn item(code: &str) -> Value {
    json!({
        "code": code, "name": "New item", "unit_price": "5.00", "tax_type": "OUTPUT2",
        "account_code": "200",
    })
}

impl World {
    pub fn line(&self) -> Value {
        json!({
            "item": self.id("item"), "unit_price": "5.00",
            "quantity": { "source": "fixed", "quantity": "2" },
        })
    }

    pub fn contract(&self, reference: &str) -> Value {
        json!({
            "reference": reference, "client": self.id("client"), "name": "New contract",
            "starts_on": "2026-12-01", "cycle": "monthly", "timing": "advance",
            "lines": [self.line()],
        })
    }
}

/// A credit note of no invoice.
pub fn free_credit(client: &str) -> Value {
    json!({
        "client": client, "reason": "Goodwill",
        "lines": [{
            "description": "An hour too many", "unit_price": "95.00", "tax_type": "OUTPUT2",
            "account_code": "200",
        }],
    })
}

impl World {
    /// Makes one, for whoever is first.
    pub async fn credit_a_client(&self) {
        let client = self.first("clients").await;
        let note = free_credit(client["id"].as_str().unwrap());
        let (status, made) = self.app.post("/api/v1/credit-notes", &note).await;
        assert_eq!(status, 201, "{made}");
    }

    pub fn credit_note_body(&self, route: &Route) -> Option<Value> {
        match (route.method.as_str(), route.template.rsplit('/').next()) {
            ("GET", _) => None,
            ("POST", Some("credit-notes")) => Some(free_credit(self.id("client"))),
            _ => Some(json!({ "version": 1, "reason": "Agreed" })),
        }
    }

    /// One form with a field for every page that has one.
    pub fn form(&self, route: &Route) -> Vec<(&'static str, String)> {
        let pick = match route.template.as_str() {
            "/generated-invoices/post" => "draft",
            _ => "finding",
        };
        let record = match route.template.as_str() {
            "/product-mappings/accept" | "/product-mappings/record" => "product",
            _ => "company",
        };
        let connection = self.id("connection");
        [
            ("version", "1"),
            ("code", "NEW-2"),
            ("name", "New name"),
            ("reference", "NEW-2"),
            ("unit_price", "5.00"),
            ("currency", "GBP"),
            ("tax_type", "OUTPUT2"),
            ("account_code", "200"),
            ("client", self.id("client")),
            ("item", self.id("item")),
            ("target", "NEW-2"),
            ("state", "ignored"),
            ("reason", "Agreed"),
            ("starts_on", "2027-01-01"),
            ("ends_on", "2027-06-01"),
            ("cycle", "monthly"),
            ("timing", "advance"),
            ("price_per", "month"),
            ("source", "fixed"),
            ("quantity", "2"),
            ("kind", "unit_price"),
            ("effective_on", "2027-03-01"),
            ("until", "2026-12-24"),
            ("when", "next_period"),
            ("as_of", AS_OF),
            ("tenant_id", "nobody"),
            ("theme", "dark"),
            ("email", OWNER),
            ("role", "engineer"),
            ("password", PASSWORD),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into_iter()
        .chain([
            ("status", "archived".to_owned()),
            ("organization", self.app.org.to_string()),
            ("connection", connection.to_owned()),
            ("external_id", self.id(record).to_owned()),
            ("pick", format!("{}.1", self.id(pick))),
            ("record", format!("{connection}|1|{}", self.id(record))),
        ])
        .collect()
    }
}

/// An id of the same form that is nobody's.
pub fn unknown(id: &str) -> String {
    let mut letters: Vec<char> = id.chars().collect();
    for letter in letters.iter_mut().rev().take(4) {
        *letter = if *letter == 'f' { '0' } else { 'f' };
    }
    letters.into_iter().collect()
}
