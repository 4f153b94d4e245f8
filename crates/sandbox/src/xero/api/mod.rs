//! The accounting API: one file per resource. A handler reads what was asked, opens the books once,
//! and writes the reply straight from them.

mod call;
mod contacts;
mod credit_notes;
mod extras;
mod failure;
mod invoices;
mod items;
mod payments;
mod pdf;
mod resource;
mod settings;
mod write;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{any, delete, get, post, put};

use super::gate;
use super::state::Xero;
use super::wire::RepeatingOut;

pub use failure::Failure;

use call::Call;
use contacts::Contacts;
use credit_notes::CreditNotes;
use invoices::Invoices;
use items::Items;
use resource::{create, update, upsert};

pub fn routes(xero: &Xero) -> Router<Xero> {
    Router::new()
        .merge(invoice_routes())
        .merge(credit_note_routes())
        .route(
            "/Contacts",
            get(contacts::list)
                .put(create::<Contacts>)
                .post(upsert::<Contacts>),
        )
        .route("/Contacts/{id}", get(contacts::one).post(update::<Contacts>))
        .route(
            "/Contacts/{id}/History",
            get(extras::history).put(extras::add_history),
        )
        .route(
            "/Payments",
            get(payments::list)
                .put(payments::create)
                .post(payments::create),
        )
        .route("/Payments/{id}", get(payments::one).post(payments::update))
        .route(
            "/Payments/{id}/History",
            get(extras::history).put(extras::add_history),
        )
        .route(
            "/Items",
            get(items::list).put(create::<Items>).post(upsert::<Items>),
        )
        .route(
            "/Items/{id}",
            get(items::one).post(update::<Items>).delete(items::remove),
        )
        .route(
            "/Items/{id}/History",
            get(extras::history).put(extras::add_history),
        )
        .route("/Accounts", get(settings::accounts))
        .route("/Accounts/{id}", get(settings::account))
        .route("/TaxRates", get(settings::tax_rates))
        .route("/TaxRates/{tax_type}", get(settings::tax_rate))
        .route("/BrandingThemes", get(settings::themes))
        .route("/TrackingCategories", get(settings::tracking))
        .route("/RepeatingInvoices", get(repeating))
        .route("/Organisation", get(settings::organisation))
        .route("/Organisation/Actions", get(settings::actions))
        // A fallback would be lost where this router is nested twice.
        .route("/{*unknown}", any(failure::not_found))
        .method_not_allowed_fallback(failure::not_implemented)
        .layer(from_fn_with_state(xero.clone(), gate::gate))
}

/// `GET /RepeatingInvoices`: no pages and no If-Modified-Since.
async fn repeating(call: Call) -> Result<Response, Failure> {
    let ledger = call.ledger()?;
    let rows = RepeatingOut::all(&ledger, call.now.date_naive());
    call.reply("RepeatingInvoices", &rows, None)
}

fn invoice_routes() -> Router<Xero> {
    Router::new()
        .route(
            "/Invoices",
            get(invoices::list)
                .put(create::<Invoices>)
                .post(upsert::<Invoices>),
        )
        .route(
            "/Invoices/{id}",
            get(invoices::one).post(update::<Invoices>),
        )
        .route("/Invoices/{id}/Email", post(extras::email))
        .route("/Invoices/{id}/OnlineInvoice", get(extras::online))
        .route("/Invoices/{id}/pdf", get(invoices::pdf))
        .route(
            "/Invoices/{id}/History",
            get(extras::history).put(extras::add_history),
        )
}

fn credit_note_routes() -> Router<Xero> {
    let notes = get(credit_notes::list)
        .put(create::<CreditNotes>)
        .post(upsert::<CreditNotes>);
    Router::new()
        .route("/CreditNotes", notes)
        .route(
            "/CreditNotes/{id}",
            get(credit_notes::one).post(update::<CreditNotes>),
        )
        .route("/CreditNotes/{id}/pdf", get(credit_notes::pdf))
        .route("/CreditNotes/{id}/Allocations", put(credit_notes::allocate))
        .route(
            "/CreditNotes/{id}/Allocations/{allocation}",
            delete(credit_notes::unallocate),
        )
        .route(
            "/CreditNotes/{id}/History",
            get(extras::history).put(extras::add_history),
        )
}
