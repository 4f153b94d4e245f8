//! The two mapping pages, companies and products, as one: a list by state with proposals to
//! accept, and a page to decide about one record.

use std::collections::HashMap;

use askama::Template;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{
    LinkInput, LinkState,
    store::{PastDecision, Worth},
};
use crate::{
    db::ConnectionId,
    fault::Fault,
    features::connections::vendor_title,
    http::{Paging, Permission, Who},
    ui::{
        Badge, Event, Field, Figure, Href, Moment, Nav, Pager, Shell, Tabs, Timeline, Tone, View,
        format,
    },
};

/// What differs between the two.
pub struct Noun {
    pub path: &'static str,
    pub nav: Nav,
    pub title: &'static str,
    pub lead: &'static str,
    /// A record of the vendor: company, product.
    pub record: &'static str,
    pub records: &'static str,
    /// What it is mapped to: client, item.
    pub target: &'static str,
    pub target_hint: &'static str,
    /// Where one makes a target that is not there yet.
    pub create: &'static str,
    pub nothing: &'static str,
}

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub q: String,
    pub state: String,
    /// The client's or item's id.
    pub client: String,
    pub item: String,
    #[serde(flatten)]
    pub paging: Paging,
}

impl Asked {
    pub fn href(&self, noun: &Noun) -> Href {
        Href::to(noun.path)
            .with("q", &self.q)
            .with("state", &self.state)
            .with("client", &self.client)
            .with("item", &self.item)
    }

    pub fn state(&self) -> Result<Option<String>, Fault> {
        if self.state.is_empty() {
            return Ok(None);
        }
        let state: LinkState = self.state.parse()?;
        Ok(Some(state.as_str().to_owned()))
    }
}

/// A vendor record as both pages show it.
pub struct Record {
    pub connection: ConnectionId,
    pub vendor: String,
    pub external_id: String,
    /// The vendor's name for it; empty until it has been read.
    pub name: String,
    /// A second line: sku, domains, the MSP's own id.
    pub about: String,
    pub state: String,
    pub target: Option<String>,
    pub target_key: Option<String>,
    pub target_href: Option<String>,
    pub score: i64,
    pub reason: String,
    pub version: i64,
    pub is_gone: bool,
}

#[derive(Template)]
#[template(path = "features/mappings/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    noun: &'static Noun,
    tabs: Tabs,
    search: Field,
    rows: Vec<Row>,
    is_filtered: bool,
    may_work: bool,
    has_suggestions: bool,
    pager: Pager,
}

struct Row {
    href: String,
    /// What the bulk form sends.
    key: String,
    is_suggested: bool,
    name: String,
    vendor: String,
    about: String,
    badge: Badge,
    target: Option<String>,
    reason: String,
    worth: Option<Figure>,
}

/// What unmapped records are worth, by `vendor:id`.
pub struct Worths(HashMap<String, (i64, String)>);

impl Worths {
    pub fn of(rows: Vec<Worth>) -> Self {
        Self(
            rows.into_iter()
                .map(|row| (row.subject, (row.impact_minor, row.currency)))
                .collect(),
        )
    }

    fn find(&self, record: &Record) -> Option<Figure> {
        let key = format!("{}:{}", record.vendor, record.external_id);
        let (minor, currency) = self.0.get(&key)?;
        Some(Figure::new(*minor, currency).per("a month"))
    }
}

/// The list.
#[expect(
    clippy::too_many_arguments,
    reason = "one argument for each thing the page shows"
)]
pub fn list_page(
    shell: Shell,
    who: &Who,
    noun: &'static Noun,
    asked: &Asked,
    counts: &[(String, i64)],
    records: Vec<Record>,
    worths: &Worths,
    next_cursor: Option<&str>,
) -> View<ListPage> {
    let rows: Vec<Row> = records
        .into_iter()
        .map(|record| row(noun, record, worths))
        .collect();
    let shown = format::counted(rows.len() as u64, noun.record, noun.records);
    View(ListPage {
        shell: shell.titled(noun.title, noun.nav),
        noun,
        tabs: tabs(noun, asked, counts),
        search: Field::search("q", "Name").value(&asked.q),
        is_filtered: asked.href(noun) != Href::to(noun.path),
        may_work: who.may(Permission::Work),
        has_suggestions: rows.iter().any(|row| row.is_suggested),
        rows,
        pager: Pager {
            shown,
            first: asked
                .paging
                .cursor
                .as_ref()
                .map(|_| asked.href(noun).into()),
            next: next_cursor.map(|cursor| asked.href(noun).with("cursor", cursor).into()),
            csv: Some(asked.href(noun).at(format!("{}.csv", noun.path)).into()),
        },
    })
}

fn tabs(noun: &Noun, asked: &Asked, counts: &[(String, i64)]) -> Tabs {
    let count = |word: &str| {
        let found = counts.iter().find(|(state, _)| state == word);
        Some(found.map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0)))
    };
    let href = |word: &str| asked.href(noun).with("state", word);
    let tabs = Tabs::new("State").tab("All", href(""), None, asked.state.is_empty());
    [
        ("suggested", "Suggested"),
        ("unmapped", "Unmapped"),
        ("mapped", "Mapped"),
        ("ignored", "Ignored"),
    ]
    .into_iter()
    .fold(tabs, |tabs, (word, title)| {
        tabs.tab(title, href(word), count(word), asked.state == word)
    })
}

fn row(noun: &Noun, record: Record, worths: &Worths) -> Row {
    let is_open = matches!(record.state.as_str(), "suggested" | "unmapped");
    Row {
        href: record_href(noun, record.connection, &record.external_id),
        key: format!(
            "{}|{}|{}",
            record.connection, record.version, record.external_id
        ),
        is_suggested: record.state == "suggested",
        worth: worths.find(&record).filter(|_| is_open),
        badge: badge(&record),
        name: named(&record),
        vendor: vendor_title(&record.vendor).to_owned(),
        about: record.about,
        target: record.target,
        reason: record.reason,
    }
}

fn named(record: &Record) -> String {
    if record.name.is_empty() {
        record.external_id.clone()
    } else {
        record.name.clone()
    }
}

fn badge(record: &Record) -> Badge {
    match record.state.as_str() {
        "mapped" => Badge::good("Mapped"),
        "suggested" => Badge::info(format!("Suggested, {} %", record.score)),
        "ignored" => Badge::neutral("Ignored"),
        _ => Badge::risk("Unmapped"),
    }
}

fn record_href(noun: &Noun, connection: ConnectionId, external_id: &str) -> String {
    Href::to(format!("{}/record", noun.path))
        .with("connection", connection.to_string())
        .with("external_id", external_id)
        .into()
}

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
    /// What is decided; the target goes into `client` or `item` by the page's own hand.
    pub fn input(&self) -> LinkInput {
        let maps = self.state == "mapped";
        LinkInput {
            connection: self.connection.clone(),
            external_id: self.external_id.clone(),
            client: None,
            item: None,
            state: Some(self.state.clone()),
            reason: (!maps).then(|| self.reason.clone()),
            version: Some(self.version),
        }
    }

    /// The target as typed: its key, with or without the name behind it.
    pub fn target_key(&self) -> String {
        let key = self.target.split(" · ").next().unwrap_or_default();
        key.trim().to_owned()
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
    let name = named(&record);
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
        when: Moment::instant(row.at.0, who.time_zone),
        by: if row.person.is_empty() {
            "BillingOne".to_owned()
        } else {
            row.person
        },
        title,
        detail: after("reason").unwrap_or_default(),
    }
}
