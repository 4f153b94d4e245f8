//! What Pax8 sends to our webhook, and how we know that it is Pax8.
//!
//! The published contract has no signature: Pax8 repeats the `authorization` text we chose. There is
//! no event id either; take webhook, topic, entity and `sent_at` together, and read the entity anew.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use subtle::ConstantTimeEq;

use crate::lenient::filled;
use crate::{Error, Secret, Vendor, dates};

/// Compares the `Authorization` header with the text we gave Pax8, in constant time.
pub fn is_authorized(header: Option<&[u8]>, expected: &Secret) -> bool {
    let Some(header) = header else { return false };
    !expected.is_empty() && bool::from(header.ct_eq(expected.expose().as_bytes()))
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    pub webhook_id: String,
    #[serde(default, deserialize_with = "filled")]
    pub account_id: Option<String>,
    #[serde(default, deserialize_with = "dates::instant_option")]
    pub sent_at: Option<DateTime<Utc>>,
    pub webhook_topic: DeliveryTopic,
    /// Its shape depends on the topic and is not published: take the ids and read the entity.
    #[serde(default)]
    pub payload_data: serde_json::Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeliveryTopic {
    #[serde(default, deserialize_with = "filled")]
    pub id: Option<String>,
    /// `SUBSCRIPTION`, `INVOICE`, `PRODUCT`, `PROVISIONING`, …
    pub topic: String,
}

impl Delivery {
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(body)
            .map_err(|error| Error::broken(Vendor::Pax8, error.to_string(), body))
    }

    /// A text field of the payload, such as `id` or `companyId`.
    pub fn payload_text(&self, field: &str) -> Option<&str> {
        self.payload_data.get(field)?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::{Delivery, is_authorized};
    use crate::Secret;

    #[test]
    fn only_our_own_text_is_authorized() {
        let secret = Secret::new("Bearer long-and-random");
        assert!(is_authorized(Some(b"Bearer long-and-random"), &secret));
        for header in [
            None,
            Some(&b""[..]),
            Some(b"Bearer long-and-rando"),
            Some(b"bearer long-and-random"),
        ] {
            assert!(!is_authorized(header, &secret));
        }
        assert!(
            !is_authorized(Some(b""), &Secret::new("")),
            "an unset secret lets nobody in"
        );
    }

    #[test]
    fn deliveries_are_read_and_broken_ones_refused() {
        let delivery = Delivery::parse(
            br#"{"accountId":"a","url":"https://x","webhookId":"w","sentAt":"2026-11-01T10:00:00Z",
            "webhookTopic":{"id":"t","topic":"SUBSCRIPTION","filters":[]},
            "payloadData":{"id":"s-1","type":"SomethingNew"},"more":1}"#,
        )
        .unwrap();
        assert_eq!(delivery.webhook_topic.topic, "SUBSCRIPTION");
        assert_eq!(delivery.payload_text("id"), Some("s-1"));
        assert_eq!(delivery.payload_text("companyId"), None);
        assert!(Delivery::parse(b"{}").is_err());
        assert!(Delivery::parse(b"<html>").is_err());
    }
}
