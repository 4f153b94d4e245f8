//! Paging, sorting and filters as Pax8 reads them from the query.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::NaiveDate;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

use super::{Answered, Refusal};
use crate::faults::Asked;

/// The query of a request, and what faults want done to its page.
pub(super) struct Query {
    fields: HashMap<String, String>,
    pub(super) asked: Asked,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let query = parts.uri.query().unwrap_or_default();
        let fields = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let asked = parts.extensions.get::<Asked>().copied().unwrap_or_default();
        Ok(Self { fields, asked })
    }
}

const DEFAULT_SIZE: usize = 10;
const LARGEST_SIZE: usize = 200;

impl Query {
    pub(super) fn text(&self, field: &str) -> Option<&str> {
        self.fields
            .get(field)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    pub(super) fn id(&self, field: &str) -> Result<Option<Uuid>, Refusal> {
        self.text(field).map(id).transpose()
    }

    pub(super) fn date(&self, field: &str) -> Result<Option<NaiveDate>, Refusal> {
        let read = |text: &str| {
            text.parse::<NaiveDate>()
                .map_err(|_| Refusal::bad_request(format!("{field} is not a date: {text}")))
        };
        self.text(field).map(read).transpose()
    }

    pub(super) fn flag(&self, field: &str) -> Result<Option<bool>, Refusal> {
        let read = |text: &str| {
            text.parse::<bool>()
                .map_err(|_| Refusal::bad_request(format!("{field} is true or false: {text}")))
        };
        self.text(field).map(read).transpose()
    }

    pub(super) fn whole(&self, field: &str, default: usize) -> Result<usize, Refusal> {
        let Some(text) = self.text(field) else {
            return Ok(default);
        };
        text.parse()
            .map_err(|_| Refusal::bad_request(format!("{field} is not a number: {text}")))
    }

    /// One of the allowed words, if the field is given.
    pub(super) fn word(&self, field: &str, allowed: &[&str]) -> Result<Option<&str>, Refusal> {
        match self.text(field) {
            Some(word) if !allowed.contains(&word) => {
                Err(Refusal::bad_request(format!("{field} cannot be {word}")))
            }
            word => Ok(word),
        }
    }

    /// The field to sort by, if one is named, and whether downwards.
    pub(super) fn sort(&self, allowed: &[&str]) -> Result<Option<(&str, bool)>, Refusal> {
        let Some(text) = self.text("sort") else {
            return Ok(None);
        };
        let (field, direction) = text.split_once(',').unwrap_or((text, "asc"));
        if !allowed.contains(&field) || !matches!(direction, "asc" | "desc") {
            return Err(Refusal::bad_request(format!("Cannot sort by {text}")));
        }
        Ok(Some((field, direction == "desc")))
    }

    /// Answers one page of `rows`.
    pub(super) fn page<T>(&self, rows: &[T], write: impl Fn(&T) -> Value) -> Answered {
        let page = self.whole("page", 0)?;
        let size = self.whole("size", DEFAULT_SIZE)?;
        if size == 0 || size > LARGEST_SIZE {
            return Err(Refusal::bad_request(format!(
                "size must be 1 to {LARGEST_SIZE}: {size}"
            )));
        }
        let size = self.asked.size(size);
        let mut content = Vec::with_capacity(size);
        for range in self.asked.rows(page.saturating_mul(size), size, rows.len()) {
            content.extend(rows.get(range).unwrap_or_default().iter().map(&write));
        }
        if self.asked.unknown_enum {
            surprise(content.first_mut());
        }
        Ok(Json(json!({
            "content": content,
            "page": {
                "size": size,
                "totalElements": rows.len(),
                "totalPages": rows.len().div_ceil(size),
                "number": page,
            },
        })))
    }
}

/// Puts a value no document names into the first enum field found.
fn surprise(row: Option<&mut Value>) {
    let Some(row) = row.and_then(Value::as_object_mut) else {
        return;
    };
    for field in ["status", "type", "billingTerm", "term"] {
        if row.contains_key(field) {
            row.insert(field.to_owned(), json!("SomethingNew"));
            return;
        }
    }
}

pub(super) fn id(text: &str) -> Result<Uuid, Refusal> {
    text.parse()
        .map_err(|_| Refusal::bad_request(format!("Not an identifier: {text}")))
}
