//! What every page of a signed-in person has around it.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::flash::Flash;
use super::format;
use super::nav::{Counts, Nav, Section};
use super::parts::Notice;
use super::theme::Theme;

/// Who looks, and for whom.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub name: String,
    pub email: String,
    pub role: String,
    pub organization: String,
    /// Whether they belong to others besides.
    pub has_several: bool,
    /// The reader's zone: every time on screen is in it.
    pub zone: Tz,
    /// The address of their picture, where they have one.
    pub avatar: Option<String>,
    /// Whether they look after the organization: team and settings.
    pub administers: bool,
    /// Whether they see cost and margin.
    pub sees_cost: bool,
}

impl Viewer {
    /// Up to two letters for the round badge.
    pub fn initials(&self) -> String {
        let words: Vec<&str> = self.name.split_whitespace().collect();
        let first = words.first().and_then(|word| word.chars().next());
        let last = words
            .get(1..)
            .and_then(<[_]>::last)
            .and_then(|word| word.chars().next());
        first
            .into_iter()
            .chain(last)
            .flat_map(char::to_uppercase)
            .collect()
    }
}

/// How old the data on the page is: "data from 14:05".
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    pub at: DateTime<Utc>,
    /// Older than its source's schedule allows.
    pub is_stale: bool,
}

/// The frame of a page. Made once per request by the session extractor, named by the page.
#[derive(Debug, Clone)]
pub struct Shell {
    pub title: String,
    pub nav: Nav,
    pub viewer: Viewer,
    pub theme: Theme,
    pub now: DateTime<Utc>,
    pub counts: Counts,
    pub flash: Option<Flash>,
    pub notices: Vec<Notice>,
    pub freshness: Option<Freshness>,
    /// The event stream live regions listen to.
    pub events: Option<&'static str>,
}

impl Shell {
    pub fn new(viewer: Viewer, theme: Theme, now: DateTime<Utc>) -> Shell {
        Shell {
            title: String::new(),
            nav: Nav::Home,
            viewer,
            theme,
            now,
            counts: Counts::default(),
            flash: None,
            notices: Vec::new(),
            freshness: None,
            events: None,
        }
    }

    /// Names the page and the menu entry it belongs to.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>, nav: Nav) -> Shell {
        self.title = title.into();
        self.nav = nav;
        self
    }

    #[must_use]
    pub fn with_freshness(mut self, at: DateTime<Utc>, is_stale: bool) -> Shell {
        self.freshness = Some(Freshness { at, is_stale });
        self
    }

    #[must_use]
    pub fn with_notice(mut self, notice: Notice) -> Shell {
        self.notices.push(notice);
        self
    }

    /// What of a section this person may open; what they may not is not offered.
    pub fn entries(&self, section: &Section) -> Vec<&'static Nav> {
        let may_open = |entry: &&Nav| {
            (self.viewer.administers || !entry.is_for_administrators())
                && (self.viewer.sees_cost || !entry.is_about_cost())
        };
        section.entries.iter().filter(may_open).collect()
    }

    pub fn data_from(&self) -> Option<String> {
        let freshness = self.freshness?;
        Some(format::clock(freshness.at, self.now, self.viewer.zone))
    }

    pub fn is_stale(&self) -> bool {
        self.freshness.is_some_and(|freshness| freshness.is_stale)
    }

    pub fn served_at(&self) -> String {
        self.now.to_rfc3339()
    }
}
