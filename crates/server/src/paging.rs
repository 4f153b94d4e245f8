//! Lists by cursor: a page goes on after the last row of the one before, whatever was added or
//! removed in between.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fault::Fault;

const DEFAULT_LIMIT: i64 = 50;
const LARGEST_LIMIT: i64 = 200;

/// The part of a list's query that every list has; flatten it into the list's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// From `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 200 rows; 50 unless said.
    // Text, because a flattened query field cannot be anything else.
    #[param(value_type = Option<u32>)]
    pub limit: Option<String>,
}

/// What a list is sorted by, of one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SortKey {
    Int(i64),
    Text(String),
}

/// The last row that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct After {
    pub key: SortKey,
    pub id: Uuid,
    /// The vendor's own id, where `id` is only that of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    tail: Option<String>,
}

impl After {
    pub fn of_text(key: &str, id: Uuid) -> Self {
        Self {
            key: SortKey::Text(key.to_owned()),
            id,
            tail: None,
        }
    }

    pub fn of_int(key: i64, id: Uuid) -> Self {
        Self {
            key: SortKey::Int(key),
            id,
            tail: None,
        }
    }

    #[must_use]
    pub fn with_tail(mut self, tail: &str) -> Self {
        self.tail = Some(tail.to_owned());
        self
    }

    pub fn tail(&self) -> Option<&str> {
        self.tail.as_deref()
    }

    pub fn text(&self) -> Option<&str> {
        match &self.key {
            SortKey::Text(text) => Some(text),
            SortKey::Int(_) => None,
        }
    }

    pub fn int(&self) -> Option<i64> {
        match self.key {
            SortKey::Int(number) => Some(number),
            SortKey::Text(_) => None,
        }
    }
}

/// Where a page begins and how long it is. Read one row more than `limit`: it tells whether
/// there is a next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub after: Option<After>,
    pub limit: i64,
    sort: &'static str,
}

impl Paging {
    /// Reads the query for a list sorted by `sort`; a cursor of another order is refused.
    pub fn window(&self, sort: &'static str) -> Result<Window, Fault> {
        let limit = match self.limit.as_deref() {
            None | Some("") => DEFAULT_LIMIT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|limit| (1..=LARGEST_LIMIT).contains(limit))
                .ok_or_else(|| Fault::field("limit", "limit takes a number from 1 to 200"))?,
        };
        let after = match self.cursor.as_deref() {
            None | Some("") => None,
            Some(text) => Some(read_cursor(text, sort)?),
        };
        Ok(Window { after, limit, sort })
    }
}

impl Window {
    /// Every row at once, for exports; sorted by `sort`.
    pub fn everything(sort: &'static str) -> Self {
        Self {
            after: None,
            limit: i64::MAX - 1,
            sort,
        }
    }

    /// How many rows to read.
    pub fn rows(&self) -> i64 {
        self.limit + 1
    }

    /// The page of what was read; `place` tells where a row stands in the order.
    pub fn page<T>(&self, mut rows: Vec<T>, place: impl Fn(&T) -> After) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| has_more);
        let next_cursor = last.map(|last| write_cursor(self.sort, &place(last)));
        Page {
            items: rows,
            next_cursor,
        }
    }
}

/// One page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins; null on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(each).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

fn write_cursor(sort: &str, after: &After) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(sort, after)).unwrap_or_default())
}

fn read_cursor(text: &str, sort: &str) -> Result<After, Fault> {
    let read: Option<(String, After)> = URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    match read {
        Some((of, after)) if of == sort => Ok(after),
        _ => Err(Fault::field(
            "cursor",
            "this cursor does not belong to this list; start again without one",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(cursor: Option<String>, limit: &str) -> Paging {
        Paging {
            cursor,
            limit: Some(limit.to_owned()),
        }
    }

    #[test]
    fn a_page_leads_to_the_next_and_the_last_to_none() {
        let id = Uuid::from_u128(7);
        let place = |n: &i64| After::of_int(*n, id);
        let window = paging(None, "2").window("amount").unwrap();
        let first = window.page(vec![1, 2, 3], place);
        assert_eq!(first.items, [1, 2]);
        let cursor = first.next_cursor;
        let next = paging(cursor.clone(), "2").window("amount").unwrap();
        assert_eq!(next.after.as_ref().and_then(After::int), Some(2));
        assert_eq!(next.page(vec![3], place).next_cursor, None);
        assert!(paging(cursor, "2").window("name").is_err());
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(paging(None, "0").window("name").is_err());
        assert!(paging(None, "201").window("name").is_err());
        assert!(paging(Some("%%".into()), "5").window("name").is_err());
    }
}
