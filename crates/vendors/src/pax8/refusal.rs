//! Pax8's error envelope, the same for the partner and the webhooks API.

use serde::Deserialize;

use crate::error::excerpt;
use crate::http::{Call, Reply};
use crate::lenient::null_default;
use crate::{Complaint, Error, Refusal, Vendor};

#[derive(Deserialize)]
struct Envelope {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default, deserialize_with = "null_default")]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    instance: Option<String>,
}

pub(super) fn read(call: &Call, reply: &Reply) -> Error {
    let vendor = Vendor::Pax8;
    let envelope: Option<Envelope> = reply.json().ok();
    match reply.status {
        404 => {
            return Error::NotFound {
                vendor,
                what: call.what.clone(),
            };
        }
        401 => {
            let why = "it does not accept our sign-in".to_owned();
            return Error::ReconnectNeeded { vendor, why };
        }
        _ => {}
    }
    let mut complaints = Vec::new();
    let mut code = None;
    if let Some(envelope) = envelope {
        code = envelope.kind;
        for detail in envelope.details {
            if let Some(text) = detail.message {
                complaints.push(Complaint {
                    text,
                    field: detail.instance,
                });
            }
        }
        let message = envelope.message.or(envelope.error_description);
        if let Some(text) = message.filter(|_| complaints.is_empty()) {
            complaints.push(Complaint::new(text));
        }
    } else {
        complaints.extend(
            Some(excerpt(&reply.body))
                .filter(|t| !t.is_empty())
                .map(Complaint::new),
        );
    }
    Error::Refused(Box::new(Refusal {
        vendor,
        status: reply.status,
        code,
        complaints,
    }))
}
