//! One record and the decision about it.

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{Noun, Record, Worths, badge};
use crate::{
    db::ConnectionId,
    fault::Fault,
    features::{
        connections::vendor_title,
        mappings::{LinkInput, store::PastDecision},
    },
    http::{Permission, Who},
    ui::{Badge, Event, Field, Figure, Moment, Shell, Timeline, Tone, View},
};

/// Which record is looked at.
#[derive(Debug, Clone, Deserialize)]
pub struct Key {
    pub connection: ConnectionId,
    pub external_id: String,
}

/// A decision as a browser sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    pub connection: String,
    pub external_id: String,
    pub version: i64,
    /// mapped | unmapped | ignored
    pub state: String,
    pub target: String,
    pub reason: String,
}

impl Typed {
    /// What is decided, but for the target.
    pub fn input(&self) -> LinkInput {
        LinkInput {
            connection: self.connection.clone(),
            external_id: self.external_id.clone(),
            state: Some(self.state.clone()),
            reason: (!self.maps()).then(|| self.reason.clone()),
            version: Some(self.version),
            ..LinkInput::default()
        }
    }

    fn maps(&self) -> bool {
        self.state == "mapped"
    }

    /// The target as typed: its key, with or without the name behind it.
    pub fn target_key(&self) -> Option<String> {
        let key = self.target.split(" · ").next().unwrap_or_default();
        self.maps().then(|| key.trim().to_owned())
    }

    /// The record it is about.
    pub fn key(&self) -> Result<Key, Fault> {
        let connection = self.connection.parse();
        Ok(Key {
            connection: connection.map_err(|_| Fault::NotFound("this record"))?,
            external_id: self.external_id.clone(),
        })
    }
}

/// Ticked suggestions.
#[derive(Debug, Default, Deserialize)]
pub struct Ticked {
    #[serde(default)]
    pub record: Vec<String>,
}

impl Ticked {
    /// Connection, version and vendor id of each.
    pub fn keys(&self) -> Result<Vec<(ConnectionId, i64, String)>, Fault> {
        self.record
            .iter()
            .map(|key| {
                let mut parts = key.splitn(3, '|');
                let connection = parts.next().and_then(|text| text.parse().ok());
                let version = parts.next().and_then(|text| text.parse().ok());
                match (connection, version, parts.next()) {
                    (Some(connection), Some(version), Some(id)) => {
                        Ok((connection, version, id.to_owned()))
                    }
                    _ => Err(Fault::invalid(
                        "bad_record",
                        "tick the records on the page again",
                    )),
                }
            })
            .collect()
    }
}

#[derive(Template)]
#[template(path = "features/mappings/templates/record.html")]
pub struct RecordPage {
    shell: Shell,
    noun: &'static Noun,
    record: Record,
    name: String,
    badge: Badge,
    worth: Option<Figure>,
    target: Field,
    reason: Field,
    /// Key and name of everything it may be mapped to.
    targets: Vec<(String, String)>,
    problem: Option<String>,
    may_work: bool,
    history: Timeline,
}

/// The page about one record, with what is wrong about a decision that was refused.
#[expect(
    clippy::too_many_arguments,
    reason = "one argument for each thing the page shows"
)]
pub fn record_page(
    shell: Shell,
    who: &Who,
    noun: &'static Noun,
    record: Record,
    worths: &Worths,
    targets: Vec<(String, String)>,
    past: Vec<PastDecision>,
    refused: Option<(&Typed, &Fault)>,
) -> Response {
    let wrong = refused.map(|(_, fault)| fault.fields()).unwrap_or_default();
    let error = |names: [&str; 2]| names.iter().find_map(|name| wrong.get(*name).cloned());
    let typed_target = refused.map(|(typed, _)| typed.target.clone());
    let suggestion = record.target_key.clone().unwrap_or_default();
    let target = Field::text("target", noun.target)
        .value(typed_target.unwrap_or(suggestion))
        .hint(noun.target_hint)
        .error(error(["client", "item"]))
        .list("targets")
        .required();
    let reason = Field::text("reason", "Reason")
        .value(
            refused
                .map(|(typed, _)| typed.reason.clone())
                .unwrap_or_default(),
        )
        .error(error(["reason", "reason"]))
        .hint("Why it never matters, for whoever asks later.")
        .required();
    let name = record.title().to_owned();
    let status = refused.map_or(axum::http::StatusCode::OK, |(_, fault)| fault.status());
    let page = RecordPage {
        shell: shell.titled(name.clone(), noun.nav),
        noun,
        badge: badge(&record),
        worth: worths.find(&record),
        name,
        target,
        reason,
        targets,
        problem: refused.map(|(_, fault)| fault.to_string()),
        may_work: who.may(Permission::Work),
        history: Timeline {
            events: past.into_iter().map(|row| event(row, who)).collect(),
        },
        record: Record {
            vendor: vendor_title(&record.vendor).to_owned(),
            ..record
        },
    };
    (status, View(page)).into_response()
}

fn event(row: PastDecision, who: &Who) -> Event {
    let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
    let after = |name: &str| {
        let value = detail.pointer(&format!("/after/{name}"));
        value.and_then(|value| value.as_str()).map(str::to_owned)
    };
    let target = after("client_name").or_else(|| after("item_name"));
    let (tone, title) = match (after("state").as_deref(), target) {
        (Some("mapped"), Some(target)) => (Tone::Good, format!("Mapped to {target}")),
        (Some("ignored"), _) => (Tone::Neutral, "Ignored".to_owned()),
        (Some(_), _) => (Tone::Risk, "Unlinked".to_owned()),
        (None, _) => (Tone::Good, "Mapped by its own id".to_owned()),
    };
    Event {
        tone,
        when: Moment::instant(row.at.0, who.zone),
        by: if row.person.is_empty() {
            "BillingOne".to_owned()
        } else {
            row.person
        },
        title,
        detail: after("reason").unwrap_or_default(),
    }
}
