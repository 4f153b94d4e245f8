use std::fmt;

use askama::Template;

use super::{Figure, Tone};
use crate::ui::format;

/// A figure that sums up a page; a filter if it has a link.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/stat.html")]
pub struct Stat {
    name: String,
    value: StatValue,
    note: String,
    tone: Tone,
    href: Option<String>,
    is_current: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatValue {
    Money(Figure),
    Text(String),
}

impl fmt::Display for StatValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StatValue::Money(figure) => figure.fmt(f),
            StatValue::Text(text) => askama::filters::escape(text, askama::filters::Html)
                .map_err(|_| fmt::Error)?
                .fmt(f),
        }
    }
}

impl Stat {
    fn new(name: impl Into<String>, value: StatValue) -> Stat {
        let (tone, note) = (Tone::Neutral, String::new());
        Stat {
            name: name.into(),
            value,
            note,
            tone,
            href: None,
            is_current: false,
        }
    }

    pub fn money(name: impl Into<String>, figure: Figure) -> Stat {
        Stat::new(name, StatValue::Money(figure))
    }

    /// Sums in several currencies, which are never added up: the organization's own as the
    /// figure, the others in the note.
    pub fn sums(name: impl Into<String>, home: &str, sums: &[(String, i64)]) -> Stat {
        let of = |currency: &str| {
            let same = sums.iter().filter(|(code, _)| code == currency);
            same.fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor))
        };
        let mut others: Vec<&str> = sums
            .iter()
            .map(|(code, _)| code.as_str())
            .filter(|code| *code != home)
            .collect();
        others.sort_unstable();
        others.dedup();
        let others: Vec<String> = others
            .into_iter()
            .map(|code| format!("and {}", format::money(of(code), code)))
            .collect();
        Stat::money(name, Figure::new(of(home), home)).note(others.join(", "))
    }

    pub fn count(name: impl Into<String>, number: u64) -> Stat {
        Stat::text(name, format::count(number))
    }

    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Stat {
        Stat::new(name, StatValue::Text(text.into()))
    }

    /// What the figure is: "a month", "12 invoices", "payments dated this month".
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Stat {
        let note = note.into();
        self.note = if self.note.is_empty() {
            note
        } else {
            format!("{note}, {}", self.note)
        };
        self
    }

    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Stat {
        self.tone = tone;
        self
    }

    /// Makes it a filter.
    #[must_use]
    pub fn filter(mut self, href: impl Into<String>, is_current: bool) -> Stat {
        self.href = Some(href.into());
        self.is_current = is_current;
        self
    }
}
