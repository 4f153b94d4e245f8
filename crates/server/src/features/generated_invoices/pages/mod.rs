//! Generated invoices for people: the list, making drafts, one draft, posting.

mod after;
mod decide;
mod detail;
mod generate;
mod list;
mod pay;
mod post;
mod why;
mod words;

use axum::routing::{get, post as on_post};

use crate::{db::GeneratedInvoiceId, http::Routes};

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
        .route("/generated-invoices/{id}", get(detail::show))
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
