//! Contract templates: the list, one template with its lines, and making one.

mod list;
mod one;
mod show;

use axum::routing::{get, post};

use crate::http::Routes;

const TEMPLATES: &str = "/contract-templates";

pub fn routes() -> Routes {
    Routes::new()
        .route("/contract-templates", get(list::show))
        .route("/contract-templates.csv", get(list::csv))
        .route(
            "/contract-templates/create",
            get(one::new).post(one::create),
        )
        .route("/contract-templates/{id}", get(one::show).post(one::change))
        .route("/contract-templates/{id}/lines", post(one::put_line))
        .route(
            "/contract-templates/{id}/lines/remove",
            post(one::remove_line),
        )
        .route("/contract-templates/{id}/status", post(one::change_status))
        .route("/contract-templates/{id}/delete", post(one::delete))
        .route("/contracts/{id}/template", post(one::of_contract))
}
