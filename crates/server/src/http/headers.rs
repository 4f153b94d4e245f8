//! Headers every page carries: what it may load, who may frame it, who may keep it.

use axum::{
    extract::Request,
    http::{HeaderValue, header},
    middleware::Next,
    response::Response,
};

use crate::ui::{assets::CONTENT_SECURITY_POLICY, forget_flash, read_flash};

pub async fn page_headers(request: Request, next: Next) -> Response {
    // A message left for the next page is shown once: by the page that answers a GET.
    let shown = request.method().is_safe() && read_flash(request.headers()).is_some();
    let mut response = next.run(request).await;
    let is_page = response.status() != axum::http::StatusCode::SEE_OTHER;
    let headers = response.headers_mut();
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    ];
    for (name, value) in fixed {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    if shown && is_page {
        headers.append(header::SET_COOKIE, forget_flash());
    }
    response
}
