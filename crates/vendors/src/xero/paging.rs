//! Xero's lists: pages from 1 with up to 1,000 elements, or whole lists; all or what changed.

use chrono::{DateTime, SecondsFormat, Utc};
use reqwest::header::IF_MODIFIED_SINCE;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::tenant::Xero;
use crate::http::{Call, Reply};
use crate::list::{self, Listed};
use crate::page::Sent;
use crate::{Cursor, Error, Page, Vendor};

/// The most Xero gives at once; it clamps what lies outside 1 to 1,000.
const SIZE: u64 = 1000;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Pagination {
    page: Option<u64>,
    page_size: Option<u64>,
    page_count: Option<u64>,
    item_count: Option<u64>,
}

/// A Xero element with an id of its own, and the name of the list it comes in.
pub(super) trait Resource: Listed {
    /// The path and the field of the answer: `Invoices`.
    const NAME: &'static str;
    fn id(&self) -> &str;
}

impl Xero {
    /// A page of a resource, ordered by id: what changes in between keeps its place, what is new
    /// can at worst make an element come twice, and nothing is passed over.
    pub(super) async fn page<T: Resource>(
        &self,
        filters: Vec<(&'static str, String)>,
        modified_since: Option<DateTime<Utc>>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<T>, Error> {
        let asked = cursor.map_or(1, |cursor| u64::try_from(cursor.at).unwrap_or(1));
        let mut query = filters;
        query.push(("page", asked.to_string()));
        query.push(("pageSize", SIZE.to_string()));
        query.push(("order", format!("{} ASC", T::ID)));
        let call = since(self.get(&[T::NAME], &query, T::NAME)?, modified_since)?;
        self.caller
            .read(&call, |reply| numbered(reply, asked, cursor))
            .await
    }

    /// A resource that comes whole.
    pub(super) async fn whole<T: Resource>(
        &self,
        query: &[(&str, String)],
        modified_since: Option<DateTime<Utc>>,
    ) -> Result<Page<T>, Error> {
        let call = since(self.get(&[T::NAME], query, T::NAME)?, modified_since)?;
        self.whole_of(&call).await
    }

    pub(super) async fn whole_of<T: Resource>(&self, call: &Call) -> Result<Page<T>, Error> {
        self.caller
            .read(call, |reply| {
                let list = read_list::<T, IgnoredAny>(reply)?;
                Ok(Page::whole(list.items, list.broken))
            })
            .await
    }

    /// One element by its id, in the list of one that Xero wraps it in.
    pub(super) async fn one<T: Resource>(
        &self,
        id: &str,
        query: &[(&str, String)],
        what: String,
    ) -> Result<T, Error> {
        let call = self.get(&[T::NAME, id], query, what.clone())?;
        self.caller
            .read(&call, |reply| {
                let mut list = read_list::<T, IgnoredAny>(reply)?;
                if let Some(item) = list.items.pop() {
                    return Ok(item);
                }
                Err(match list.broken.pop() {
                    Some(broken) => Error::broken(Vendor::Xero, broken.why, &reply.body),
                    None => Error::NotFound {
                        vendor: Vendor::Xero,
                        what: what.clone(),
                    },
                })
            })
            .await
    }
}

/// To the second and in UTC, as Xero's contract wants it.
fn since(call: Call, modified_since: Option<DateTime<Utc>>) -> Result<Call, Error> {
    let Some(at) = modified_since else {
        return Ok(call);
    };
    call.header(
        IF_MODIFIED_SINCE,
        &at.to_rfc3339_opts(SecondsFormat::Secs, true),
    )
    .map_err(|error| error.refused(Vendor::Xero))
}

fn read_list<T: Resource, M: serde::de::DeserializeOwned>(
    reply: &Reply,
) -> Result<list::List<T, M>, Error> {
    list::enveloped(reply.json_bytes()?, T::NAME, "pagination")
        .map_err(|error| reply.unreadable(&error))
}

fn numbered<T: Resource>(
    reply: &Reply,
    asked: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<T>, Error> {
    let list = read_list::<T, Pagination>(reply)?;
    let pagination = list.meta.unwrap_or_default();
    let size = pagination
        .page_size
        .filter(|&size| size > 0)
        .unwrap_or(SIZE);
    let got = u64::try_from(list.items.len() + list.broken.len()).unwrap_or(u64::MAX);
    let skipped = asked.saturating_sub(1).saturating_mul(size);
    let sent = Sent {
        asked,
        number: pagination.page,
        expected: pagination
            .item_count
            .map(|all| Sent::due(all, skipped, size)),
        total: pagination.item_count,
        // Without a count, until a page is empty.
        last: pagination
            .page_count
            .map_or(got == 0, |count| asked >= count),
    };
    Ok(Page::numbered(
        list.items,
        list.broken,
        &sent,
        cursor,
        |item: &T| Some(item.id()),
    ))
}

/// The parse of a page of invoices alone, for measuring it.
#[doc(hidden)]
pub fn parse_invoices(body: &[u8]) -> Result<Page<super::Invoice>, serde_json::Error> {
    let list = list::enveloped::<super::Invoice, IgnoredAny>(body, "Invoices", "pagination")?;
    Ok(Page::whole(list.items, list.broken))
}
