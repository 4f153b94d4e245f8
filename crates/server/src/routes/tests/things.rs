//! Bodies that make things.

use serde_json::{Value, json};

use super::world::World;

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

/// An id of the same form that is nobody's.
pub fn unknown(id: &str) -> String {
    let mut letters: Vec<char> = id.chars().collect();
    for letter in letters.iter_mut().rev().take(4) {
        *letter = if *letter == 'f' { '0' } else { 'f' };
    }
    letters.into_iter().collect()
}
