//! Credit notes for people: the list, making and editing one, one of them, posting it.

mod act;
mod detail;
mod form;
mod list;
mod words;

use axum::routing::{get, post as on_post};

use crate::{db::GeneratedCreditNoteId, http::Routes};

pub use words::state;

pub const LIST: &str = "/credit-notes";

pub fn routes() -> Routes {
    Routes::new()
        .route("/credit-notes", get(list::show))
        .route("/credit-notes/export.csv", get(list::export))
        .route("/credit-notes/create", get(form::new).post(form::create))
        .route("/credit-notes/{id}", get(detail::show))
        .route(
            "/credit-notes/{id}/edit",
            get(form::edit).post(form::change),
        )
        .route("/credit-notes/{id}/approve", on_post(act::approve))
        .route("/credit-notes/{id}/reject", on_post(act::reject))
        .route("/credit-notes/{id}/post", get(act::confirm).post(act::post))
}

pub fn place_of(id: GeneratedCreditNoteId) -> String {
    format!("{LIST}/{id}")
}
