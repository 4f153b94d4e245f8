//! Contracts, changes of lines and coverage for programs.

mod rules;
mod terms;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    ContractChange, ContractInput, LineChange, LineInput, apply_change, contract_named,
    coverage::{self, Coverage, WaiveInput},
    line, renewal_due_by,
    store::{self, ContractFilter},
    view::{self, ContractDetail, ContractSummary},
};
use crate::{
    app::App,
    db::{ContractLineId, Day},
    fault::Fault,
    features::{catalog::Created, clients},
    http::{After, Begun, IdempotencyKey, May, Page, Paging, Read, Who, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(one, change))
        .routes(routes!(add_line))
        .routes(routes!(change_line))
        .routes(routes!(undo_change))
        .routes(routes!(list_coverage))
        .routes(routes!(waive))
        .merge(rules::routes())
        .merge(terms::routes())
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct ContractsQuery {
    /// Part of the contract's or client's name or reference.
    pub q: Option<String>,
    /// The client's id or reference.
    pub client: Option<String>,
    /// draft | upcoming | active | pending_renewal | ending | expired
    pub status: Option<String>,
    /// due: the term ends within 60 days, or has.
    pub renewal: Option<String>,
    /// name (unless said) | renewal
    pub sort: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    pub paging: Paging,
}

impl ContractsQuery {
    pub async fn filter(
        &self,
        app: &App,
        who: &Who,
        tx: &mut crate::db::Tx,
    ) -> Result<ContractFilter, Fault> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let client = match given(&self.client) {
            None => None,
            Some(name) => {
                let client = clients::client_named(tx, who.org, &name).await?;
                Some(client.ok_or(Fault::NotFound("this client"))?.id)
            }
        };
        let today = who.today(app);
        let renewal_by = match given(&self.renewal).as_deref() {
            None => None,
            Some("due") => Some(renewal_due_by(Day(today))),
            Some(_) => return Err(Fault::field("renewal", "the only choice is due")),
        };
        let sort = match given(&self.sort).as_deref() {
            None if renewal_by.is_some() => "renewal",
            None | Some("name") => "name",
            Some("renewal") => "renewal",
            Some(_) => {
                return Err(Fault::field(
                    "sort",
                    "contracts are sorted by name or renewal",
                ));
            }
        };
        Ok(ContractFilter {
            pattern: self.q.as_deref().and_then(clients::search_pattern),
            client,
            standing: given(&self.status),
            renewal_by,
            today: Day(today),
            sort,
        })
    }
}

/// Contracts by name.
#[utoipa::path(get, path = "/contracts", tag = "contracts", params(ContractsQuery, Paging),
    responses((status = 200, body = Page<ContractSummary>)))]
async fn list(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<ContractsQuery>,
) -> Result<Json<Page<ContractSummary>>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let filter = query.filter(&app, &who, &mut tx).await?;
    let window = query.paging.window(filter.sort)?;
    let rows = store::contracts(&mut tx, who.org, &filter, &window).await?;
    let rows = rows
        .into_iter()
        .map(|row| ContractSummary::of(row, &who, filter.today))
        .collect();
    Ok(Json(window.page(rows, ContractSummary::place)))
}

/// A contract with its lines.
#[utoipa::path(get, path = "/contracts/{id}", tag = "contracts",
    params(("id" = String, Path, description = "id or reference")),
    responses((status = 200, body = ContractDetail), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<ContractDetail>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let contract = contract_named(&mut tx, who.org, &id).await?;
    Ok(Json(view::detail(&app, &who, &mut tx, contract.id).await?))
}

/// Make a contract with all its lines. Saying the same again under one reference answers 200 and
/// changes nothing.
#[utoipa::path(post, path = "/contracts", tag = "contracts", request_body = ContractInput,
    responses((status = 201, body = ContractDetail), (status = 200, body = ContractDetail),
        (status = 409, description = "the reference belongs to a contract that differs"),
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
    let input: ContractInput = json_body(&body)?;
    let (status, contract) = match super::create(&app, &who, &mut write.tx, &input).await? {
        Created::New(contract) => (StatusCode::CREATED, contract),
        Created::AlreadyThere(contract) => (StatusCode::OK, contract),
    };
    let detail = view::detail(&app, &who, &mut write.tx, contract.id).await?;
    write.finish(&app, status, &detail).await
}

/// Change a draft, activate it, or rename, renew or end an active contract.
#[utoipa::path(patch, path = "/contracts/{id}", tag = "contracts", request_body = ContractChange,
    params(("id" = String, Path)),
    responses((status = 200, body = ContractDetail), (status = 404, description = "unknown"),
        (status = 409, description = "changed in the meantime, or already agreed"),
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
    let change: ContractChange = json_body(&body)?;
    let id = contract_named(&mut write.tx, who.org, &id).await?.id;
    super::update(&app, &who, &mut write.tx, id, &change).await?;
    let detail = view::detail(&app, &who, &mut write.tx, id).await?;
    write.finish(&app, StatusCode::OK, &detail).await
}

/// Add a line to a contract.
#[utoipa::path(post, path = "/contracts/{id}/lines", tag = "contracts", request_body = LineInput,
    params(("id" = String, Path)),
    responses((status = 201, body = ContractDetail), (status = 404, description = "unknown"),
        (status = 422, description = "wrong fields")))]
async fn add_line(
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
    let input: LineInput = json_body(&body)?;
    let id = contract_named(&mut write.tx, who.org, &id).await?.id;
    let person = Some(who.person);
    super::add_line(&app, who.org, person, &mut write.tx, id, &input).await?;
    let detail = view::detail(&app, &who, &mut write.tx, id).await?;
    write.finish(&app, StatusCode::CREATED, &detail).await
}

#[derive(Serialize, ToSchema)]
struct Changed {
    /// Undo with `DELETE /contract-events/{id}`.
    event: Uuid,
    contract: ContractDetail,
}

/// Change a line from a day on. What was agreed before stays on record.
#[utoipa::path(post, path = "/contract-lines/{id}/changes", tag = "contracts",
    request_body = LineChange, params(("id" = String, Path)),
    responses((status = 201, body = Changed), (status = 404, description = "unknown"),
        (status = 409, description = "the line cannot be changed so"),
        (status = 422, description = "wrong fields")))]
async fn change_line(
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
    let id: ContractLineId = id
        .parse()
        .map_err(|_| Fault::NotFound("this contract line"))?;
    let change: LineChange = json_body(&body)?;
    let tx = &mut write.tx;
    let event = apply_change(&app, &who, tx, id, &change).await?;
    let contract = line(tx, who.org, id).await?.contract_id;
    let contract = view::detail(&app, &who, tx, contract).await?;
    let changed = Changed { event, contract };
    write.finish(&app, StatusCode::CREATED, &changed).await
}

/// Take a change of a line back.
#[utoipa::path(delete, path = "/contract-events/{id}", tag = "contracts",
    params(("id" = Uuid, Path)),
    responses((status = 200, description = "taken back"), (status = 404, description = "unknown"),
        (status = 409, description = "taken back already, or built upon")))]
async fn undo_change(
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
    let id: Uuid = id.parse().map_err(|_| Fault::NotFound("this change"))?;
    let person = Some(who.person);
    super::undo_change(&app, who.org, person, &mut write.tx, id).await?;
    let answer = serde_json::json!({ "undone": id });
    write.finish(&app, StatusCode::OK, &answer).await
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct CoverageQuery {
    /// A contract's id or reference.
    contract: Option<String>,
    /// A contract line's id.
    line: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Which service periods stand on a document, came to nothing or were waived; oldest first.
#[utoipa::path(get, path = "/coverage", tag = "contracts", params(CoverageQuery, Paging),
    responses((status = 200, body = Page<Coverage>)))]
async fn list_coverage(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<CoverageQuery>,
) -> Result<Json<Page<Coverage>>, Fault> {
    let window = query.paging.window("starts_on")?;
    let mut tx = app.db.read(who.org).await?;
    let contract = match query.contract.as_deref() {
        None => None,
        Some(name) => Some(contract_named(&mut tx, who.org, name).await?.id),
    };
    let line = match query.line.as_deref() {
        None => None,
        Some(id) => Some(
            id.parse()
                .map_err(|_| Fault::NotFound("this contract line"))?,
        ),
    };
    let rows = store::coverage(&mut tx, who.org, contract, line, &window).await?;
    Ok(Json(window.page(rows, |row| {
        After::of_text(&row.starts_on.to_string(), row.id.0)
    })))
}

/// Give a period up: nothing will be billed for it, and it is never missing.
#[utoipa::path(post, path = "/coverage/waivers", tag = "contracts", request_body = WaiveInput,
    responses((status = 200, body = Coverage),
        (status = 409, description = "the period stands on a document"),
        (status = 422, description = "wrong fields")))]
async fn waive(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: WaiveInput = json_body(&body)?;
    let person = Some(who.person);
    let row = coverage::waive_typed(&app, who.org, person, &mut write.tx, &input).await?;
    write.finish(&app, StatusCode::OK, &row).await
}
