//! Every route of the product.

#[cfg(test)]
mod tests;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{any, get, post},
};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    app::App,
    fault::Fault,
    features::{self, home::Frame},
    http::{self, Routes},
    ui::{self, Nav, View},
};

#[derive(utoipa::OpenApi)]
#[openapi(info(
    title = "BillingOne",
    description = "The finance desk of a managed service provider. Decimals are strings, \
        `_minor` fields whole numbers of the currency's smallest unit, ends of periods exclusive. \
        Errors are `{error: {code, message, request_id}}`. Every write honours `Idempotency-Key`."
))]
struct Document;

/// The JSON API under `/api/v1`, each route with its documentation.
pub fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi()).nest(
        "/api/v1",
        OpenApiRouter::new()
            .merge(features::sign_in::api::routes())
            .merge(features::catalog::api::routes())
            .merge(features::clients::api::routes())
            .merge(features::connections::api::routes())
            .merge(features::contract_templates::api::routes())
            .merge(features::contracts::api::routes())
            .merge(features::deliveries::api::routes())
            .merge(features::entity_profiles::api::routes())
            .merge(features::credit_notes::api::routes())
            .merge(features::generated_invoices::api::routes())
            .merge(features::home::api::routes())
            .merge(features::approvals::api::routes())
            .merge(features::chart_of_accounts::api::routes())
            .merge(features::meters::api::routes())
            .merge(features::month_end::api::routes())
            .merge(features::numbering::api::routes())
            .merge(features::invoice_previews::api::routes())
            .merge(features::invoices::api::routes())
            .merge(features::mappings::api::routes())
            .merge(features::missed_billing::api::routes())
            .merge(features::organizations::api::routes())
            .merge(features::reconciliation::api::routes())
            .merge(features::repeating_invoices::api::routes())
            .merge(features::subscriptions::api::routes())
            .merge(features::sync::api::routes())
            .merge(features::team::api::routes())
            .merge(features::vendor_bills::api::routes()),
    )
}

/// Pages for people.
fn pages() -> Routes {
    use features::{clients, sign_in, subscriptions};
    Routes::new()
        .route(
            "/sign-in",
            get(sign_in::pages::show).post(sign_in::pages::submit),
        )
        .route(
            "/second-factor",
            get(sign_in::pages::ask_factor).post(sign_in::pages::show_factor),
        )
        .route("/sign-out", post(sign_in::pages::sign_out))
        .merge(sign_in::pages::forgotten::routes())
        .route(ui::THEME_ROUTE, post(ui::choose_theme))
        .route("/more", get(more))
        .merge(integrations())
        .merge(features::account::pages::routes())
        .merge(features::approvals::pages::routes())
        .merge(features::chart_of_accounts::pages::routes())
        .merge(features::meters::pages::routes())
        .merge(features::month_end::pages::routes())
        .merge(features::numbering::pages::routes())
        .merge(features::contract_templates::pages::routes())
        .merge(features::contracts::pages::routes())
        .merge(features::deliveries::pages::routes())
        .merge(features::entity_profiles::pages::routes())
        .merge(features::credit_notes::pages::routes())
        .merge(features::generated_invoices::pages::routes())
        .merge(features::home::pages::routes())
        .merge(features::invoices::pages::routes())
        .merge(features::missed_billing::pages::routes())
        .merge(features::organizations::pages::routes())
        .merge(features::passkeys::pages::routes())
        .merge(features::reconciliation::pages::routes())
        .merge(features::repeating_invoices::pages::routes())
        .merge(features::team::pages::routes())
        .merge(features::vendor_bills::pages::routes())
        .merge(catalog_pages())
        .merge(mapping_pages())
        .route("/clients", get(clients::pages::list))
        .route("/clients.csv", get(clients::pages::csv))
        .route(
            "/clients/create",
            get(clients::pages::new).post(clients::pages::create),
        )
        .route("/clients/{id}", get(clients::pages::detail))
        .route(
            "/clients/{id}/edit",
            get(clients::pages::edit).post(clients::pages::change),
        )
        .route("/clients/{id}/status", post(clients::pages::change_status))
        .route("/subscriptions", get(subscriptions::pages::list))
        .route("/subscriptions.csv", get(subscriptions::pages::csv))
        .route("/subscriptions/{id}", get(subscriptions::pages::detail))
        .fallback(unknown)
}

fn catalog_pages() -> Routes {
    use features::catalog;
    Routes::new()
        .route("/catalog", get(catalog::pages::list))
        .route("/catalog.csv", get(catalog::pages::csv))
        .route(
            "/catalog/create",
            get(catalog::pages::new).post(catalog::pages::create),
        )
        .route(
            "/catalog/import",
            get(catalog::pages::import_page).post(catalog::pages::import_file),
        )
        .route(
            "/catalog/{id}",
            get(catalog::pages::detail).post(catalog::pages::change),
        )
        .route("/catalog/{id}/status", post(catalog::pages::change_status))
}

fn mapping_pages() -> Routes {
    use features::{
        catalog::pages::Products,
        mappings::pages::{Clients, accept, csv, decide_one, list, record},
    };
    Routes::new()
        .route("/client-mappings", get(list::<Clients>))
        .route("/client-mappings.csv", get(csv::<Clients>))
        .route("/client-mappings/accept", post(accept::<Clients>))
        .route(
            "/client-mappings/record",
            get(record::<Clients>).post(decide_one::<Clients>),
        )
        .route("/product-mappings", get(list::<Products>))
        .route("/product-mappings.csv", get(csv::<Products>))
        .route("/product-mappings/accept", post(accept::<Products>))
        .route(
            "/product-mappings/record",
            get(record::<Products>).post(decide_one::<Products>),
        )
}

async fn unknown() -> Fault {
    Fault::NotFound("this page")
}

async fn more(Frame { shell, .. }: Frame) -> View<ui::MorePage> {
    View(ui::MorePage {
        shell: shell.titled("More", Nav::More),
    })
}

/// Connections, syncs and jobs.
fn integrations() -> Routes {
    use features::{connections::pages as connections, settings::pages as settings, sync};
    Routes::new()
        .route("/settings/integrations", get(connections::show))
        .route("/settings/integrations/{id}", post(connections::connect))
        .route("/settings/integrations/{id}/test", post(connections::test))
        .route(
            "/settings/integrations/{id}/sync",
            post(connections::sync_one),
        )
        .route(
            "/settings/integrations/{id}/tenant",
            post(connections::choose_tenant),
        )
        .route(
            "/settings/integrations/{id}/posting",
            get(connections::show_posted_as).post(connections::save_posted_as),
        )
        .route(
            "/settings/integrations/{id}/disconnect",
            post(connections::disconnect),
        )
        .route(
            "/connections/xero/callback",
            get(connections::xero_callback),
        )
        .route("/sync", post(sync::pages::sync_all))
        .route("/sync/progress", get(sync::pages::progress))
        .route("/sync-runs", get(sync::pages::runs))
        .route("/sync-runs/{id}", get(sync::pages::run))
        .route("/sync-runs/{id}/summary", get(sync::pages::run_summary))
        .route("/events", get(sync::pages::events))
        .route("/settings/jobs", get(settings::jobs))
        .route("/settings/jobs/{id}/retry", post(settings::retry))
}

/// Where vendors call: no session, no cookie, no body in the answer.
fn hooks() -> Routes {
    use features::sync::hooks::api as hooks;
    Routes::new()
        .route("/hooks/xero/{token}", post(hooks::xero))
        .route("/hooks/pax8/{token}", post(hooks::pax8))
}

/// For those who operate the server.
fn operations() -> Routes {
    Routes::new()
        .route("/healthz", get(http::healthz))
        .route("/readyz", get(http::readyz))
        .route("/metrics", get(http::metrics_page))
        .route(ui::assets::ROUTE, get(ui::assets::serve))
}

/// The API's document: what each handler says of itself, and what the door adds.
fn document() -> utoipa::openapi::OpenApi {
    let mut document = api().into_openapi();
    http::complete(&mut document);
    document
}

/// The document, for programs that want to know the API.
fn documents() -> Routes {
    let document = serde_json::to_string(&document()).unwrap_or_default();
    let answer = || async { ([("content-type", "application/json")], document) };
    Routes::new().route("/api/openapi.json", get(answer))
}

/// The whole product behind its doors.
pub fn router(app: &App) -> Router {
    let guarded = |routes: Router<App>| {
        routes
            .layer(middleware::from_fn_with_state(
                app.clone(),
                http::replay_contended,
            ))
            .layer(middleware::from_fn_with_state(
                app.clone(),
                http::end_after_patience,
            ))
            .layer(middleware::from_fn_with_state(
                app.clone(),
                http::require_same_origin,
            ))
            .layer(middleware::from_fn(http::refuse_nul))
    };
    let (api, _) = api().split_for_parts();
    let api = api
        .merge(documents().into_router())
        .route("/api/{*path}", any(http::unknown_to_the_api));
    let api = guarded(api).layer(middleware::from_fn(http::api_faults));
    let pages = guarded(pages().into_router())
        .layer(middleware::from_fn_with_state(
            app.clone(),
            features::organizations::pages::offer_switch,
        ))
        .layer(middleware::from_fn(ui::locale::read_by_somebody))
        .layer(middleware::from_fn(http::page_faults))
        .layer(middleware::from_fn(http::page_headers));
    let machines = operations().merge(hooks());
    let machines = guarded(
        machines
            .merge(features::passkeys::pages::well_known::routes())
            .into_router(),
    );
    let wire = guarded(features::sign_in::wire::routes().into_router())
        .layer(middleware::from_fn_with_state(
            app.clone(),
            features::sign_in::wire::kept_elsewhere,
        ))
        .layer(middleware::from_fn(features::sign_in::wire::wire_faults));
    Router::new()
        .merge(api)
        .merge(pages)
        .merge(machines)
        .merge(wire)
        // `replay_contended` holds bodies to the configured size.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(
            app.clone(),
            http::request_id,
        ))
        .with_state(app.clone())
}
