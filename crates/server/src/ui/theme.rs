//! Light, dark, or as the device says. A cookie, so that a page arrives in the right colours.

use axum::extract::Form;
use axum::http::header::{COOKIE, REFERER, SET_COOKIE};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// The route [`choose_theme`] belongs to (POST).
pub const THEME_ROUTE: &str = "/theme";
const COOKIE_NAME: &str = "theme";

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    pub const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    /// What the browser last chose; anything unknown follows the device.
    pub fn of(headers: &HeaderMap) -> Theme {
        let chosen = cookie(headers, COOKIE_NAME);
        Theme::ALL
            .into_iter()
            .find(|theme| chosen == Some(theme.value()))
            .unwrap_or_default()
    }

    pub fn value(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Theme::System => "Auto",
            Theme::Light => "Light",
            Theme::Dark => "Dark",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "sun",
            Theme::Dark => "moon",
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Choice {
    theme: Theme,
}

/// Stores the choice for a year and goes back to the page it was made on.
pub async fn choose_theme(headers: HeaderMap, Form(choice): Form<Choice>) -> Response {
    let stored = format!(
        "{COOKIE_NAME}={}; Path=/; Max-Age=31536000; SameSite=Lax",
        choice.theme.value()
    );
    ([(SET_COOKIE, stored)], Redirect::to(&came_from(&headers))).into_response()
}

/// The path of the referring page. Only the path: another site's address is never followed.
fn came_from(headers: &HeaderMap) -> String {
    let referer = headers.get(REFERER).and_then(|value| value.to_str().ok());
    let path = referer
        .and_then(|address| address.parse::<Uri>().ok())
        .and_then(|uri| uri.path_and_query().map(ToString::to_string));
    path.filter(|path| path.starts_with('/') && !path.starts_with("//"))
        .unwrap_or_else(|| "/".to_owned())
}

/// A cookie's raw value.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_decides_and_nonsense_follows_the_device() {
        for (cookies, theme) in [
            ("a=1; theme=dark", Theme::Dark),
            ("theme=light", Theme::Light),
            ("theme=neon", Theme::System),
            ("", Theme::System),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, cookies.parse().unwrap());
            assert_eq!(Theme::of(&headers), theme, "{cookies}");
        }
    }

    #[test]
    fn only_paths_of_this_server_are_returned_to() {
        for (referer, path) in [
            (
                "https://desk.example/invoices?status=overdue",
                "/invoices?status=overdue",
            ),
            ("https://evil.example//other.example/", "/"),
            ("nonsense here", "/"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(REFERER, referer.parse().unwrap());
            assert_eq!(came_from(&headers), path);
        }
    }
}
