//! A list by state with proposals to accept, and a page to decide about one record.

mod list;
mod record;

use std::collections::HashMap;

use serde::Deserialize;

pub use list::{ListPage, list_page};
pub use record::{Key, Ticked, Typed, record_page};

use super::Noun;
use crate::{
    db::ConnectionId,
    fault::Fault,
    features::mappings::{LinkState, store::Worth},
    http::Paging,
    ui::{Badge, Figure, Href},
};

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
    /// The sku, or the id that the MSP gave; often empty.
    pub own_id: String,
    pub state: String,
    pub target: Option<String>,
    pub target_key: Option<String>,
    pub target_href: Option<String>,
    pub score: i64,
    pub reason: String,
    pub version: i64,
    pub is_gone: bool,
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

impl Record {
    /// Its name, or its id until that has been read.
    pub fn title(&self) -> &str {
        if self.name.is_empty() {
            &self.external_id
        } else {
            &self.name
        }
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
