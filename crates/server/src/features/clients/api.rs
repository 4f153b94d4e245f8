//! Clients for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Client, ClientChange, ClientInput, client_named,
    list::{self, ClientFilter, ClientSort, ClientSummary},
};
use crate::{
    app::App,
    db::ClientId,
    fault::Fault,
    features::catalog::Created,
    http::{Begun, IdempotencyKey, May, Page, Paging, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all, create))
        .routes(routes!(one, change))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct ClientsQuery {
    /// Part of a name or reference.
    q: Option<String>,
    /// active (unless said) | archived | all
    status: Option<String>,
    /// under_licensed | over_licensed | matched | no_data
    licensing: Option<String>,
    /// mrr (highest first, unless said) | name
    sort: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Clients with what is known about each.
#[utoipa::path(get, path = "/clients", tag = "clients", params(ClientsQuery, Paging),
    responses((status = 200, body = Page<ClientSummary>)))]
async fn all(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<ClientsQuery>,
) -> Result<Json<Page<ClientSummary>>, Fault> {
    let sort = ClientSort::typed(query.sort.as_deref())?;
    let window = query.paging.window(sort.as_str())?;
    let filter = ClientFilter::typed(
        query.q.as_deref(),
        query.status.as_deref(),
        query.licensing.as_deref(),
    )?;
    let mut tx = app.db.read(who.org).await?;
    let (rows, _) = list::list(&app, &who, &mut tx, &filter, sort, &window).await?;
    Ok(Json(window.page(rows, |row| sort.place(row))))
}

/// One client.
#[utoipa::path(get, path = "/clients/{id}", tag = "clients",
    params(("id" = String, Path, description = "id or reference")),
    responses((status = 200, body = ClientSummary), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<ClientSummary>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let client = client_named(&mut tx, who.org, &id).await?;
    let client = client.ok_or(Fault::NotFound("this client"))?;
    Ok(Json(list::summary(&app, &who, &mut tx, client.id).await?))
}

/// Add a client. Saying the same again answers 200 and changes nothing.
#[utoipa::path(post, path = "/clients", tag = "clients", request_body = ClientInput,
    responses((status = 201, body = Client), (status = 200, body = Client),
        (status = 409, description = "the reference belongs to a different client"),
        (status = 422, description = "wrong fields")))]
async fn create(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: ClientInput = json_body(&body)?;
    match super::create(&app, &who, &mut write.tx, &input).await? {
        Created::New(client) => write.finish(&app, StatusCode::CREATED, &client).await,
        Created::AlreadyThere(client) => write.finish(&app, StatusCode::OK, &client).await,
    }
}

/// Change or archive a client. What was agreed, linked and invoiced stays.
#[utoipa::path(patch, path = "/clients/{id}", tag = "clients", request_body = ClientChange,
    params(("id" = String, Path)),
    responses((status = 200, body = Client), (status = 404, description = "unknown"),
        (status = 409, description = "changed in the meantime"),
        (status = 422, description = "wrong fields")))]
async fn change(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let id: ClientId = id.parse().map_err(|_| Fault::NotFound("this client"))?;
    let change: ClientChange = json_body(&body)?;
    let client = super::update(&app, &who, &mut write.tx, id, &change).await?;
    write.finish(&app, StatusCode::OK, &client).await
}
