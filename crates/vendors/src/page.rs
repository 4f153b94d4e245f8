//! Pages: what one call of a list gives, and the cursor that makes a sync resumable.

use std::collections::HashSet;
use std::hash::Hash;

use serde::{Deserialize, Serialize};

/// Where a list goes on. Opaque; serialise it with the data it followed, and a crash resumes there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The page number, or the last id for vendors that page by id.
    pub(crate) at: i64,
    /// How many elements the vendor said there are, when it last said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<u64>,
    /// First and last id of the page before, to notice a page that comes twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edges: Option<(String, String)>,
}

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Elements that could not be read; the others of the page are not lost with them.
    pub broken: Vec<BrokenElement>,
    /// Where to go on; none at the end.
    pub next: Option<Cursor>,
    /// How many elements the whole list has, where the vendor says so.
    pub total: Option<u64>,
    /// Set when the list moved while it was read. What came is good and should be stored, but
    /// nothing may be concluded from what did not come: sweep once more from the start.
    pub disturbed: Option<Disturbance>,
}

/// An element of a page that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenElement {
    /// The vendor's id for it, when at least that could be read.
    pub id: Option<String>,
    pub why: String,
}

/// How a list moved under the reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disturbance {
    /// The number of elements changed between two pages.
    TotalChanged { was: u64, now: u64 },
    /// The page holds elements twice, or those of the page before it.
    Repeated,
    /// The vendor answered with another page than the one asked for.
    OtherPage { asked: u64, got: u64 },
    /// Fewer elements than the vendor's own count leaves for this page.
    Short { expected: u64, got: u64 },
    /// The page does not begin with what the one before it ended with, though asked to.
    Gap,
}

/// What a vendor says about the page it sent.
pub(crate) struct Sent {
    pub asked: u64,
    pub number: Option<u64>,
    /// How many elements this page must have by the vendor's own count.
    pub expected: Option<u64>,
    pub total: Option<u64>,
    pub last: bool,
}

impl Sent {
    /// The elements due on a page of `size` that begins after `skipped` of `total`.
    pub fn due(total: u64, skipped: u64, size: u64) -> u64 {
        total.saturating_sub(skipped).min(size)
    }
}

impl<T> Page<T> {
    /// A whole list in one answer.
    pub(crate) fn whole(items: Vec<T>, broken: Vec<BrokenElement>) -> Self {
        let total = u64::try_from(items.len() + broken.len()).ok();
        Self {
            items,
            broken,
            next: None,
            total,
            disturbed: None,
        }
    }

    /// A numbered page, compared with what the page before promised. Of elements that come twice
    /// in it the first is kept, so that a page can be stored in one statement.
    pub(crate) fn numbered(
        mut items: Vec<T>,
        broken: Vec<BrokenElement>,
        sent: &Sent,
        before: Option<&Cursor>,
        id: impl Fn(&T) -> Option<&str>,
    ) -> Self {
        let got = u64::try_from(items.len() + broken.len()).unwrap_or(u64::MAX);
        let twice = drop_repeated(&mut items, |item| id(item).map(str::to_owned));
        let edges = items
            .first()
            .zip(items.last())
            .and_then(|(first, last)| Some((id(first)?.to_owned(), id(last)?.to_owned())));
        let disturbed = if twice {
            Some(Disturbance::Repeated)
        } else {
            disturbance(sent, before, edges.as_ref(), got)
        };
        // A vendor that neither counts nor heeds the page asked for would go on for ever.
        let stuck = sent.total.is_none() && disturbed == Some(Disturbance::Repeated);
        let next = (!sent.last && got > 0 && !stuck).then(|| Cursor {
            at: i64::try_from(sent.asked.saturating_add(1)).unwrap_or(i64::MAX),
            total: sent.total,
            edges,
        });
        Self {
            items,
            broken,
            next,
            total: sent.total,
            disturbed,
        }
    }
}

/// Keeps the first of elements with the same key; true if there were others.
pub(crate) fn drop_repeated<T, K: Eq + Hash>(
    items: &mut Vec<T>,
    key: impl Fn(&T) -> Option<K>,
) -> bool {
    let before = items.len();
    let mut seen = HashSet::with_capacity(before);
    items.retain(|item| key(item).is_none_or(|key| seen.insert(key)));
    items.len() < before
}

fn disturbance(
    sent: &Sent,
    before: Option<&Cursor>,
    edges: Option<&(String, String)>,
    got: u64,
) -> Option<Disturbance> {
    if let Some(number) = sent.number.filter(|&number| number != sent.asked) {
        return Some(Disturbance::OtherPage {
            asked: sent.asked,
            got: number,
        });
    }
    let was = before.and_then(|cursor| cursor.edges.as_ref());
    if let (Some((first, last)), Some((was_first, was_last))) = (edges, was)
        && (first == was_first || first == was_last || last == was_last)
    {
        return Some(Disturbance::Repeated);
    }
    if let (Some(was), Some(now)) = (before.and_then(|cursor| cursor.total), sent.total)
        && was != now
    {
        return Some(Disturbance::TotalChanged { was, now });
    }
    let expected = sent.expected?;
    (got < expected).then_some(Disturbance::Short { expected, got })
}

#[cfg(test)]
mod tests {
    use super::{Cursor, Disturbance, Page, Sent};

    fn page(ids: &[&str], sent: &Sent, before: Option<&Cursor>) -> Page<String> {
        let items = ids.iter().map(|&id| id.to_owned()).collect();
        Page::numbered(items, Vec::new(), sent, before, |id| Some(id))
    }

    fn sent(asked: u64, total: u64, last: bool) -> Sent {
        let expected = Some(Sent::due(total, asked * 2, 2));
        Sent {
            asked,
            number: Some(asked),
            expected,
            total: Some(total),
            last,
        }
    }

    #[test]
    fn a_quiet_list_is_read_to_its_end() {
        let first = page(&["a", "b"], &sent(0, 3, false), None);
        assert_eq!(first.disturbed, None);
        let second = page(&["c"], &sent(1, 3, true), first.next.as_ref());
        assert_eq!((second.disturbed, second.next), (None, None));
    }

    #[test]
    fn an_element_that_comes_twice_in_a_page_is_kept_once() {
        let page = page(&["a", "b", "a", "b"], &sent(0, 5, false), None);
        assert_eq!(page.items, ["a", "b"]);
        assert_eq!(page.disturbed, Some(Disturbance::Repeated));
    }

    #[test]
    fn a_moving_list_is_noticed() {
        let first = page(&["a", "b"], &sent(0, 5, false), None).next;
        let disturbed = |ids: &[&str], sent: &Sent| page(ids, sent, first.as_ref()).disturbed;
        assert_eq!(
            disturbed(&["a", "b"], &sent(1, 5, false)),
            Some(Disturbance::Repeated)
        );
        assert_eq!(
            disturbed(&["b", "c"], &sent(1, 5, false)),
            Some(Disturbance::Repeated)
        );
        assert_eq!(
            disturbed(&["c", "d"], &sent(1, 4, true)),
            Some(Disturbance::TotalChanged { was: 5, now: 4 })
        );
        assert_eq!(
            disturbed(&["c"], &sent(1, 5, false)),
            Some(Disturbance::Short {
                expected: 2,
                got: 1
            })
        );
        let other = Sent {
            number: Some(0),
            ..sent(1, 5, false)
        };
        assert_eq!(
            disturbed(&["c", "d"], &other),
            Some(Disturbance::OtherPage { asked: 1, got: 0 })
        );
    }

    /// Cursors are stored by the product: this text may gain fields but never change its meaning.
    #[test]
    fn a_stored_cursor_stays_readable() {
        let golden = r#"{"at":7,"total":1402,"edges":["a","b"]}"#;
        let cursor: Cursor = serde_json::from_str(golden).unwrap();
        assert_eq!(serde_json::to_string(&cursor).unwrap(), golden);
        let sparse: Cursor = serde_json::from_str(r#"{"at":-1}"#).unwrap();
        assert_eq!(
            sparse,
            Cursor {
                at: -1,
                total: None,
                edges: None
            }
        );
    }
}
