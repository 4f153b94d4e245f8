//! A sentence for the next page: "Approved. Undo". Travels in a cookie, so that a form's redirect
//! needs no storage, and is shown once.

use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::parts::Tone;
use super::theme::cookie;

const COOKIE_NAME: &str = "flash";
/// Long names are cut here, or the browser drops the whole cookie.
const LONGEST_MESSAGE: usize = 600;

/// A message and, if it can be taken back, the form that does so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub tone: Tone,
    pub message: String,
    /// Where a POST takes it back.
    pub undo: Option<String>,
}

impl Flash {
    pub fn done(message: impl Into<String>) -> Flash {
        Flash {
            tone: Tone::Good,
            message: message.into(),
            undo: None,
        }
    }

    pub fn problem(message: impl Into<String>) -> Flash {
        Flash {
            tone: Tone::Late,
            message: message.into(),
            undo: None,
        }
    }

    #[must_use]
    pub fn undo(mut self, action: impl Into<String>) -> Flash {
        self.undo = Some(action.into());
        self
    }

    /// The `Set-Cookie` value that carries this to the next page.
    pub fn cookie(&self) -> Option<HeaderValue> {
        let mut carried = self.clone();
        carried.message = carried.message.chars().take(LONGEST_MESSAGE).collect();
        let value = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&carried).ok()?);
        let cookie = format!("{COOKIE_NAME}={value}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
        HeaderValue::try_from(cookie).ok()
    }
}

/// The message the last request left, if any.
pub fn read_flash(headers: &HeaderMap) -> Option<Flash> {
    let bytes = URL_SAFE_NO_PAD.decode(cookie(headers, COOKIE_NAME)?).ok()?;
    let flash: Flash = serde_json::from_slice(&bytes).ok()?;
    let is_own_path = |path: &String| path.starts_with('/') && !path.starts_with("//");
    flash.undo.iter().all(is_own_path).then_some(flash)
}

/// The `Set-Cookie` value that ends it, for the page that shows it.
pub fn forget_flash() -> HeaderValue {
    HeaderValue::from_static("flash=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::COOKIE;

    fn carried(flash: &Flash) -> Option<Flash> {
        let set = flash.cookie().unwrap();
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, pair.parse().unwrap());
        read_flash(&headers)
    }

    #[test]
    fn a_message_arrives_as_it_was_left() {
        let flash = Flash::done("Snoozed “Zoë & 株式会社”.").undo("/missed-billing/7/undo");
        assert_eq!(carried(&flash), Some(flash));
    }

    #[test]
    fn a_long_message_is_cut_and_a_foreign_undo_refused() {
        let long = carried(&Flash::done("x".repeat(5_000))).unwrap();
        assert_eq!(long.message.len(), LONGEST_MESSAGE);
        assert_eq!(carried(&Flash::done("x").undo("//evil.example/")), None);
    }
}
