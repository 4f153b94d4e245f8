//! Cross-site request forgery: a browser's unsafe request must come from our own pages.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::Response,
};

use crate::{app::App, fault::Fault};

/// Refuses unsafe requests of browsers that come from elsewhere. Programs with a bearer token
/// carry no cookie and are not concerned.
pub async fn require_same_origin(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Fault> {
    let headers = request.headers();
    let concerned = !request.method().is_safe() && headers.contains_key(header::COOKIE);
    if concerned && !is_same_origin(headers, &app.config.server.public_url) {
        return Err(Fault::Forbidden("the request came from another site"));
    }
    Ok(next.run(request).await)
}

fn is_same_origin(headers: &HeaderMap, public_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site") == Some("same-origin") {
        return true;
    }
    let ours = url::Url::parse(public_url).map(|url| url.origin());
    let theirs = text("origin").and_then(|origin| url::Url::parse(origin).ok());
    matches!((ours, theirs), (Ok(ours), Some(theirs)) if theirs.origin() == ours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_write() {
        let ours = "https://billing.example.com";
        let same = |pairs: &[(&'static str, &str)]| {
            let headers = pairs
                .iter()
                .map(|(k, v)| (k.parse().unwrap(), v.parse().unwrap()));
            is_same_origin(&headers.collect(), ours)
        };
        assert!(same(&[("sec-fetch-site", "same-origin")]));
        assert!(same(&[("origin", "https://billing.example.com")]));
        assert!(!same(&[(
            "origin",
            "https://billing.example.com.evil.example"
        )]));
        assert!(!same(&[("origin", "http://billing.example.com")]));
        assert!(!same(&[("origin", "null")]));
        assert!(!same(&[("sec-fetch-site", "same-site")]));
        assert!(!same(&[]));
    }
}
