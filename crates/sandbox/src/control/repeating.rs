//! Repeating invoices, set up and ended as the MSP's bookkeeper would inside Xero.

use anyhow::{Context as _, bail};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{Control, refused};
use crate::journal::Deed;
use crate::xero::{Currency, Document, Line, LineAmounts, Repeating, Status, Unit};

/// A template as somebody sets it up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    pub contact_id: Uuid,
    pub unit: Unit,
    pub every: u32,
    pub starts_on: NaiveDate,
    pub ends_on: Option<NaiveDate>,
    /// Whether its invoices begin as drafts.
    #[serde(default)]
    pub is_draft: bool,
    #[serde(default)]
    pub is_inclusive: bool,
    #[serde(default)]
    pub reference: String,
    /// Pounds where it is not said.
    pub currency: Option<String>,
    pub lines: Vec<RepeatLine>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepeatLine {
    pub description: String,
    pub quantity: Decimal,
    pub unit_price: Decimal,
    pub item_code: Option<String>,
}

impl Repeat {
    fn lines(&self) -> Vec<Line> {
        let line = |line: &RepeatLine| {
            let sold = Line::new(&line.description, line.quantity, line.unit_price);
            let sold = sold.posted_to("200", "OUTPUT2");
            match &line.item_code {
                Some(code) => sold.item(code),
                None => sold,
            }
        };
        self.lines.iter().map(line).collect()
    }
}

impl Control {
    /// Sets up a repeating invoice; its id.
    ///
    /// # Errors
    /// When the contact or the currency does not exist.
    pub async fn repeat(&self, repeat: Repeat) -> anyhow::Result<Uuid> {
        let change = async |now| {
            let id = self.add_repeat(&repeat, now)?;
            Ok((id, Deed::XeroRepeats(repeat)))
        };
        self.changing(change, TimeDelta::zero()).await
    }

    pub(crate) fn add_repeat(&self, repeat: &Repeat, now: DateTime<Utc>) -> anyhow::Result<Uuid> {
        let mut books = self.books().context("no organisation")?;
        let contact = books.contact_by_id(repeat.contact_id);
        let contact = contact.context("no contact has this id")?;
        let code = repeat.currency.as_deref().unwrap_or("GBP");
        let currency = Currency::parse(code).context("an unknown currency")?;
        let start = repeat.starts_on;
        let due = start + TimeDelta::days(14);
        let document = Document {
            reference: books.text(&repeat.reference),
            status: if repeat.is_draft {
                Status::Draft
            } else {
                Status::Authorised
            },
            line_amounts: if repeat.is_inclusive {
                LineAmounts::Inclusive
            } else {
                LineAmounts::Exclusive
            },
            currency,
            lines: repeat.lines(),
            updated: now,
            ..Document::sale(contact, "", start, due)
        };
        Ok(books.add_repeating(Repeating {
            document,
            unit: repeat.unit,
            every: repeat.every,
            ends_on: repeat.ends_on,
        })?)
    }

    /// Ends one.
    ///
    /// # Errors
    /// When there is none under this id.
    pub async fn end_repeat(&self, id: Uuid) -> anyhow::Result<()> {
        let change = async |_| {
            self.drop_repeat(id)?;
            Ok(((), Deed::XeroRepeatEnded { id }))
        };
        self.changing(change, TimeDelta::zero()).await
    }

    pub(crate) fn drop_repeat(&self, id: Uuid) -> anyhow::Result<()> {
        let mut books = self.books().context("no organisation")?;
        if !books.end_repeating(id) {
            bail!("no repeating invoice has this id");
        }
        Ok(())
    }
}

pub(super) async fn add(State(control): State<Control>, body: Bytes) -> Response {
    let repeat = match serde_json::from_slice::<Repeat>(&body) {
        Ok(repeat) => repeat,
        Err(error) => return refused(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match control.repeat(repeat).await {
        Ok(id) => Json(json!({ "id": id })).into_response(),
        Err(error) => refused(StatusCode::BAD_REQUEST, &format!("{error:#}")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ended {
    id: Uuid,
}

pub(super) async fn end(State(control): State<Control>, body: Bytes) -> Response {
    let ended = match serde_json::from_slice::<Ended>(&body) {
        Ok(ended) => ended,
        Err(error) => return refused(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    match control.end_repeat(ended.id).await {
        Ok(()) => Json(json!({ "id": ended.id })).into_response(),
        Err(error) => refused(StatusCode::BAD_REQUEST, &format!("{error:#}")),
    }
}
