//! Bad days on demand. Faults are queued with a count and taken by the next requests that match.
//!
//! Faults of the transport (limits, 5xx, slow, cut) are played by the middleware [`play()`]. Faults
//! in the data (a page twice, an unknown enum value, an expired token) can only be played by the
//! vendor itself: its handlers extract [`Asked`] and do as it says.

mod play;

use std::convert::Infallible;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use serde::{Deserialize, Serialize};

pub use play::{Play, play};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    Pax8,
    Xero,
    Ninjaone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// 429 with a `Retry-After` of some seconds.
    LimitMinute,
    /// 429 with a `Retry-After` of hours.
    LimitDay,
    /// 500 with the vendor's own error body.
    ServerError,
    /// 503 with a page of HTML, as a gateway would answer.
    HtmlUnavailable,
    /// The right answer, `ms` late.
    Slow,
    /// The right status and length, half the body, then the line is cut.
    TruncatedBody,
    /// The line is cut before the request is acted upon.
    DroppedConnection,
    /// The request is acted upon, then the line is cut: a refresh token rotates unseen, an invoice
    /// is made that nobody was told of.
    #[serde(alias = "lost_refresh_answer")]
    LostAnswer,
    /// The vendor says the access token has expired, though it has not.
    ExpiredToken,
    /// The page holds the rows of the page before it, then its own.
    DuplicatedPage,
    /// The page begins one row late, as if a row before it had vanished between two calls; totals
    /// stay true, so that the miss can be noticed.
    ShiftedPage,
    /// An enum field of the first row holds a value no document names.
    UnknownEnum,
}

impl Vendor {
    pub const ALL: [Self; 3] = [Self::Pax8, Self::Xero, Self::Ninjaone];
}

impl FaultKind {
    pub const ALL: [Self; 12] = [
        Self::LimitMinute,
        Self::LimitDay,
        Self::ServerError,
        Self::HtmlUnavailable,
        Self::Slow,
        Self::TruncatedBody,
        Self::DroppedConnection,
        Self::LostAnswer,
        Self::ExpiredToken,
        Self::DuplicatedPage,
        Self::ShiftedPage,
        Self::UnknownEnum,
    ];

    const fn is_of_the_vendor(self) -> bool {
        matches!(
            self,
            Self::ExpiredToken | Self::DuplicatedPage | Self::ShiftedPage | Self::UnknownEnum
        )
    }
}

/// One queued fault.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    pub vendor: Vendor,
    pub kind: FaultKind,
    /// Part of the request's path and query; empty matches every request of the vendor.
    #[serde(default)]
    pub path: String,
    /// Matching requests let through before the first fault.
    #[serde(default)]
    pub after: u32,
    /// How many requests it spoils.
    #[serde(default = "one")]
    pub times: u32,
    /// Delay of [`FaultKind::Slow`], seconds of `Retry-After` × 1000 for the limits.
    #[serde(default)]
    pub ms: u64,
}

const fn one() -> u32 {
    1
}

impl Fault {
    /// Spoils the next matching request, once.
    pub fn once(vendor: Vendor, path: impl Into<String>, kind: FaultKind) -> Self {
        Self {
            vendor,
            kind,
            path: path.into(),
            after: 0,
            times: 1,
            ms: 0,
        }
    }
}

/// The queue of faults, shared by all vendors.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Fault>>>);

impl Faults {
    pub fn push(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Forgets every fault not yet played.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// Faults still waiting.
    pub fn waiting(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// Takes the faults for one request; `path` is the path and query as the vendor sees it.
    pub fn take(&self, vendor: Vendor, path: &str) -> Vec<Fault> {
        let mut queue = self.lock();
        let mut taken = Vec::new();
        for fault in queue.iter_mut() {
            if fault.vendor != vendor || !path.contains(fault.path.as_str()) {
                continue;
            }
            if fault.after > 0 {
                fault.after -= 1;
            } else if taken.is_empty() && fault.times > 0 {
                // One fault a request: a queue of two spoils two requests, not one twice.
                fault.times -= 1;
                taken.push(fault.clone());
            }
        }
        queue.retain(|fault| fault.times > 0);
        taken
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the middleware asks of the vendor's handler for this request; nothing when no fault matched.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    pub expired_token: bool,
    pub duplicated_page: bool,
    pub shifted_page: bool,
    pub unknown_enum: bool,
    /// The most rows a page may hold, where the sandbox gives less than its vendor would.
    pub largest_page: Option<usize>,
}

impl Asked {
    /// The size of a page that was asked for with `size` rows.
    pub fn size(self, size: usize) -> usize {
        self.largest_page.map_or(size, |largest| size.min(largest))
    }

    fn note(&mut self, kind: FaultKind) {
        match kind {
            FaultKind::ExpiredToken => self.expired_token = true,
            FaultKind::DuplicatedPage => self.duplicated_page = true,
            FaultKind::ShiftedPage => self.shifted_page = true,
            FaultKind::UnknownEnum => self.unknown_enum = true,
            _ => {}
        }
    }

    /// Which rows to answer for the page that should hold `[start, start + size)` of `total` rows.
    pub fn rows(self, start: usize, size: usize, total: usize) -> Vec<Range<usize>> {
        let own = start.min(total)..start.saturating_add(size).min(total);
        if self.duplicated_page {
            let before = start.saturating_sub(size).min(total)..start.min(total);
            let again = if start == 0 { own.clone() } else { before };
            return vec![again, own];
        }
        if self.shifted_page {
            let late = (own.start + 1).min(own.end)..own.end;
            return std::iter::once(late).collect();
        }
        std::iter::once(own).collect()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().copied().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_counts_and_matches() {
        let faults = Faults::default();
        faults.push(Fault {
            after: 1,
            times: 2,
            ..Fault::once(Vendor::Xero, "/Invoices", FaultKind::ServerError)
        });
        assert!(faults.take(Vendor::Pax8, "/Invoices").is_empty());
        assert!(faults.take(Vendor::Xero, "/Contacts").is_empty());
        let spoiled: Vec<usize> = (0..4)
            .map(|_| {
                faults
                    .take(Vendor::Xero, "/api.xro/2.0/Invoices?page=1")
                    .len()
            })
            .collect();
        assert_eq!(spoiled, [0, 1, 1, 0]);
        assert!(faults.waiting().is_empty());
    }

    #[test]
    fn spoiled_pages_keep_to_the_rows() {
        let twice = Asked {
            duplicated_page: true,
            ..Asked::default()
        };
        assert_eq!(twice.rows(10, 10, 15), [0..10, 10..15]);
        let shifted = Asked {
            shifted_page: true,
            ..Asked::default()
        };
        let once = |range| std::iter::once(range).collect::<Vec<Range<usize>>>();
        assert_eq!(shifted.rows(10, 10, 30), once(11..20));
        assert_eq!(Asked::default().rows(40, 10, 30), once(30..30));
    }
}
