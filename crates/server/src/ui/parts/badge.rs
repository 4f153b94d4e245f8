use askama::Template;
use serde::{Deserialize, Serialize};

/// What a colour means. Colour never stands alone: there is always a word with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    #[default]
    Neutral,
    /// Money in, done, agreed.
    Good,
    /// Money at risk, needs a look.
    Risk,
    /// Late, broken, refused.
    Late,
    /// Worth knowing, under way.
    Info,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Tone::Neutral => "neutral",
            Tone::Good => "good",
            Tone::Risk => "risk",
            Tone::Late => "late",
            Tone::Info => "info",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Tone::Neutral | Tone::Info => "info",
            Tone::Good => "approve",
            Tone::Risk => "warning",
            Tone::Late => "error",
        }
    }
}

/// A state in one or two words.
#[derive(Debug, Clone, PartialEq, Eq, Template)]
#[template(
    source = r#"<span class="badge {{ tone.class() }}">{{ text }}</span>"#,
    ext = "html"
)]
pub struct Badge {
    pub text: String,
    pub tone: Tone,
}

impl Badge {
    pub fn new(text: impl Into<String>, tone: Tone) -> Badge {
        Badge {
            text: text.into(),
            tone,
        }
    }

    pub fn neutral(text: impl Into<String>) -> Badge {
        Badge::new(text, Tone::Neutral)
    }

    pub fn good(text: impl Into<String>) -> Badge {
        Badge::new(text, Tone::Good)
    }

    pub fn risk(text: impl Into<String>) -> Badge {
        Badge::new(text, Tone::Risk)
    }

    pub fn late(text: impl Into<String>) -> Badge {
        Badge::new(text, Tone::Late)
    }

    pub fn info(text: impl Into<String>) -> Badge {
        Badge::new(text, Tone::Info)
    }
}
