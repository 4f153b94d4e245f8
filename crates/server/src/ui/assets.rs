//! The front end's files, embedded in the binary by `build.rs`.
//!
//! Names carry a hash of the content, so a file may be kept by browsers forever. Knows no
//! application state and reads no disk.

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The route [`serve`] belongs to.
pub const ROUTE: &str = "/assets/{file}";

/// What pages may load and do: this server's own files, nothing inline, nothing evaluated.
///
/// `form-action` also governs where a form's *redirect* may go, so leave for a vendor's consent
/// page by a link or a GET redirect, never from a form.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; \
     style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
     manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

struct Asset {
    file: &'static str,
    mime: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
    brotli: &'static [u8],
}

/// Sends an embedded file, compressed if the browser takes it.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.file == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let fixed = [
        (CONTENT_TYPE, asset.mime),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (VARY, "accept-encoding"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if accepts(&headers, "br") {
        (fixed, [(CONTENT_ENCODING, "br")], asset.brotli).into_response()
    } else if accepts(&headers, "gzip") {
        (fixed, [(CONTENT_ENCODING, "gzip")], asset.gzip).into_response()
    } else {
        (fixed, asset.plain).into_response()
    }
}

/// Every file with its name, for pages that are looked at without this server.
pub fn files() -> impl Iterator<Item = (&'static str, &'static [u8])> {
    ASSETS.iter().map(|asset| (asset.file, asset.plain))
}

fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let refused = |part: &str| matches!(part.replace(' ', "").as_str(), "q=0" | "q=0.0");
        parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(coding))
            && !parts.any(refused)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(file: &str, encodings: &'static str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, encodings.parse().unwrap());
        serve(Path(file.to_owned()), headers).await
    }

    #[tokio::test]
    async fn files_are_immutable_and_compressed_on_request() {
        let file = APP_CSS.trim_start_matches("/assets/");
        for (encodings, coding) in [
            ("gzip, deflate, br", Some("br")),
            ("gzip", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("identity", None),
        ] {
            let response = answer(file, encodings).await;
            let sent = response
                .headers()
                .get(CONTENT_ENCODING)
                .map(|value| value.to_str().unwrap());
            assert_eq!(sent, coding, "{encodings}");
            assert_eq!(
                response.headers().get(CACHE_CONTROL).unwrap(),
                "public, max-age=31536000, immutable"
            );
        }
        assert_eq!(
            answer("app.css", "br").await.status(),
            StatusCode::NOT_FOUND
        );
    }

    /// House rule: a page's script stays within 40 KB compressed.
    #[test]
    fn the_script_stays_small() {
        let script = ASSETS
            .iter()
            .find(|asset| APP_JS.ends_with(asset.file))
            .unwrap();
        assert!(script.gzip.len() < 40_000, "{} bytes", script.gzip.len());
    }
}
