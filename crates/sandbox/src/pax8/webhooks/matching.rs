//! Topics, and whether a filter lets an event through.

use serde_json::{Value, json};

/// A topic one can subscribe to.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) topic: &'static str,
    name: &'static str,
    description: &'static str,
    actions: &'static [&'static str],
    fields: &'static [&'static str],
}

pub(super) const TOPICS: &[Definition] = &[
    Definition {
        topic: "SUBSCRIPTION",
        name: "Subscription",
        description: "A subscription was made or changed",
        actions: &["CREATED", "UPDATED"],
        fields: &["id", "companyId", "productId", "status"],
    },
    Definition {
        topic: "INVOICE",
        name: "Invoice",
        description: "An invoice is ready",
        actions: &["CREATED"],
        fields: &["id", "status"],
    },
];

pub(super) fn definition_json(known: &Definition) -> Value {
    let condition = |field: &&str| {
        json!({
            "field": field,
            "operator": ["EQUALS", "NOT_EQUALS", "IN", "NOT_IN", "CONTAINS"],
            "dataType": "string",
            "description": format!("The {field} of the record"),
            "value": "",
        })
    };
    let filter = |action: &&str| {
        json!({
            "action": action,
            "actionDisplayName": action.to_lowercase(),
            "description": known.description,
            "conditions": known.fields.iter().map(condition).collect::<Vec<_>>(),
        })
    };
    let nobody = uuid::Uuid::nil();
    json!({
        "topic": known.topic,
        "name": known.name,
        "description": known.description,
        "availableFilters": known.actions.iter().map(filter).collect::<Vec<_>>(),
        "samplePayload": {
            "accountId": nobody,
            "url": "https://partner.example/hooks/pax8",
            "webhookId": nobody,
            "sentAt": "2026-01-05T06:00:00.000Z",
            "webhookTopic": { "id": nobody, "topic": known.topic, "filters": [] },
            "payloadData": sample(known.topic),
        },
    })
}

/// What an event of a topic looks like.
pub(super) fn sample(topic: &str) -> Value {
    json!({ "id": uuid::Uuid::nil(), "type": if topic == "INVOICE" { "CREATED" } else { "Change" } })
}

/// Whether an event passes a topic's filters; no filter lets everything through.
pub(super) fn passes(filters: &[Value], action: &str, data: &Value) -> bool {
    filters.is_empty()
        || filters.iter().any(|filter| {
            let conditions = filter.get("conditions").and_then(Value::as_array);
            filter.get("action").and_then(Value::as_str) == Some(action)
                && conditions
                    .into_iter()
                    .flatten()
                    .all(|condition| holds(condition, data))
        })
}

fn holds(condition: &Value, data: &Value) -> bool {
    let text = |name: &str| {
        condition
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let found = match data.get(text("field")) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    let wanted: Vec<&str> = condition
        .get("value")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let first = wanted.first().copied().unwrap_or_default();
    match text("operator") {
        "EQUALS" => found == first,
        "NOT_EQUALS" => found != first,
        "IN" => wanted.contains(&found.as_str()),
        "NOT_IN" => !wanted.contains(&found.as_str()),
        "CONTAINS" => found.contains(first),
        "GREATER_THAN" => found.as_str() > first,
        "LESS_THAN" => found.as_str() < first,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_let_through_what_they_name() {
        let data = json!({ "id": "1", "status": "Active" });
        let filter = |operator: &str, value: &str| {
            vec![json!({
                "action": "UPDATED",
                "conditions": [{ "field": "status", "operator": operator, "value": [value] }],
            })]
        };
        assert!(passes(&[], "UPDATED", &data));
        assert!(passes(&filter("EQUALS", "Active"), "UPDATED", &data));
        assert!(!passes(&filter("EQUALS", "Active"), "CREATED", &data));
        assert!(!passes(&filter("NOT_IN", "Active"), "UPDATED", &data));
        assert!(passes(&filter("CONTAINS", "Act"), "UPDATED", &data));
    }
}
