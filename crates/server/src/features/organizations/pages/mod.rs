//! Settings › Organization, Account › Organizations, and links between them.

mod delete;
mod elsewhere;
mod letterhead;
mod places;
mod settings;

pub use elsewhere::offer_switch;

use axum::routing::{get, post};

use crate::http::Routes;

const SETTINGS: &str = "/settings/organization";

pub fn routes() -> Routes {
    Routes::new()
        .route(
            "/settings/organization",
            get(settings::show).post(settings::rename),
        )
        .route(
            "/settings/organization/invoicing",
            post(settings::change_invoicing),
        )
        .route("/settings/organization/rules", post(settings::change_rules))
        .route("/settings/organization/export", post(delete::export))
        .route(
            "/settings/organization/letterhead",
            get(letterhead::show).post(letterhead::save),
        )
        .route(
            "/settings/organization/logo",
            get(letterhead::logo).post(letterhead::change_logo),
        )
        .route(
            "/settings/organization/logo/remove",
            post(letterhead::remove_logo),
        )
        .route(
            "/settings/organization/delete",
            get(delete::show).post(delete::delete),
        )
        .route("/account/organizations", get(places::show))
        .route(
            "/account/organizations/create",
            get(places::new).post(places::create),
        )
        .route("/account/organization", post(places::switch))
}
