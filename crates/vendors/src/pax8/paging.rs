//! Pax8's pages: from 0, at most 200 elements, sorted explicitly so that they do not shift.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::Pax8;
use crate::http::{Call, Reply};
use crate::list::{self, Listed};
use crate::page::Sent;
use crate::{Cursor, Error, Page};

/// The most Pax8 gives at once.
pub(super) const SIZE: u64 = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PageInfo {
    size: Option<u64>,
    total_elements: Option<u64>,
    total_pages: Option<u64>,
    number: Option<u64>,
}

/// A Pax8 element, with an id of its own where it has one.
pub(super) trait Identified: Listed {
    fn id(&self) -> Option<&str>;
}

impl Pax8 {
    /// One page of `path`. `query` holds the filters and the order.
    pub(super) async fn page<T: Identified>(
        &self,
        path: &[&str],
        query: &[(&'static str, String)],
        cursor: Option<&Cursor>,
        what: &str,
    ) -> Result<Page<T>, Error> {
        let asked = cursor.map_or(0, |cursor| u64::try_from(cursor.at).unwrap_or(0));
        let mut query = query.to_vec();
        query.push(("page", asked.to_string()));
        query.push(("size", SIZE.to_string()));
        let call = Call::get(self.api(path, &query), what);
        self.caller
            .read(&call, |reply| numbered(reply, asked, cursor))
            .await
    }

    /// One thing by its id.
    pub(super) async fn one<T: DeserializeOwned>(
        &self,
        path: &[&str],
        what: &str,
    ) -> Result<T, Error> {
        let call = Call::get(self.api(path, &[]), what);
        self.caller.read(&call, Reply::json).await
    }

    /// A list that comes whole: `{"content": […]}` without a page.
    pub(super) async fn whole<T: Listed>(&self, url: Url, what: &str) -> Result<Page<T>, Error> {
        let call = Call::get(url, what);
        self.caller
            .read(&call, |reply| {
                let list = list::enveloped::<T, serde::de::IgnoredAny>(
                    reply.json_bytes()?,
                    "content",
                    "page",
                )
                .map_err(|error| reply.unreadable(&error))?;
                Ok(Page::whole(list.items, list.broken))
            })
            .await
    }
}

pub(super) fn numbered<T: Identified>(
    reply: &Reply,
    asked: u64,
    cursor: Option<&Cursor>,
) -> Result<Page<T>, Error> {
    let list = list::enveloped::<T, PageInfo>(reply.json_bytes()?, "content", "page")
        .map_err(|error| reply.unreadable(&error))?;
    let info = list.meta.unwrap_or_default();
    let size = info.size.filter(|&size| size > 0).unwrap_or(SIZE);
    let pages = info
        .total_pages
        .or_else(|| info.total_elements.map(|all| all.div_ceil(size)));
    let got = u64::try_from(list.items.len() + list.broken.len()).unwrap_or(u64::MAX);
    let sent = Sent {
        asked,
        number: info.number,
        expected: info
            .total_elements
            .map(|all| Sent::due(all, asked.saturating_mul(size), size)),
        total: info.total_elements,
        last: pages.map_or(got < size, |pages| asked.saturating_add(1) >= pages),
    };
    Ok(Page::numbered(
        list.items,
        list.broken,
        &sent,
        cursor,
        T::id,
    ))
}
