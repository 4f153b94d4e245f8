//! Catalog items and product links for programs.

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
    CatalogItem, Created, ItemChange, ItemInput,
    import::{self, Import, ImportInput},
    item_named,
    links::{self, CatalogLink},
    store,
};
use crate::{
    app::App,
    db::CatalogItemId,
    fault::Fault,
    features::{
        clients::search_pattern,
        mappings::{self, LinkInput},
    },
    http::{After, Begun, IdempotencyKey, May, Page, Paging, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(import_file))
        .routes(routes!(one, change))
        .routes(routes!(list_links, put_link))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct ItemsQuery {
    /// Part of a name or code.
    q: Option<String>,
    /// active | archived
    status: Option<String>,
    meter: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Items by name.
#[utoipa::path(get, path = "/catalog-items", tag = "catalog", params(ItemsQuery, Paging),
    responses((status = 200, body = Page<CatalogItem>)))]
async fn list(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<ItemsQuery>,
) -> Result<Json<Page<CatalogItem>>, Fault> {
    let window = query.paging.window("name")?;
    let filter = store::ItemFilter {
        pattern: query.q.as_deref().and_then(search_pattern),
        status: query.status,
        meter: query.meter,
    };
    let mut tx = app.db.read(who.org).await?;
    let rows = store::items(&mut tx, who.org, &filter, &window).await?;
    let page = window.page(rows, |row| After::of_text(&row.name_key, row.item.id.0));
    Ok(Json(page.map(|row| row.item.shown_to(&who))))
}

/// One item.
#[utoipa::path(get, path = "/catalog-items/{id}", tag = "catalog",
    params(("id" = String, Path, description = "id or code")),
    responses((status = 200, body = CatalogItem), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<CatalogItem>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let item = item_named(&mut tx, who.org, &id).await?;
    let item = item.ok_or(Fault::NotFound("this catalog item"))?;
    Ok(Json(item.shown_to(&who)))
}

/// Add an item. Saying the same again answers 200 and changes nothing.
#[utoipa::path(post, path = "/catalog-items", tag = "catalog", request_body = ItemInput,
    responses((status = 201, body = CatalogItem), (status = 200, body = CatalogItem),
        (status = 409, description = "the code belongs to a different item"),
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
    let input: ItemInput = json_body(&body)?;
    match super::create(&app, &who, &mut write.tx, &input).await? {
        Created::New(item) => write.finish(&app, StatusCode::CREATED, &item).await,
        Created::AlreadyThere(item) => write.finish(&app, StatusCode::OK, &item).await,
    }
}

/// The catalog from a CSV file, all of it or nothing; with `preview` only what each row would do.
/// A row is an item by its code, an empty cell leaves its field as it is, and the same file twice
/// changes nothing the second time.
#[utoipa::path(post, path = "/catalog-items/import", tag = "catalog",
    request_body = ImportInput,
    responses((status = 200, body = Import),
        (status = 409, description = "the rows would do something else than what was looked at"),
        (status = 422, description = "no CSV, or wrong cells, each named by line and column")))]
async fn import_file(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: ImportInput = json_body(&body)?;
    let done = if input.preview {
        import::preview(&app, &who, &mut write.tx, &input).await?
    } else {
        import::import(&app, &who, &mut write.tx, &input).await?
    };
    write.finish(&app, StatusCode::OK, &done).await
}

/// Change or archive an item. Contract lines keep what was agreed.
#[utoipa::path(patch, path = "/catalog-items/{id}", tag = "catalog", request_body = ItemChange,
    params(("id" = String, Path)),
    responses((status = 200, body = CatalogItem), (status = 404, description = "unknown"),
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
    let id: CatalogItemId = id
        .parse()
        .map_err(|_| Fault::NotFound("this catalog item"))?;
    let change: ItemChange = json_body(&body)?;
    let item = super::update(&app, &who, &mut write.tx, id, &change).await?;
    write.finish(&app, StatusCode::OK, &item).await
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct LinksQuery {
    /// Part of the product's name.
    q: Option<String>,
    /// mapped | suggested | unmapped | ignored
    state: Option<String>,
    /// Id, or the vendor's name while it is unique.
    connection: Option<String>,
    /// Id or code.
    item: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Product links by product name.
#[utoipa::path(get, path = "/catalog-links", tag = "catalog", params(LinksQuery, Paging),
    responses((status = 200, body = Page<CatalogLink>)))]
async fn list_links(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<LinksQuery>,
) -> Result<Json<Page<CatalogLink>>, Fault> {
    let window = query.paging.window("name")?;
    let mut tx = app.db.read(who.org).await?;
    let connection = match query.connection.as_deref() {
        Some(name) => Some(mappings::connection_named(&mut tx, who.org, name).await?.id),
        None => None,
    };
    let item = match query.item.as_deref() {
        Some(name) => {
            let item = item_named(&mut tx, who.org, name).await?;
            Some(item.ok_or(Fault::NotFound("this catalog item"))?.id)
        }
        None => None,
    };
    let filter = store::LinkFilter {
        pattern: query.q.as_deref().and_then(search_pattern),
        state: query.state,
        connection,
        item,
    };
    let rows = store::links(&mut tx, who.org, &filter, &window).await?;
    let page = window.page(rows, store::LinkRow::place);
    Ok(Json(page.map(|row| row.link)))
}

/// Say which item a vendor product is, that it is none (`unmapped`), or that it never matters
/// (`ignored`, with a reason).
#[utoipa::path(put, path = "/catalog-links", tag = "catalog", request_body = LinkInput,
    responses((status = 200, body = CatalogLink),
        (status = 409, description = "decided by somebody else in the meantime"),
        (status = 422, description = "wrong fields")))]
async fn put_link(
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
    let link = links::decide(&app, &who, &mut write.tx, &input).await?;
    write.finish(&app, StatusCode::OK, &link).await
}
