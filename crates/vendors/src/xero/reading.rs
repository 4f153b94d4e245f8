//! References to other objects, as Xero nests them.

use serde::Deserialize;

use crate::lenient::filled;

/// A contact inside a document: its id, and its name as a courtesy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ContactRef {
    #[serde(rename = "ContactID")]
    pub contact_id: String,
    #[serde(default, rename = "Name", deserialize_with = "filled")]
    pub name: Option<String>,
}

/// An invoice inside a payment or an allocation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InvoiceRef {
    #[serde(rename = "InvoiceID")]
    pub invoice_id: String,
    #[serde(default, rename = "InvoiceNumber", deserialize_with = "filled")]
    pub invoice_number: Option<String>,
}
