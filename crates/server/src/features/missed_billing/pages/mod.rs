//! Missed billing for people: the list, one finding, applying many at once.

mod act;
mod arithmetic;
mod bulk;
mod detail;
mod list;
mod rows;
#[cfg(test)]
mod tests;
mod words;

use axum::routing::{get, post};

use crate::{db::FindingId, fault::Fault, http::Routes};

pub use words::{kind_word, told};

pub const LIST: &str = "/missed-billing";

pub fn routes() -> Routes {
    Routes::new()
        .route("/missed-billing", get(list::show))
        .route("/missed-billing/export.csv", get(list::export))
        .route(
            "/missed-billing/apply",
            get(bulk::summary).post(bulk::apply),
        )
        .route("/missed-billing/{id}", get(detail::show))
        .route("/missed-billing/{id}/apply", post(act::apply))
        .route("/missed-billing/{id}/snooze", post(act::snooze))
        .route("/missed-billing/{id}/ignore", post(act::ignore))
        .route("/missed-billing/{id}/review", post(act::review))
        .route("/missed-billing/{id}/undo", post(act::undo))
}

fn parse(id: &str) -> Result<FindingId, Fault> {
    id.parse().map_err(|_| Fault::NotFound("this finding"))
}

fn place_of(id: FindingId) -> String {
    format!("{LIST}/{id}")
}
