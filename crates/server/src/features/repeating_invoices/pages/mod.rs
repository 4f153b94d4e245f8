//! The ledger's repeating invoices for people.

mod detail;
mod list;

use axum::routing::{get, post};

use super::{RepeatingInvoice, State};
use crate::{
    http::Routes,
    ui::{Badge, format},
};

pub const LIST: &str = "/repeating-invoices";

pub fn routes() -> Routes {
    Routes::new()
        .route("/repeating-invoices", get(list::show))
        .route("/repeating-invoices/export.csv", get(list::export))
        .route("/repeating-invoices/{id}", get(detail::show))
        .route("/repeating-invoices/{id}/not-ours", post(detail::disown))
        .route("/repeating-invoices/{id}/ours", post(detail::own))
}

pub fn badge(state: State) -> Badge {
    match state {
        State::Active => Badge::risk(state.title()),
        State::NotOurs | State::Ended => Badge::neutral(state.title()),
    }
}

/// When the next invoice comes of it.
pub fn next(invoice: &RepeatingInvoice) -> String {
    match (invoice.state, invoice.next_on) {
        (State::Ended, _) => "none".to_owned(),
        (_, Some(next)) => format::date(next.0),
        (_, None) => "not said".to_owned(),
    }
}
