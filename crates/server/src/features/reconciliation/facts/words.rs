//! Stored words read as the values of `billing`.

use billing::{
    Currency,
    finding::BillLineKind,
    period::{Cycle, Timing},
};

use crate::fault::Fault;

pub fn currency(code: &str) -> Result<Currency, Fault> {
    code.parse()
        .map_err(|_| Fault::Internal(anyhow::anyhow!("stored currency {code:?}")))
}

pub fn cycle(word: &str) -> Result<Cycle, Fault> {
    parse_word(word)
}

pub fn timing(word: &str) -> Result<Timing, Fault> {
    parse_word(word)
}

/// Reads a stored word with the same names that `billing` gives it at rest.
pub fn parse_word<T: serde::de::DeserializeOwned>(word: &str) -> Result<T, Fault> {
    serde_json::from_value(serde_json::Value::from(word)).map_err(Fault::from)
}

/// Pax8's billing terms in months; none for what does not recur.
pub fn term_months(billing_term: &str) -> Option<u16> {
    match billing_term {
        "Monthly" | "Trial" => Some(1),
        "Annual" | "1-Year" => Some(12),
        "2-Year" => Some(24),
        "3-Year" => Some(36),
        _ => None,
    }
}

/// Pax8 writes usage as a subscription line whose term is Arrears.
pub fn bill_line_kind(kind: &str, term: &str) -> BillLineKind {
    match kind {
        "subscription" if term == "Arrears" => BillLineKind::Usage,
        "subscription" => BillLineKind::Subscription,
        "prorate" => BillLineKind::Prorate,
        "one-time" => BillLineKind::OneTime,
        "service-charge" => BillLineKind::ServiceCharge,
        "service-credit" => BillLineKind::ServiceCredit,
        "rebate" => BillLineKind::Rebate,
        "payment-credit" | "invoice-credit" => BillLineKind::Settlement,
        _ => BillLineKind::Other,
    }
}
