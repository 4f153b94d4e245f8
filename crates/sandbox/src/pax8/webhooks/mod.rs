//! The webhooks API: who wants to be told of what, and what was told.
//!
//! Pax8 signs nothing. It sends back the `authorization` it was given, verbatim.

pub(crate) mod delivery;
mod handlers;
mod matching;

pub(super) use handlers::router;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::Json;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::page::id;
use super::{Answered, Pax8, Refusal, at};
use crate::world::dice::uuid as make_id;

/// Delivery attempts kept.
const LOGS: usize = 1_000;

#[derive(Debug)]
pub(crate) struct Registry {
    seed: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    ids: u64,
    /// Deliveries count by themselves, so that they move no webhook's id.
    told: u64,
    hooks: Vec<Hook>,
    logs: VecDeque<Log>,
}

#[derive(Clone, Debug)]
struct Hook {
    id: Uuid,
    display_name: String,
    url: Option<String>,
    authorization: Option<String>,
    active: bool,
    contact_email: Option<String>,
    error_threshold: u32,
    integration_id: Option<Uuid>,
    topics: Vec<Topic>,
    last_delivery: Option<&'static str>,
    created: String,
    updated: String,
}

#[derive(Clone, Debug)]
struct Topic {
    id: Uuid,
    name: String,
    filters: Vec<Value>,
}

#[derive(Clone, Debug)]
struct Log {
    id: Uuid,
    hook: Uuid,
    name: String,
    topic: String,
    status: &'static str,
    calls: Vec<Value>,
    payload: Value,
    created: String,
}

#[derive(Deserialize)]
struct NewTopic {
    topic: String,
    filters: Vec<Value>,
}

impl Registry {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            inner: Mutex::default(),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn account(&self) -> Uuid {
        make_id(self.seed, "pax8 account", 0)
    }

    fn next_id(&self, inner: &mut Inner) -> Uuid {
        inner.ids += 1;
        make_id(self.seed, "pax8 webhook", inner.ids)
    }

    fn next_delivery_id(&self, inner: &mut Inner) -> Uuid {
        inner.told += 1;
        make_id(self.seed, "pax8 delivery", inner.told)
    }

    fn topics(&self, inner: &mut Inner, wanted: Vec<NewTopic>) -> Result<Vec<Topic>, Refusal> {
        let mut topics: Vec<Topic> = Vec::new();
        for new in wanted {
            if !matching::TOPICS
                .iter()
                .any(|known| known.topic == new.topic)
            {
                return Err(invalid(format!("Unknown topic {}", new.topic)));
            }
            if topics.iter().any(|known| known.name == new.topic) {
                return Err(invalid(format!("Topic {} is given twice", new.topic)));
            }
            let id = self.next_id(inner);
            topics.push(Topic {
                id,
                name: new.topic,
                filters: new.filters,
            });
        }
        Ok(topics)
    }

    /// Changes a webhook and answers it.
    fn change(
        &self,
        text: &str,
        now: String,
        change: impl FnOnce(&Self, &mut Inner, &mut Hook) -> Result<(), Refusal>,
    ) -> Answered {
        let wanted = id(text)?;
        let mut inner = self.lock();
        let missing = || Refusal::not_found("Webhook", text);
        let place = inner
            .hooks
            .iter()
            .position(|hook| hook.id == wanted)
            .ok_or_else(missing)?;
        let mut hook = inner.hooks.get(place).cloned().ok_or_else(missing)?;
        change(self, &mut inner, &mut hook)?;
        hook.updated = now;
        let body = self.json(&hook);
        if let Some(known) = inner.hooks.get_mut(place) {
            *known = hook;
        }
        Ok(Json(body))
    }

    fn json(&self, hook: &Hook) -> Value {
        let mut body = json!({
            "id": hook.id,
            "accountId": self.account(),
            "displayName": hook.display_name,
            "active": hook.active,
            "errorThreshold": hook.error_threshold,
            "webhookTopics": hook.topics.iter().map(topic_json).collect::<Vec<_>>(),
            "createdAt": hook.created,
            "updatedAt": hook.updated,
        });
        let optional = [
            ("url", hook.url.as_ref().map(|text| json!(text))),
            (
                "authorization",
                hook.authorization.as_ref().map(|text| json!(text)),
            ),
            (
                "contactEmail",
                hook.contact_email.as_ref().map(|text| json!(text)),
            ),
            ("integrationId", hook.integration_id.map(|id| json!(id))),
            (
                "lastDeliveryStatus",
                hook.last_delivery.map(|text| json!(text)),
            ),
        ];
        if let Some(fields) = body.as_object_mut() {
            for (name, value) in optional {
                if let Some(value) = value {
                    fields.insert(name.to_owned(), value);
                }
            }
        }
        body
    }
}

impl Pax8 {
    /// A webhook on every topic, as a person would make one in the portal.
    pub(crate) fn subscribe_to_all(&self, url: String, authorization: Option<String>) -> Uuid {
        let registry = self.webhooks();
        let mut inner = registry.lock();
        let mut topics = Vec::new();
        for known in matching::TOPICS {
            let id = registry.next_id(&mut inner);
            topics.push(Topic {
                id,
                name: known.topic.to_owned(),
                filters: Vec::new(),
            });
        }
        let id = registry.next_id(&mut inner);
        let now = at(self.now());
        inner.hooks.push(Hook {
            id,
            display_name: "Everything".to_owned(),
            url: Some(url),
            authorization,
            active: true,
            contact_email: None,
            error_threshold: 3,
            integration_id: None,
            topics,
            last_delivery: None,
            created: now.clone(),
            updated: now,
        });
        id
    }
}

fn topic_json(topic: &Topic) -> Value {
    json!({ "id": topic.id, "topic": topic.name, "filters": topic.filters })
}

fn invalid(message: String) -> Refusal {
    Refusal {
        status: 400,
        kind: "INVALID_PARAM",
        message,
    }
}
