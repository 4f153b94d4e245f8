//! Contract templates for programs.

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
    ContractTemplate, TemplateChange, TemplateInput,
    store::{self, TemplateFilter},
    template, template_id, using,
};
use crate::{
    app::App,
    fault::Fault,
    features::{clients::search_pattern, contracts::contract_named},
    http::{Begun, IdempotencyKey, May, Page, Paging, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, change, delete))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct TemplatesQuery {
    /// Part of the name.
    q: Option<String>,
    /// active | archived
    status: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Contract templates by name.
#[utoipa::path(get, path = "/contract-templates", tag = "contracts",
    params(TemplatesQuery, Paging), responses((status = 200, body = Page<ContractTemplate>)))]
async fn list(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<TemplatesQuery>,
) -> Result<Json<Page<ContractTemplate>>, Fault> {
    let window = query.paging.window("name")?;
    let filter = TemplateFilter {
        pattern: query.q.as_deref().and_then(search_pattern),
        status: query.status.filter(|status| !status.is_empty()),
    };
    let mut tx = app.db.read(who.org).await?;
    let rows = store::templates(&mut tx, who.org, &filter, &window).await?;
    let page = window.page(rows, store::ListedTemplate::place);
    Ok(Json(page.map(|row| row.template)))
}

/// A contract template with its lines.
#[utoipa::path(get, path = "/contract-templates/{id}", tag = "contracts",
    params(("id" = String, Path)),
    responses((status = 200, body = ContractTemplate), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<ContractTemplate>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(template(&mut tx, who.org, template_id(&id)?).await?))
}

/// Keep a contract template, of its own or from a contract. A contract is made from it by naming
/// it as `template` of `POST /contracts`.
#[utoipa::path(post, path = "/contract-templates", tag = "contracts",
    request_body = TemplateInput,
    responses((status = 201, body = ContractTemplate),
        (status = 422, description = "wrong fields, lines as `lines[0].unit_price`")))]
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
    let mut input: TemplateInput = json_body(&body)?;
    if let Some(name) = input.from_contract.take() {
        let contract = contract_named(&mut write.tx, who.org, &name).await?;
        let own = super::of_contract(&app, &who, &mut write.tx, &contract).await?;
        input = using::over(&input, own);
    }
    let template = super::create(&app, &who, &mut write.tx, &input).await?;
    write.finish(&app, StatusCode::CREATED, &template).await
}

/// Change or archive a contract template. Contracts made from it stay as they are.
#[utoipa::path(patch, path = "/contract-templates/{id}", tag = "contracts",
    request_body = TemplateChange, params(("id" = String, Path)),
    responses((status = 200, body = ContractTemplate), (status = 404, description = "unknown"),
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
    let change: TemplateChange = json_body(&body)?;
    let template = super::update(&app, &who, &mut write.tx, template_id(&id)?, &change).await?;
    write.finish(&app, StatusCode::OK, &template).await
}

/// Delete a contract template. Contracts made from it stay as they are.
#[utoipa::path(delete, path = "/contract-templates/{id}", tag = "contracts",
    params(("id" = String, Path)),
    responses((status = 200, body = ContractTemplate), (status = 404, description = "unknown")))]
async fn delete(
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
    let template = super::delete(&app, &who, &mut write.tx, template_id(&id)?).await?;
    write.finish(&app, StatusCode::OK, &template).await
}
