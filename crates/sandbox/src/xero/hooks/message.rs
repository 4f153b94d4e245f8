//! The body of a webhook's POST.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::Serialize;
use sha2::Sha256;
use uuid::Uuid;

use crate::xero::ledger::{Category, Change};

#[derive(Clone, Debug)]
pub struct Event {
    pub sequence: u32,
    pub tenant: Uuid,
    pub change: Change,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    events: Vec<EventOut>,
    first_event_sequence: u32,
    last_event_sequence: u32,
    entropy: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventOut {
    resource_url: String,
    resource_id: Uuid,
    tenant_id: Uuid,
    tenant_type: &'static str,
    event_category: &'static str,
    event_type: &'static str,
    event_date_utc: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Data>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Data {
    r#type: &'static str,
    status: &'static str,
}

impl From<&Event> for EventOut {
    fn from(event: &Event) -> Self {
        let change = &event.change;
        let (event_category, resource) = match change.category {
            Category::Contact => ("CONTACT", "Contacts"),
            Category::Invoice => ("INVOICE", "Invoices"),
            Category::CreditNote => ("CREDITNOTE", "CreditNotes"),
        };
        Self {
            resource_url: format!("https://api.xero.com/api.xro/2.0/{resource}/{}", change.id),
            resource_id: change.id,
            tenant_id: event.tenant,
            tenant_type: "ORGANISATION",
            event_category,
            event_type: if change.is_new { "CREATE" } else { "UPDATE" },
            event_date_utc: change.at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
            data: change.detail.map(|(kind, status)| Data {
                r#type: kind,
                status,
            }),
        }
    }
}

/// The bytes to sign and send; without events it is an intent to receive.
pub fn body(events: &[Event], entropy: &str) -> Vec<u8> {
    let sequence = |event: Option<&Event>| event.map(|event| event.sequence).unwrap_or_default();
    let message = Message {
        events: events.iter().map(EventOut::from).collect(),
        first_event_sequence: sequence(events.first()),
        last_event_sequence: sequence(events.last()),
        entropy,
    };
    serde_json::to_vec(&message).unwrap_or_default()
}

/// `x-xero-signature`
pub fn signature(key: &str, body: &[u8]) -> String {
    // An HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else {
        return String::new();
    };
    mac.update(body);
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_what_anyone_computes() {
        // From `printf '{}' | openssl dgst -sha256 -hmac key -binary | base64`.
        let expected = "p3dyTZQ+tI3Gm8qKSm1XoE2z+ex+HeTlgehgJlvfMDI=";
        assert_eq!(signature("key", b"{}"), expected);
    }

    #[test]
    fn an_intent_to_receive_holds_no_events() {
        let expected =
            r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"X"}"#;
        assert_eq!(String::from_utf8(body(&[], "X")).unwrap(), expected);
    }
}
