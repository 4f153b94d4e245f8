//! Generated invoices for people: the list, making drafts, one draft, posting.

mod after;
mod agreed;
mod approve;
mod create;
mod decide;
mod delivery;
mod detail;
mod edit;
mod fields;
mod generate;
mod list;
mod pay;
mod post;
mod runs;
mod why;
mod words;

use axum::routing::{get, post as on_post};

use crate::{
    db::{GeneratedInvoiceId, GeneratedLineId},
    http::Routes,
};

pub const LIST: &str = "/generated-invoices";

pub fn routes() -> Routes {
    Routes::new()
        .route("/generated-invoices", get(list::show))
        .route("/generated-invoices/export.csv", get(list::export))
        .route(
            "/generated-invoices/generate",
            get(generate::show).post(generate::make),
        )
        .route(
            "/generated-invoices/post",
            get(post::show).post(post::begin),
        )
        .route(
            "/generated-invoices/create",
            get(create::show).post(create::make),
        )
        .route(
            "/generated-invoices/approve",
            get(approve::show).post(approve::approve),
        )
        .route("/generated-invoices/runs", get(runs::list))
        .route("/generated-invoices/runs/export.csv", get(runs::export))
        .route("/generated-invoices/runs/{id}", get(runs::show))
        .route("/generated-invoices/runs/{id}/stop", on_post(runs::stop))
        .route("/generated-invoices/{id}", get(detail::show))
        .route(
            "/generated-invoices/{id}/edit",
            get(edit::show).post(edit::save),
        )
        .route(
            "/generated-invoices/{id}/lines/add",
            get(edit::new_line).post(edit::add_line),
        )
        .route(
            "/generated-invoices/{id}/lines/{line}",
            get(edit::line).post(edit::save_line),
        )
        .route(
            "/generated-invoices/{id}/lines/{line}/move",
            on_post(edit::move_line),
        )
        .route(
            "/generated-invoices/{id}/lines/{line}/remove",
            on_post(edit::remove_line),
        )
        .route("/generated-invoices/{id}/approve", on_post(decide::approve))
        .route(
            "/generated-invoices/{id}/unapprove",
            on_post(decide::unapprove),
        )
        .route("/generated-invoices/{id}/reject", on_post(decide::reject))
        .route(
            "/generated-invoices/{id}/pay",
            get(pay::show).post(pay::book),
        )
}

fn place_of(id: GeneratedInvoiceId) -> String {
    format!("{LIST}/{id}")
}

fn place_of_line(id: GeneratedInvoiceId, line: GeneratedLineId) -> String {
    format!("{LIST}/{id}/lines/{line}")
}
