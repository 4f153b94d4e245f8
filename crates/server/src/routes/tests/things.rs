//! Bodies that make things.

use serde_json::{Value, json};

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
