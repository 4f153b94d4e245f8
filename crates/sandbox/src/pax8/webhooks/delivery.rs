//! Telling: the POST, its retries up to the webhook's threshold, and the log of both.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::page::id;
use super::super::{Answered, Pax8, Refusal, at};
use super::{Hook, LOGS, Log, Topic, invalid, matching, topic_json};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Something that happened, as a topic tells it.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) topic: &'static str,
    pub(crate) action: &'static str,
    pub(crate) data: Value,
}

impl Pax8 {
    /// Tells every active webhook that asked for it; returns how many accepted.
    pub(crate) async fn announce(&self, client: &reqwest::Client, event: &Event) -> usize {
        let hooks: Vec<(Hook, Topic)> = {
            let inner = self.webhooks().lock();
            let active = inner.hooks.iter().filter(|hook| hook.active);
            active
                .flat_map(|hook| hook.topics.iter().map(move |topic| (hook, topic)))
                .filter(|(_, topic)| topic.name == event.topic)
                .filter(|(_, topic)| matching::passes(&topic.filters, event.action, &event.data))
                .map(|(hook, topic)| (hook.clone(), topic.clone()))
                .collect()
        };
        let mut accepted = 0;
        for (hook, topic) in hooks {
            let payload = self.payload(&hook, &topic, &event.data);
            if self.deliver(client, &hook, &topic.name, payload).await {
                accepted += 1;
            }
        }
        accepted
    }

    fn payload(&self, hook: &Hook, topic: &Topic, data: &Value) -> Value {
        json!({
            "accountId": self.webhooks().account(),
            "url": hook.url,
            "webhookId": hook.id,
            "sentAt": at(self.now()),
            "webhookTopic": topic_json(topic),
            "payloadData": data,
        })
    }

    async fn deliver(
        &self,
        client: &reqwest::Client,
        hook: &Hook,
        topic: &str,
        payload: Value,
    ) -> bool {
        let mut calls = Vec::new();
        let mut is_accepted = false;
        for _ in 0..hook.error_threshold.max(1) {
            let outcome = post_once(client, hook, &payload).await;
            is_accepted = matches!(outcome, Ok(status) if (200..300).contains(&status));
            calls.push(self.call_json(&outcome, &payload));
            if is_accepted {
                break;
            }
        }
        let status = if is_accepted { "SUCCESS" } else { "FAILED" };
        self.log(hook, topic, status, calls, payload);
        is_accepted
    }

    fn call_json(&self, outcome: &Result<u16, String>, payload: &Value) -> Value {
        let mut inner = self.webhooks().lock();
        let id = self.webhooks().next_delivery_id(&mut inner);
        let mut call = json!({ "id": id, "timestamp": at(self.now()), "payload": payload });
        let (status, name, value) = match outcome {
            Ok(code) if (200..300).contains(code) => ("SUCCESS", "httpStatusCode", json!(code)),
            Ok(code) => ("FAILED", "httpStatusCode", json!(code)),
            Err(error) => ("FAILED", "errorMessage", json!(error)),
        };
        if let Some(fields) = call.as_object_mut() {
            fields.insert("status".to_owned(), json!(status));
            fields.insert(name.to_owned(), value);
        }
        call
    }

    fn log(
        &self,
        hook: &Hook,
        topic: &str,
        status: &'static str,
        calls: Vec<Value>,
        payload: Value,
    ) {
        let registry = self.webhooks();
        let mut inner = registry.lock();
        let id = registry.next_delivery_id(&mut inner);
        if inner.logs.len() >= LOGS {
            inner.logs.pop_front();
        }
        inner.logs.push_back(Log {
            id,
            hook: hook.id,
            name: hook.display_name.clone(),
            topic: topic.to_owned(),
            status,
            calls,
            payload,
            created: at(self.now()),
        });
        if let Some(known) = inner.hooks.iter_mut().find(|known| known.id == hook.id) {
            known.last_delivery = Some(status);
        }
    }

    fn hook(&self, text: &str) -> Result<Hook, Refusal> {
        let wanted: Uuid = id(text)?;
        let inner = self.webhooks().lock();
        let found = inner.hooks.iter().find(|hook| hook.id == wanted).cloned();
        found.ok_or_else(|| Refusal::not_found("Webhook", text))
    }
}

async fn post_once(client: &reqwest::Client, hook: &Hook, payload: &Value) -> Result<u16, String> {
    let Some(url) = &hook.url else {
        return Err("The webhook has no url".to_owned());
    };
    let mut request = client.post(url).timeout(TIMEOUT).json(payload);
    if let Some(authorization) = &hook.authorization {
        request = request.header(reqwest::header::AUTHORIZATION, authorization);
    }
    let reply = request.send().await.map_err(|error| error.to_string())?;
    Ok(reply.status().as_u16())
}

/// Sends a topic's sample, whether or not the webhook is active.
pub(super) async fn test(
    State(pax8): State<Pax8>,
    Path((text, topic)): Path<(String, String)>,
) -> Answered {
    let hook = pax8.hook(&text)?;
    let found = hook
        .topics
        .iter()
        .find(|known| known.name == topic)
        .cloned();
    let found = found.ok_or_else(|| Refusal::not_found("Webhook Topic", &topic))?;
    let url = hook
        .url
        .clone()
        .ok_or_else(|| invalid("The webhook has no url".to_owned()))?;
    let payload = pax8.payload(&hook, &found, &matching::sample(&topic));
    let client = crate::client().map_err(|error| Refusal::bad_request(error.to_string()))?;
    pax8.deliver(&client, &hook, &topic, payload.clone()).await;
    Ok(Json(json!({
        "url": url,
        "webhook": pax8.webhooks().json(&hook),
        "samplePayload": payload,
    })))
}

pub(super) async fn retry(
    State(pax8): State<Pax8>,
    Path((text, log)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    let hook = pax8.hook(&text)?;
    let wanted = id(&log)?;
    let known = {
        let inner = pax8.webhooks().lock();
        inner.logs.iter().find(|known| known.id == wanted).cloned()
    };
    let known = known.ok_or_else(|| Refusal::not_found("Webhook Log", &log))?;
    let client = crate::client().map_err(|error| Refusal::bad_request(error.to_string()))?;
    pax8.deliver(&client, &hook, &known.topic, known.payload)
        .await;
    Ok(StatusCode::ACCEPTED)
}
