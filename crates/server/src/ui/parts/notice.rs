use askama::Template;

use super::Tone;

/// A banner: a broken source, a hold, something to know before reading on.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(path = "ui/templates/parts/notice.html")]
pub struct Notice {
    tone: Tone,
    title: String,
    text: String,
    action: Option<(String, String)>,
}

impl Notice {
    pub fn new(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Notice {
        Notice {
            tone,
            title: title.into(),
            text: text.into(),
            action: None,
        }
    }

    /// The link that leads to what to do about it.
    #[must_use]
    pub fn action(mut self, label: impl Into<String>, href: impl Into<String>) -> Notice {
        self.action = Some((label.into(), href.into()));
        self
    }
}
