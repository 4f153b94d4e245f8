//! Xero's webhooks: is it Xero, and what does it say.
//!
//! Answer within five seconds, without body or cookies: 200 when signed, 401 when not, also for the
//! "intent to receive" tries, some of which are wrongly signed on purpose. Events name a resource
//! and no more: read it anew. They come at least once and in any order; payments have none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::lenient::{filled, null_default};
use crate::words::words;
use crate::{Error, Secret, Vendor, dates};

/// Compares the header `x-xero-signature` with the raw body's, in constant time.
pub fn is_signed(body: &[u8], signature: Option<&[u8]>, key: &Secret) -> bool {
    let Some(sent) = signature.and_then(|text| STANDARD.decode(text).ok()) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()) else {
        return false;
    };
    mac.update(body);
    !key.is_empty() && mac.verify_slice(&sent).is_ok()
}

words! {
    pub enum EventCategory {
        Contact = "CONTACT",
        Invoice = "INVOICE",
        CreditNote = "CREDITNOTE",
        Subscription = "SUBSCRIPTION",
    }
}

/// One delivery.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    #[serde(default, deserialize_with = "null_default")]
    pub events: Vec<Event>,
    #[serde(default)]
    pub first_event_sequence: i64,
    #[serde(default)]
    pub last_event_sequence: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    pub tenant_id: String,
    pub resource_id: String,
    pub event_category: EventCategory,
    /// `CREATE` or `UPDATE`.
    #[serde(default, deserialize_with = "filled")]
    pub event_type: Option<String>,
    #[serde(default, deserialize_with = "dates::instant_option")]
    pub event_date_utc: Option<DateTime<Utc>>,
}

impl Notification {
    /// Reads a body whose signature has been checked.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(body)
            .map_err(|error| Error::broken(Vendor::Xero, error.to_string(), body))
    }

    /// Xero only tries whether we check signatures: nothing to do but answer.
    pub fn is_intent_to_receive(&self) -> bool {
        self.events.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::Sha256;

    use super::{EventCategory, Notification, is_signed};
    use crate::Secret;

    const INTENT: &[u8] =
        br#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}"#;

    fn signature(body: &[u8], key: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(body);
        STANDARD.encode(mac.finalize().into_bytes())
    }

    #[test]
    fn the_signature_is_over_the_raw_body() {
        let key = Secret::new("webhook key");
        let good = signature(INTENT, "webhook key");
        assert!(is_signed(INTENT, Some(good.as_bytes()), &key));
        let mut changed = INTENT.to_vec();
        changed.push(b' ');
        assert!(!is_signed(&changed, Some(good.as_bytes()), &key));
        assert!(!is_signed(
            INTENT,
            Some(good.as_bytes()),
            &Secret::new("other")
        ));
        for signature in [
            None,
            Some("".as_bytes()),
            Some(b"!!"),
            Some(&good.as_bytes()[..10]),
        ] {
            assert!(!is_signed(INTENT, signature, &key));
        }
        let by_nobody = signature(INTENT, "");
        assert!(!is_signed(
            INTENT,
            Some(by_nobody.as_bytes()),
            &Secret::new("")
        ));
    }

    #[test]
    fn known_and_unknown_events_are_read() {
        assert!(Notification::parse(INTENT).unwrap().is_intent_to_receive());
        let read = Notification::parse(
            br#"{"events":[{"resourceUrl":"https://x","resourceId":"i","eventDateUtc":"2025-12-02T00:44:09.923",
            "eventType":"UPDATE","eventCategory":"PREPAYMENT","tenantId":"t","tenantType":"ORGANISATION",
            "data":{"Type":"X"}}],"firstEventSequence":3,"lastEventSequence":3,"entropy":"e"}"#,
        )
        .unwrap();
        assert_eq!(
            read.events[0].event_category,
            EventCategory::Other("PREPAYMENT".to_owned())
        );
        assert!(read.events[0].event_date_utc.is_some());
        assert!(!read.is_intent_to_receive());
        assert!(Notification::parse(b"nonsense").is_err());
    }
}
