//! NinjaOne's pages: bare arrays, continued after an id that was seen.
//!
//! NinjaOne counts nothing, so each page is asked for from the last element but one: it must begin
//! with the element that the page before ended with, or the list moved between the two.

use super::NinjaOne;
use crate::http::Call;
use crate::list::{self, Listed};
use crate::page::drop_repeated;
use crate::{BrokenElement, Cursor, Disturbance, Error, Page};

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
        query.extend(cursor.map(|cursor| ("after", asked_after(cursor).to_string())));
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

/// The last id but one, where the pages so far had two.
fn overlap(cursor: &Cursor) -> Option<i64> {
    let (before_last, _) = cursor.edges.as_ref()?;
    before_last.parse().ok()
}

fn asked_after(cursor: &Cursor) -> i64 {
    overlap(cursor).unwrap_or(cursor.at)
}

/// Ids must grow from page to page: one at or below the cursor, but for the one that was asked
/// for again, has come before.
fn after<T: Numbered>(
    mut items: Vec<T>,
    mut broken: Vec<BrokenElement>,
    cursor: Option<&Cursor>,
) -> Page<T> {
    let twice = drop_repeated(&mut items, |item| Some(item.id()));
    let mut moved = twice.then_some(Disturbance::Repeated);
    if let Some(cursor) = cursor.filter(|cursor| overlap(cursor).is_some()) {
        let came = items.len() + broken.len();
        items.retain(|item| item.id() != cursor.at);
        broken.retain(|element| id_of(element) != Some(cursor.at));
        if items.len() + broken.len() == came {
            moved = moved.or(Some(Disturbance::Gap));
        }
    }
    let seen = cursor.map(|cursor| cursor.at);
    if seen.is_some_and(|seen| items.iter().any(|item| item.id() <= seen)) {
        moved = moved.or(Some(Disturbance::Repeated));
    }
    let mut ids: Vec<i64> = items
        .iter()
        .map(T::id)
        .chain(broken.iter().filter_map(id_of))
        .collect();
    ids.extend(seen);
    ids.sort_unstable();
    // Until nothing new comes: a short page may only mean that NinjaOne gives less at once than
    // we asked for. Without progress the list would never end.
    let last = ids
        .pop()
        .filter(|last| seen.is_none_or(|seen| *last > seen));
    let next = last.map(|at| Cursor {
        at,
        total: None,
        edges: ids
            .last()
            .map(|before| (before.to_string(), at.to_string())),
    });
    Page {
        next,
        total: None,
        disturbed: moved,
        items,
        broken,
    }
}

fn id_of(element: &BrokenElement) -> Option<i64> {
    element.id.as_ref()?.parse().ok()
}
