//! Entity profiles for people: the list, and the form of one.

mod form;
mod list;

use axum::routing::get;

pub use form::addresses;

use super::{api::client_id, store::ListedProfile};
use crate::{http::Routes, ui::format};

pub fn routes() -> Routes {
    Routes::new()
        .route("/entity-profiles", get(list::show))
        .route("/entity-profiles.csv", get(list::csv))
        .route("/clients/{id}/billing", get(form::show).post(form::save))
}

/// `30 days`, `10 days from the end of the month`, or nothing.
fn terms(row: &ListedProfile) -> String {
    let Some(days) = row.terms_days.and_then(|days| u64::try_from(days).ok()) else {
        return String::new();
    };
    let days = format::counted(days, "day", "days");
    match row.terms_from.as_deref() {
        Some("end_of_month") => format!("{days} from the end of the month"),
        _ => days,
    }
}
