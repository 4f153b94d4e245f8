//! Vendor bills for people.

mod act;
mod detail;
mod lines;
mod list;

use axum::routing::{get, post};

use super::{State, VendorBill};
use crate::{
    http::Routes,
    ui::{Badge, Tone},
};

const LIST: &str = "/vendor-bills";

pub fn routes() -> Routes {
    Routes::new()
        .route("/vendor-bills", get(list::show))
        .route("/vendor-bills.csv", get(list::export))
        .route("/vendor-bills/{id}", get(detail::show))
        .route("/vendor-bills/{id}/lines.csv", get(lines::export))
        .route("/vendor-bills/{id}/replacement", post(act::pick))
        .route("/vendor-bills/{id}/replacement/undo", post(act::undo))
}

fn title(state: State) -> &'static str {
    match state {
        State::Predicted => "Predicted",
        State::Standing => "Standing",
        State::Credited => "Credited",
        State::InCorrection => "In correction",
        State::Contested => "May replace",
        State::Void => "Void",
    }
}

/// The state, and for one that stands the vendor's own word.
fn badges(bill: &VendorBill) -> Vec<Badge> {
    let tone = match bill.state {
        State::Predicted => Tone::Info,
        State::InCorrection | State::Contested => Tone::Risk,
        State::Standing | State::Credited | State::Void => Tone::Neutral,
    };
    let vendors = &bill.header.vendor_status;
    match bill.state {
        State::Standing if vendors == "Paid" => vec![Badge::good("Paid")],
        State::Standing => vec![Badge::neutral(vendors.clone())],
        State::Contested => vec![
            Badge::neutral(vendors.clone()),
            Badge::new(title(bill.state), tone),
        ],
        state => vec![Badge::new(title(state), tone)],
    }
}
