//! From a template to an HTTP answer.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::{ErrorPage, Flash};

/// A template as a response body: `View(page)`.
#[derive(Debug)]
pub struct View<T>(pub T);

impl<T: Template> IntoResponse for View<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(page) => Html(page).into_response(),
            // Only a failing `Display` can bring us here.
            Err(error) => {
                tracing::error!(%error, "a template failed to render");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// The page for a fault: what happened and what to do next. Sets no status.
pub fn error_page(status: StatusCode, message: &str, request_id: &str) -> View<ErrorPage> {
    View(ErrorPage::new(status, message, request_id))
}

/// The answer to a form that was accepted: on to a page, which says so once.
pub fn see_other(path: &str, flash: &Flash) -> Response {
    let mut response = Redirect::to(path).into_response();
    if let Some(cookie) = flash.cookie() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
