//! The language of dates and numbers, which a person chooses; words stay English.
//!
//! Every page is made in the task of its request, so the reader's choice lies beside that task,
//! where `format` finds it: two hundred places format something, and none could forget to ask.
//! Elsewhere (the API, jobs, files) there is no reader and everything reads as in `en-GB`.

use std::cell::Cell;

use axum::{extract::Request, middleware::Next, response::Response};
use chrono::{Datelike as _, NaiveDate, NaiveDateTime};

tokio::task_local! {
    static READER: Cell<Locale>;
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Locale {
    #[default]
    EnGb,
    EnUs,
    DeDe,
    FrFr,
}

const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

impl Locale {
    pub const ALL: [Self; 4] = [Self::EnGb, Self::EnUs, Self::DeDe, Self::FrFr];

    /// The BCP 47 tag, as it is stored.
    pub fn tag(self) -> &'static str {
        match self {
            Self::EnGb => "en-GB",
            Self::EnUs => "en-US",
            Self::DeDe => "de-DE",
            Self::FrFr => "fr-FR",
        }
    }

    pub fn of_tag(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|locale| locale.tag() == tag)
    }

    /// How it calls itself, with what it looks like.
    pub fn label(self) -> &'static str {
        match self {
            Self::EnGb => "English (UK): 22 Nov 2026, 1,234.50",
            Self::EnUs => "English (US): Nov 22, 2026, 1,234.50",
            Self::DeDe => "Deutsch: 22.11.2026, 1.234,50",
            Self::FrFr => "Français : 22/11/2026, 1 234,50",
        }
    }

    /// Whom the page of this task is made for.
    pub fn of_reader() -> Self {
        READER.try_with(Cell::get).unwrap_or_default()
    }

    /// From here on the page of this task is made for somebody who reads so.
    pub fn is_read(self) {
        // Outside a page there is nobody to read.
        let _ = READER.try_with(|reader| reader.set(self));
    }

    /// Makes what others get: it reads alike, whoever has it made.
    pub fn of_others<T>(make: impl FnOnce() -> T) -> T {
        READER.sync_scope(Cell::new(Self::default()), make)
    }

    /// Between thousands. French has a narrow space that no line breaks at.
    pub(super) fn group(self) -> char {
        match self {
            Self::EnGb | Self::EnUs => ',',
            Self::DeDe => '.',
            Self::FrFr => '\u{202f}',
        }
    }

    pub(super) fn point(self) -> char {
        match self {
            Self::EnGb | Self::EnUs => '.',
            Self::DeDe | Self::FrFr => ',',
        }
    }

    pub(super) fn date(self, date: NaiveDate) -> String {
        let pattern = match self {
            Self::EnGb => "%-d %b %Y",
            Self::EnUs => "%b %-d, %Y",
            Self::DeDe => "%d.%m.%Y",
            Self::FrFr => "%d/%m/%Y",
        };
        date.format(pattern).to_string()
    }

    /// Where the year is plain.
    pub(super) fn day(self, date: NaiveDate) -> String {
        let pattern = match self {
            Self::EnGb => "%-d %b",
            Self::EnUs => "%b %-d",
            Self::DeDe => "%d.%m.",
            Self::FrFr => "%d/%m",
        };
        date.format(pattern).to_string()
    }

    pub(super) fn month(self, date: NaiveDate) -> String {
        let named = |names: [&str; 12]| {
            let name = names.get(date.month0() as usize).copied();
            format!("{} {}", name.unwrap_or_default(), date.year())
        };
        match self {
            Self::EnGb | Self::EnUs => date.format("%B %Y").to_string(),
            Self::DeDe => named(GERMAN),
            Self::FrFr => named(FRENCH),
        }
    }

    /// From the first to the last day, both in it.
    pub(super) fn days(self, first: NaiveDate, last: NaiveDate) -> String {
        let same_year = first.year() == last.year();
        let same_month = same_year && first.month() == last.month();
        match self {
            Self::EnGb if same_month => format!("{}–{}", first.day(), self.date(last)),
            Self::EnUs if same_month => {
                let (days, year) = (self.day(first), last.year());
                format!("{days}–{}, {year}", last.day())
            }
            _ if same_year => format!("{} – {}", self.day(first), self.date(last)),
            _ => format!("{} – {}", self.date(first), self.date(last)),
        }
    }

    pub(super) fn time(self, local: NaiveDateTime) -> String {
        let pattern = match self {
            Self::EnUs => "%-I:%M %p",
            Self::EnGb | Self::DeDe | Self::FrFr => "%H:%M",
        };
        local.format(pattern).to_string()
    }
}

/// Makes room for the reader of a page, who is known once the session is.
pub async fn read_by_somebody(request: Request, next: Next) -> Response {
    READER
        .scope(Cell::new(Locale::default()), next.run(request))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_reads_as_its_reader_does_and_the_next_as_its_own() {
        let page = async {
            Locale::DeDe.is_read();
            tokio::task::yield_now().await;
            Locale::of_reader()
        };
        let read = READER.scope(Cell::default(), page).await;
        assert_eq!(read, Locale::DeDe);
        assert_eq!(Locale::of_reader(), Locale::EnGb);
    }

    #[test]
    fn dates_and_times_follow_the_language() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 1).unwrap();
        let last = NaiveDate::from_ymd_opt(2026, 3, 31).unwrap();
        let at = day.and_hms_opt(14, 5, 0).unwrap();
        for (locale, date, month, days, time) in [
            (
                Locale::EnGb,
                "1 Mar 2026",
                "March 2026",
                "1–31 Mar 2026",
                "14:05",
            ),
            (
                Locale::EnUs,
                "Mar 1, 2026",
                "March 2026",
                "Mar 1–31, 2026",
                "2:05 PM",
            ),
            (
                Locale::DeDe,
                "01.03.2026",
                "März 2026",
                "01.03. – 31.03.2026",
                "14:05",
            ),
            (
                Locale::FrFr,
                "01/03/2026",
                "mars 2026",
                "01/03 – 31/03/2026",
                "14:05",
            ),
        ] {
            assert_eq!(locale.date(day), date);
            assert_eq!(locale.month(day), month);
            assert_eq!(locale.days(day, last), days);
            assert_eq!(locale.time(at), time);
            assert_eq!(Locale::of_tag(locale.tag()), Some(locale));
        }
    }
}
