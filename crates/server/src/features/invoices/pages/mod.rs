//! The ledger's invoices for people.

mod detail;
mod list;

use axum::routing::get;

use super::State;
use crate::{http::Routes, ui::Badge};

pub const LIST: &str = "/invoices";

pub fn routes() -> Routes {
    Routes::new()
        .route("/invoices", get(list::show))
        .route("/invoices/export.csv", get(list::export))
        .route("/invoices/{id}", get(detail::show))
}

fn badge(state: State) -> Badge {
    let title = state.title();
    match state {
        State::Paid => Badge::good(title),
        State::Overdue => Badge::late(title),
        State::AwaitingPayment => Badge::info(title),
        State::Draft | State::AwaitingApproval | State::Voided => Badge::neutral(title),
    }
}
