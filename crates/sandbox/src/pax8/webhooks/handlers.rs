//! Making, changing and listing webhooks, and reading the log of what was told.

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::page::{Query, id};
use super::super::{Answered, Pax8, Refusal, at};
use super::{Hook, Log, NewTopic, delivery, invalid, matching};

const LARGEST_THRESHOLD: u32 = 20;

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
#[serde(rename_all = "camelCase")]
struct Configuration {
    display_name: Option<String>,
    url: Option<String>,
    authorization: Option<String>,
    contact_email: Option<String>,
    error_threshold: Option<u32>,
}

pub(in crate::pax8) fn router() -> Router<Pax8> {
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
        .filter(|hook| topic.is_none_or(|topic| hook.topics.iter().any(|of| of.name == topic)))
        .cloned()
        .collect();
    query.page(&hooks, |hook| registry.json(hook))
}

async fn create(State(pax8): State<Pax8>, bytes: Bytes) -> Answered {
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

async fn configure(State(pax8): State<Pax8>, Path(text): Path<String>, bytes: Bytes) -> Answered {
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

async fn switch(State(pax8): State<Pax8>, Path(text): Path<String>, bytes: Bytes) -> Answered {
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

async fn add_topic(State(pax8): State<Pax8>, Path(text): Path<String>, bytes: Bytes) -> Answered {
    let new: NewTopic = body(&bytes)?;
    pax8.webhooks()
        .change(&text, at(pax8.now()), |registry, inner, hook| {
            if hook.topics.iter().any(|known| known.name == new.topic) {
                return Err(invalid(format!("Topic {} is already there", new.topic)));
            }
            hook.topics.extend(registry.topics(inner, vec![new])?);
            Ok(())
        })
}

async fn replace_topics(
    State(pax8): State<Pax8>,
    Path(text): Path<String>,
    bytes: Bytes,
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
    bytes: Bytes,
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
