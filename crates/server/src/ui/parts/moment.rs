use askama::Template;
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::ui::format;

/// A date or a time, readable by people and machines.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"<time datetime="{{ machine }}"{% if let Some(title) = title %} title="{{ title }}" data-relative{% endif %}>{{ text }}</time>"#,
    ext = "html"
)]
pub struct Moment {
    machine: String,
    text: String,
    title: Option<String>,
}

impl Moment {
    /// `22 Nov 2026`.
    pub fn date(date: NaiveDate) -> Moment {
        Moment {
            machine: date.to_string(),
            text: format::date(date),
            title: None,
        }
    }

    /// `22 Nov 2026, 14:05`.
    pub fn instant(at: DateTime<Utc>, zone: Tz) -> Moment {
        Moment {
            machine: at.to_rfc3339(),
            text: format::instant(at, zone),
            title: None,
        }
    }

    /// `5 min ago`, with the full time as a tooltip; kept current by the page.
    pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Moment {
        Moment {
            machine: at.to_rfc3339(),
            text: format::relative(at, now),
            title: Some(format::instant(at, zone)),
        }
    }
}
