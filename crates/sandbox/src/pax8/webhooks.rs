//! The webhooks API: who wants to be told of what, and what was told.
//!
//! Pax8 signs nothing. It sends back the `authorization` it was given, verbatim.

pub(crate) mod delivery;
mod matching;

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::page::{Query, id};
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
    topic: String,
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
#[serde(rename_all = "camelCase")]
struct NewHook {
    display_name: String,
    url: Option<String>,
    authorization: Option<String>,
    #[serde(default)]
    active: bool,
    contact_email: Option<String>,
    error_threshold: Option<u32>,
    integration_id: Option<Uuid>,
    #[serde(default)]
    webhook_topics: Vec<NewTopic>,
}

#[derive(Deserialize)]
struct NewTopic {
    topic: String,
    filters: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    display_name: Option<String>,
    url: Option<String>,
    authorization: Option<String>,
    contact_email: Option<String>,
    error_threshold: Option<u32>,
}

const LARGEST_THRESHOLD: u32 = 20;

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

    fn topics(&self, inner: &mut Inner, wanted: Vec<NewTopic>) -> Result<Vec<Topic>, Refusal> {
        let mut topics: Vec<Topic> = Vec::new();
        for new in wanted {
            if !matching::TOPICS
                .iter()
                .any(|known| known.topic == new.topic)
            {
                return Err(invalid(format!("Unknown topic {}", new.topic)));
            }
            if topics.iter().any(|known| known.topic == new.topic) {
                return Err(invalid(format!("Topic {} is given twice", new.topic)));
            }
            let id = self.next_id(inner);
            topics.push(Topic {
                id,
                topic: new.topic,
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
                topic: known.topic.to_owned(),
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
    json!({ "id": topic.id, "topic": topic.topic, "filters": topic.filters })
}

fn invalid(message: String) -> Refusal {
    Refusal {
        status: 400,
        kind: "INVALID_PARAM",
        message,
    }
}

pub(super) fn router() -> Router<Pax8> {
    Router::new()
        .route("/webhooks", get(list).post(create))
        .route("/webhooks/topic-definitions", get(definitions))
        .route("/webhooks/{id}", get(show).delete(remove))
        .route("/webhooks/{id}/configuration", post(configure))
        .route("/webhooks/{id}/status", post(switch))
        .route("/webhooks/{id}/topics", post(add_topic).put(replace_topics))
        .route("/webhooks/{id}/topics/{topic}", delete(remove_topic))
        .route(
            "/webhooks/{id}/topics/{topic}/configuration",
            post(configure_topic),
        )
        .route("/webhooks/{id}/topics/{topic}/test", post(delivery::test))
        .route("/webhooks/{id}/logs", get(logs))
        .route("/webhooks/{id}/logs/{log}", get(log))
        .route("/webhooks/{id}/logs/{log}/retry", post(delivery::retry))
}

/// The JSON body of a write, or why it is none.
fn body<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| Refusal::bad_request(error.to_string()))
}

async fn list(State(pax8): State<Pax8>, query: Query) -> Answered {
    let registry = pax8.webhooks();
    let active = query.flag("active")?;
    let topic = query.text("topic");
    let hooks: Vec<Hook> = registry
        .lock()
        .hooks
        .iter()
        .filter(|hook| active.is_none_or(|active| hook.active == active))
        .filter(|hook| topic.is_none_or(|topic| hook.topics.iter().any(|of| of.topic == topic)))
        .cloned()
        .collect();
    query.page(&hooks, |hook| registry.json(hook))
}

async fn create(State(pax8): State<Pax8>, bytes: axum::body::Bytes) -> Answered {
    let registry = pax8.webhooks();
    let new: NewHook = body(&bytes)?;
    let error_threshold = new.error_threshold.unwrap_or(3);
    if error_threshold > LARGEST_THRESHOLD {
        return Err(invalid(format!(
            "errorThreshold is at most {LARGEST_THRESHOLD}"
        )));
    }
    let mut inner = registry.lock();
    let topics = registry.topics(&mut inner, new.webhook_topics)?;
    let now = at(pax8.now());
    let hook = Hook {
        id: registry.next_id(&mut inner),
        display_name: new.display_name,
        url: new.url,
        authorization: new.authorization,
        active: new.active,
        contact_email: new.contact_email,
        error_threshold,
        integration_id: new.integration_id,
        topics,
        last_delivery: None,
        created: now.clone(),
        updated: now,
    };
    let body = registry.json(&hook);
    inner.hooks.push(hook);
    Ok(Json(body))
}

async fn show(State(pax8): State<Pax8>, Path(text): Path<String>) -> Answered {
    let registry = pax8.webhooks();
    let wanted = id(&text)?;
    let inner = registry.lock();
    let hook = inner.hooks.iter().find(|hook| hook.id == wanted);
    let hook = hook.ok_or_else(|| Refusal::not_found("Webhook", &text))?;
    Ok(Json(registry.json(hook)))
}

async fn remove(State(pax8): State<Pax8>, Path(text): Path<String>) -> Result<StatusCode, Refusal> {
    let wanted = id(&text)?;
    let mut inner = pax8.webhooks().lock();
    let before = inner.hooks.len();
    inner.hooks.retain(|hook| hook.id != wanted);
    if inner.hooks.len() == before {
        return Err(Refusal::not_found("Webhook", &text));
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn configure(
    State(pax8): State<Pax8>,
    Path(text): Path<String>,
    bytes: axum::body::Bytes,
) -> Answered {
    let new: Configuration = body(&bytes)?;
    pax8.webhooks().change(&text, at(pax8.now()), |_, _, hook| {
        if new
            .error_threshold
            .is_some_and(|threshold| threshold > LARGEST_THRESHOLD)
        {
            return Err(invalid(format!(
                "errorThreshold is at most {LARGEST_THRESHOLD}"
            )));
        }
        hook.display_name = new
            .display_name
            .unwrap_or_else(|| hook.display_name.clone());
        hook.url = new.url.or(hook.url.take());
        hook.authorization = new.authorization.or(hook.authorization.take());
        hook.contact_email = new.contact_email.or(hook.contact_email.take());
        hook.error_threshold = new.error_threshold.unwrap_or(hook.error_threshold);
        Ok(())
    })
}

async fn switch(
    State(pax8): State<Pax8>,
    Path(text): Path<String>,
    bytes: axum::body::Bytes,
) -> Answered {
    #[derive(Deserialize)]
    struct Status {
        active: bool,
    }
    let new: Status = body(&bytes)?;
    pax8.webhooks().change(&text, at(pax8.now()), |_, _, hook| {
        if new.active && hook.url.is_none() {
            return Err(invalid(
                "A webhook without a url cannot be active".to_owned(),
            ));
        }
        hook.active = new.active;
        Ok(())
    })
}

async fn add_topic(
    State(pax8): State<Pax8>,
    Path(text): Path<String>,
    bytes: axum::body::Bytes,
) -> Answered {
    let new: NewTopic = body(&bytes)?;
    pax8.webhooks()
        .change(&text, at(pax8.now()), |registry, inner, hook| {
            if hook.topics.iter().any(|known| known.topic == new.topic) {
                return Err(invalid(format!("Topic {} is already there", new.topic)));
            }
            hook.topics.extend(registry.topics(inner, vec![new])?);
            Ok(())
        })
}

async fn replace_topics(
    State(pax8): State<Pax8>,
    Path(text): Path<String>,
    bytes: axum::body::Bytes,
) -> Answered {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Topics {
        webhook_topics: Vec<NewTopic>,
    }
    let new: Topics = body(&bytes)?;
    pax8.webhooks()
        .change(&text, at(pax8.now()), |registry, inner, hook| {
            hook.topics = registry.topics(inner, new.webhook_topics)?;
            Ok(())
        })
}

async fn remove_topic(
    State(pax8): State<Pax8>,
    Path((text, topic)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let wanted = id(&topic)?;
    let _left = pax8
        .webhooks()
        .change(&text, at(pax8.now()), |_, _, hook| {
            let before = hook.topics.len();
            hook.topics.retain(|known| known.id != wanted);
            if hook.topics.len() == before {
                return Err(Refusal::not_found("Webhook Topic", &topic));
            }
            Ok(())
        })?;
    Ok(StatusCode::NO_CONTENT)
}

async fn configure_topic(
    State(pax8): State<Pax8>,
    Path((text, topic)): Path<(String, String)>,
    bytes: axum::body::Bytes,
) -> Answered {
    #[derive(Deserialize)]
    struct Filters {
        filters: Vec<Value>,
    }
    let new: Filters = body(&bytes)?;
    let wanted = id(&topic)?;
    pax8.webhooks().change(&text, at(pax8.now()), |_, _, hook| {
        let known = hook.topics.iter_mut().find(|known| known.id == wanted);
        let known = known.ok_or_else(|| Refusal::not_found("Webhook Topic", &topic))?;
        known.filters = new.filters;
        Ok(())
    })
}

async fn definitions(query: Query) -> Answered {
    let found: Vec<&matching::Definition> = matching::TOPICS
        .iter()
        .filter(|known| query.text("topic").is_none_or(|topic| known.topic == topic))
        .collect();
    let Json(paged) = query.page(&found, |known| matching::definition_json(known))?;
    // This list alone has its page's numbers beside the content.
    let of = |name: &str| paged.get("page").and_then(|page| page.get(name)).cloned();
    Ok(Json(json!({
        "content": paged.get("content"),
        "number": of("number"),
        "size": of("size"),
        "totalElements": of("totalElements"),
        "totalPages": of("totalPages"),
    })))
}

async fn logs(State(pax8): State<Pax8>, Path(text): Path<String>, query: Query) -> Answered {
    let wanted = id(&text)?;
    let status = query.text("status");
    let topic = query.text("topicName");
    let logs: Vec<Log> = pax8
        .webhooks()
        .lock()
        .logs
        .iter()
        .rev()
        .filter(|log| log.hook == wanted)
        .filter(|log| status.is_none_or(|status| log.status == status))
        .filter(|log| topic.is_none_or(|topic| log.topic == topic))
        .cloned()
        .collect();
    query.page(&logs, log_json)
}

async fn log(State(pax8): State<Pax8>, Path((text, log)): Path<(String, String)>) -> Answered {
    let (hook, wanted) = (id(&text)?, id(&log)?);
    let inner = pax8.webhooks().lock();
    let found = inner
        .logs
        .iter()
        .find(|known| known.hook == hook && known.id == wanted);
    let found = found.ok_or_else(|| Refusal::not_found("Webhook Log", &log))?;
    Ok(Json(log_json(found)))
}

fn log_json(log: &Log) -> Value {
    json!({
        "id": log.id,
        "webhookId": log.hook,
        "webhookName": log.name,
        "finalStatus": log.status,
        "callHistory": log.calls,
        "createdAt": log.created,
    })
}
