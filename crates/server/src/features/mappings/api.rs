//! Client links for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{ClientLink, LinkInput, connection_named, decide, store};
use crate::{
    app::App,
    fault::Fault,
    features::clients::{self, search_pattern},
    http::{Begun, IdempotencyKey, May, Page, Paging, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, put))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct LinksQuery {
    /// Part of the company's or the client's name.
    q: Option<String>,
    /// mapped | suggested | unmapped | ignored
    state: Option<String>,
    /// Id, or the vendor's name while it is unique.
    connection: Option<String>,
    /// Id or reference.
    client: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Vendor records and the clients they are, by the vendor's name.
#[utoipa::path(get, path = "/client-links", tag = "clients", params(LinksQuery, Paging),
    responses((status = 200, body = Page<ClientLink>)))]
async fn list(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<LinksQuery>,
) -> Result<Json<Page<ClientLink>>, Fault> {
    let window = query.paging.window("name")?;
    let mut tx = app.db.read(who.org).await?;
    let connection = match query.connection.as_deref() {
        Some(name) => Some(connection_named(&mut tx, who.org, name).await?.id),
        None => None,
    };
    let client = match query.client.as_deref() {
        Some(name) => {
            let client = clients::client_named(&mut tx, who.org, name).await?;
            Some(client.ok_or(Fault::NotFound("this client"))?.id)
        }
        None => None,
    };
    let filter = store::LinkFilter {
        pattern: query.q.as_deref().and_then(search_pattern),
        state: query.state,
        connection,
        client,
    };
    let rows = store::links(&mut tx, who.org, &filter, &window).await?;
    let page = window.page(rows, store::LinkRow::place);
    Ok(Json(page.map(|row| row.link)))
}

/// Say which client a vendor record is, that it is none (`unmapped`), or that it never matters
/// (`ignored`, with a reason). The record need not have been read yet.
#[utoipa::path(put, path = "/client-links", tag = "clients", request_body = LinkInput,
    responses((status = 200, body = ClientLink),
        (status = 409, description = "decided by somebody else in the meantime"),
        (status = 422, description = "wrong fields")))]
async fn put(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: LinkInput = json_body(&body)?;
    let link = decide(&app, &who, &mut write.tx, &input).await?;
    write.finish(&app, StatusCode::OK, &link).await
}
