//! NinjaOne's pages: bare arrays, continued after the last id seen.

use super::NinjaOne;
use crate::http::Call;
use crate::list::{self, Listed};
use crate::page::drop_repeated;
use crate::{Cursor, Disturbance, Error, Page};

const SIZE: usize = 1000;

/// An element with NinjaOne's whole-number id.
pub(super) trait Numbered: Listed {
    fn id(&self) -> i64;
}

impl NinjaOne {
    pub(super) async fn page<T: Numbered>(
        &self,
        path: &[&str],
        cursor: Option<&Cursor>,
        what: &str,
    ) -> Result<Page<T>, Error> {
        let mut query = vec![("pageSize", SIZE.to_string())];
        query.extend(cursor.map(|cursor| ("after", cursor.at.to_string())));
        let call = Call::get(self.settings.api_url.at(path, &query), what);
        self.caller
            .read(&call, |reply| {
                let list = list::bare::<T>(reply.json_bytes()?)
                    .map_err(|error| reply.unreadable(&error))?;
                Ok(after(list.items, list.broken, cursor))
            })
            .await
    }
}

/// Ids must grow from page to page: one at or below the cursor has come before.
fn after<T: Numbered>(
    mut items: Vec<T>,
    broken: Vec<crate::BrokenElement>,
    cursor: Option<&Cursor>,
) -> Page<T> {
    let last_read = items.iter().map(T::id).max();
    let last_broken = broken
        .iter()
        .filter_map(|b| b.id.as_ref()?.parse().ok())
        .max();
    let last = last_read.max(last_broken);
    let seen = cursor.map(|cursor| cursor.at);
    let twice = drop_repeated(&mut items, |item| Some(item.id()));
    let repeated = twice || seen.is_some_and(|seen| items.iter().any(|item| item.id() <= seen));
    // Until a page is empty: a short one may only mean that NinjaOne gives less at once than we
    // asked for. Without progress the list would never end.
    let next = last.filter(|last| seen.is_none_or(|seen| *last > seen));
    Page {
        next: next.map(|at| Cursor {
            at,
            total: None,
            edges: None,
        }),
        total: None,
        disturbed: repeated.then_some(Disturbance::Repeated),
        items,
        broken,
    }
}
