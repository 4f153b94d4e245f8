//! What a list request asks for, and which rows answer it.

mod fields;
mod filter;

use std::borrow::Cow;
use std::cmp::Ordering;

use axum::http::HeaderMap;
use chrono::{DateTime, NaiveDateTime, Utc};
use uuid::Uuid;

pub use fields::{
    AccountRow, ContactRow, CreditNoteRow, InvoiceRow, ItemRow, PaymentRow, TaxRateRow,
};
pub use filter::{Fields, Filter, Type};

use super::wire::Pagination;
use crate::faults::Asked;

/// A query that cannot be understood; the text is Xero's.
#[derive(Debug, PartialEq, Eq)]
pub struct BadQuery(pub String);

/// The decoded pairs of a query string. Names are matched in any case, as Xero does.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<(String, String)>);

impl Params {
    pub fn parse(query: &str) -> Self {
        Self(
            url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// SDKs write `true`, `True` and `TRUE`.
    pub fn flag(&self, name: &str) -> Option<bool> {
        let value = self.text(name)?;
        if value.eq_ignore_ascii_case("true") {
            Some(true)
        } else {
            value.eq_ignore_ascii_case("false").then_some(false)
        }
    }

    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        self.text(name)
            .map(|value| value.split(',').map(str::trim).collect())
    }

    /// Identifiers separated by commas; one that is none makes the query bad.
    pub fn ids(&self, name: &str) -> Result<Option<Vec<Uuid>>, BadQuery> {
        let Some(texts) = self.list(name) else {
            return Ok(None);
        };
        let ids = texts
            .into_iter()
            .map(Uuid::try_parse)
            .collect::<Result<_, _>>();
        ids.map(Some)
            .map_err(|_| BadQuery(format!("{name} must be a list of GUIDs")))
    }

    /// 4 with `unitdp=4`, otherwise 2.
    pub fn unit_places(&self) -> u32 {
        if self.text("unitdp") == Some("4") {
            4
        } else {
            2
        }
    }
}

/// The part of a list request that every resource shares.
#[derive(Debug)]
pub struct ListQuery {
    pub page: Option<usize>,
    pub page_size: usize,
    pub since: Option<DateTime<Utc>>,
    filter: Option<Filter>,
    order: Vec<(&'static str, bool)>,
}

impl ListQuery {
    /// `fields` are those that `where` and `order` may name.
    pub fn parse(
        params: &Params,
        headers: &HeaderMap,
        fields: &'static [(&'static str, Type)],
    ) -> Result<Self, BadQuery> {
        let page = params
            .text("page")
            .map(|page| page.parse().unwrap_or(1).max(1));
        let page_size = params
            .text("pageSize")
            .and_then(|size| size.parse::<i64>().ok());
        let page_size = usize::try_from(page_size.unwrap_or(100).clamp(1, 1000)).unwrap_or(100);
        // Asking for a size is asking for pages.
        let page = page.or_else(|| params.text("pageSize").map(|_| 1));
        let filter = params
            .text("where")
            .map(|text| Filter::parse(text, fields))
            .transpose()?;
        let order = params
            .text("order")
            .map(|text| parse_order(text, fields))
            .transpose()?;
        let since = headers
            .get("if-modified-since")
            .and_then(|value| value.to_str().ok());
        Ok(Self {
            page,
            page_size,
            since: since.and_then(parse_since),
            filter,
            order: order.unwrap_or_default(),
        })
    }

    /// Which of `ids` answer, in the order asked for.
    pub fn choose<'a, R: Fields>(
        &self,
        ids: &'a [u32],
        row: impl Fn(u32) -> Option<R>,
        keep: Option<&dyn Fn(&R) -> bool>,
    ) -> Cow<'a, [u32]> {
        if self.filter.is_none() && self.order.is_empty() && keep.is_none() {
            return Cow::Borrowed(ids);
        }
        let matches = |row: &R| {
            keep.is_none_or(|keep| keep(row))
                && self
                    .filter
                    .as_ref()
                    .is_none_or(|filter| filter.matches(row))
        };
        let answers = ids
            .iter()
            .filter(|id| row(**id).is_some_and(|row| matches(&row)));
        let mut chosen: Vec<u32> = answers.copied().collect();
        if !self.order.is_empty() {
            chosen.sort_by(|a, b| self.compare(row(*a), row(*b)));
        }
        Cow::Owned(chosen)
    }

    fn compare<R: Fields>(&self, a: Option<R>, b: Option<R>) -> Ordering {
        let (Some(a), Some(b)) = (a, b) else {
            return Ordering::Equal;
        };
        let steps = self.order.iter().map(|(field, descending)| {
            let order = a.field(field).order(&b.field(field));
            if *descending { order.reverse() } else { order }
        });
        steps.fold(Ordering::Equal, Ordering::then)
    }

    /// The rows of the page asked for; without `page`, all of them.
    pub fn page_of(&self, chosen: &[u32], asked: Asked) -> (Vec<u32>, Option<Pagination>) {
        let Some(page) = self.page else {
            return (chosen.to_vec(), None);
        };
        let size = asked.size(self.page_size);
        let start = (page - 1).saturating_mul(size);
        let ranges = asked.rows(start, size, chosen.len());
        let rows = ranges
            .into_iter()
            .flat_map(|range| chosen.get(range).unwrap_or_default());
        let pagination = Pagination {
            page,
            page_size: size,
            page_count: chosen.len().div_ceil(size).max(1),
            item_count: chosen.len(),
        };
        (rows.copied().collect(), Some(pagination))
    }
}

fn parse_order(
    text: &str,
    fields: &'static [(&'static str, Type)],
) -> Result<Vec<(&'static str, bool)>, BadQuery> {
    let one = |part: &str| {
        let mut words = part.split_whitespace();
        let name = words.next().unwrap_or_default();
        let known = fields
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name));
        let field = known.map(|(field, _)| *field);
        let field =
            field.ok_or_else(|| BadQuery(format!("No property or field '{name}' exists")))?;
        let descending = match words.next() {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("asc") => false,
            Some(word) if word.eq_ignore_ascii_case("desc") => true,
            Some(word) => return Err(BadQuery(format!("Syntax error at '{word}'"))),
        };
        Ok((field, descending))
    };
    text.split(',').map(one).collect()
}

/// Every form that SDKs send. What is not a date is ignored, as Xero does.
pub fn parse_since(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let zoned = DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_rfc2822(text));
    let naive = || {
        let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
        let mut parsed = formats
            .iter()
            .map(|format| NaiveDateTime::parse_from_str(text, format));
        let day = || {
            text.parse()
                .ok()
                .map(|day: chrono::NaiveDate| day.and_time(chrono::NaiveTime::MIN))
        };
        parsed
            .find_map(Result::ok)
            .or_else(day)
            .map(|at| at.and_utc())
    };
    let at = zoned.map(|at| at.to_utc()).ok().or_else(naive)?;
    // To the second: Xero ignores what is finer.
    DateTime::from_timestamp(at.timestamp(), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_since_is_the_same_second() {
        let spellings = [
            "2026-11-01T00:00:00Z",
            "2026-11-01T00:00:00.000Z",
            "2026-11-01T00:00:00.999Z",
            "2026-11-01T00:00:00+00:00",
            "2026-11-01T13:00:00+13:00",
            "2026-11-01T00:00:00",
            "2026-11-01 00:00:00",
            "2026-11-01",
            "Sun, 01 Nov 2026 00:00:00 GMT",
        ];
        for spelling in spellings {
            let at = parse_since(spelling).unwrap();
            assert_eq!(at.timestamp(), 1_793_491_200, "{spelling}");
        }
        assert_eq!(parse_since("yesterday"), None);
    }

    #[test]
    fn page_sizes_are_clamped() {
        for (asked, used) in [
            ("0", 1),
            ("-4", 1),
            ("5000", 1000),
            ("x", 100),
            ("250", 250),
        ] {
            let params = Params::parse(&format!("page=1&pageSize={asked}"));
            let query = ListQuery::parse(&params, &HeaderMap::new(), &[]).unwrap();
            assert_eq!(query.page_size, used, "{asked}");
        }
    }
}
