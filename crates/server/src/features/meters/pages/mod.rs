//! Meters for people: the list, one of them, adding one, and readings from a file.

mod form;
mod import;
mod list;
mod one;

use axum::routing::{get, post};

use crate::http::Routes;

const LIST: &str = "/meters";

pub fn routes() -> Routes {
    Routes::new()
        .route("/meters", get(list::show))
        .route("/meters/export.csv", get(list::export))
        .route("/meters/create", get(form::new).post(form::create))
        .route("/meters/import", get(import::show).post(import::take))
        .route("/meters/{id}", get(one::show))
        .route("/meters/{id}/export.csv", get(one::export))
        .route("/meters/{id}/edit", get(form::edit).post(form::change))
        .route("/meters/{id}/readings", post(one::add))
}

fn place_of(id: impl std::fmt::Display) -> String {
    format!("{LIST}/{id}")
}
