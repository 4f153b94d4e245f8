//! What comes of a contract: its next invoices, a new term, rises, its end.

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

use crate::{
    app::App,
    db::{ContractLineId, Day},
    fault::Fault,
    features::contracts::{
        self, ComingUplift, ContractUplift, DecisionInput, LineChange, Owed, Rehearsal,
        RenewalInput, Rise, UpliftInput, coming_uplifts, contract_named, rehearse_change,
        timeline::{self, ContractTimeline},
        view::{self, ContractDetail},
    },
    http::{Begun, IdempotencyKey, May, Page, Paging, Read, Work, Write, json_body},
    input,
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(one_timeline))
        .routes(routes!(owed))
        .routes(routes!(renew))
        .routes(routes!(one_uplift, set_uplift))
        .routes(routes!(list_uplifts))
        .routes(routes!(decide))
        .routes(routes!(preview_change))
}

/// The next twelve invoices of a contract, and what causes each change.
#[utoipa::path(get, path = "/contracts/{id}/timeline", tag = "contracts",
    params(("id" = String, Path, description = "id or reference")),
    responses((status = 200, body = ContractTimeline), (status = 404, description = "unknown")))]
async fn one_timeline(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<ContractTimeline>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let contract = contract_named(&mut tx, who.org, &id).await?;
    let today = Day(who.today(&app));
    Ok(Json(
        timeline::timeline(&mut tx, who.org, &contract, today).await?,
    ))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct OwedQuery {
    /// The first day without it; the contract's end, or today, unless said.
    until: Option<String>,
}

/// What a contract has not been invoiced for until a day, by line.
#[utoipa::path(get, path = "/contracts/{id}/owed", tag = "contracts",
    params(("id" = String, Path, description = "id or reference"), OwedQuery),
    responses((status = 200, body = Owed), (status = 404, description = "unknown")))]
async fn owed(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
    Query(query): Query<OwedQuery>,
) -> Result<Json<Owed>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let contract = contract_named(&mut tx, who.org, &id).await?;
    let until = match query.until.as_deref().filter(|day| !day.is_empty()) {
        Some(day) => input::day(day).map_err(|message| Fault::field("until", message))?,
        None => contract.terms.ends_on.unwrap_or(Day(who.today(&app))),
    };
    Ok(Json(
        contracts::owed(&mut tx, who.org, &contract, until).await?,
    ))
}

#[derive(Serialize, ToSchema)]
struct RenewedContract {
    contract: ContractDetail,
    /// Prices that rise on the first day of the new term.
    rises: Vec<Rise>,
}

/// Renew an active contract for a new term, with an uplift on its first day where one is said.
#[utoipa::path(post, path = "/contracts/{id}/renewals", tag = "contracts",
    request_body = RenewalInput, params(("id" = String, Path)),
    responses((status = 201, body = RenewedContract), (status = 404, description = "unknown"),
        (status = 409, description = "changed in the meantime, or in no state to be renewed"),
        (status = 422, description = "wrong fields")))]
async fn renew(
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
    let input: RenewalInput = json_body(&body)?;
    let id = contract_named(&mut write.tx, who.org, &id).await?.id;
    let renewed = contracts::renew(&app, &who, &mut write.tx, id, &input).await?;
    let answer = RenewedContract {
        contract: view::detail(&app, &who, &mut write.tx, id).await?,
        rises: renewed.rises,
    };
    write.finish(&app, StatusCode::CREATED, &answer).await
}

/// What is agreed of a contract's anniversaries.
#[utoipa::path(get, path = "/contracts/{id}/uplift", tag = "contracts",
    params(("id" = String, Path, description = "id or reference")),
    responses((status = 200, body = ContractUplift), (status = 404, description = "unknown")))]
async fn one_uplift(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<ContractUplift>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let contract = contract_named(&mut tx, who.org, &id).await?;
    let today = Day(who.today(&app));
    Ok(Json(
        contracts::uplift(&mut tx, who.org, &contract, today).await?,
    ))
}

/// Agree on rises on a contract's anniversaries, all of them anew. Each is confirmed or skipped by
/// a person before it happens.
#[utoipa::path(put, path = "/contracts/{id}/uplift", tag = "contracts",
    request_body = UpliftInput, params(("id" = String, Path)),
    responses((status = 200, body = ContractUplift), (status = 404, description = "unknown"),
        (status = 409, description = "changed in the meantime, or the contract has ended"),
        (status = 422, description = "wrong fields, lines as `lines[0].percent`")))]
async fn set_uplift(
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
    let input: UpliftInput = json_body(&body)?;
    let contract = contract_named(&mut write.tx, who.org, &id).await?;
    let uplift = contracts::set_uplift(&app, &who, &mut write.tx, &contract, &input).await?;
    write.finish(&app, StatusCode::OK, &uplift).await
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct UpliftsQuery {
    /// due: only those to be reviewed now
    show: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Rises that nobody has decided on yet, the nearest first.
#[utoipa::path(get, path = "/contract-uplifts", tag = "contracts",
    params(UpliftsQuery, Paging), responses((status = 200, body = Page<ComingUplift>)))]
async fn list_uplifts(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<UpliftsQuery>,
) -> Result<Json<Page<ComingUplift>>, Fault> {
    let window = query.paging.window("day")?;
    let only_due = match query.show.as_deref() {
        None | Some("") => false,
        Some("due") => true,
        Some(_) => return Err(Fault::field("show", "the only choice is due")),
    };
    let mut tx = app.db.read(who.org).await?;
    let mut coming = coming_uplifts(&mut tx, who.org, Day(who.today(&app))).await?;
    coming.retain(|uplift| uplift.is_due || !only_due);
    let mut page = contracts::page_of_uplifts(coming, &window);
    if !who.may(crate::http::Permission::ReadCost) {
        for uplift in &mut page.items {
            uplift.rise.monthly_before_minor = None;
            uplift.rise.monthly_after_minor = None;
        }
    }
    Ok(Json(page))
}

/// Confirm a rise, which becomes a price event on its day, or skip it this time.
#[utoipa::path(post, path = "/contract-uplifts/decisions", tag = "contracts",
    request_body = DecisionInput,
    responses((status = 200, body = ComingUplift),
        (status = 404, description = "no such rise waits"),
        (status = 409, description = "the price changes on that day already"),
        (status = 422, description = "wrong fields")))]
async fn decide(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: DecisionInput = json_body(&body)?;
    let uplift = contracts::decide_uplift(&app, &who, &mut write.tx, &input).await?;
    write.finish(&app, StatusCode::OK, &uplift).await
}

/// What a change of a line would come to: before and after, the next invoice with and without it.
/// Nothing is stored.
#[utoipa::path(post, path = "/contract-lines/{id}/changes/preview", tag = "contracts",
    request_body = LineChange, params(("id" = String, Path)),
    responses((status = 200, body = Rehearsal), (status = 404, description = "unknown"),
        (status = 409, description = "the line cannot be changed so"),
        (status = 422, description = "wrong fields")))]
async fn preview_change(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Rehearsal>, Fault> {
    let id: ContractLineId = id
        .parse()
        .map_err(|_| Fault::NotFound("this contract line"))?;
    let change: LineChange = json_body(&body)?;
    let mut tx = app.db.write(who.org).await?;
    let rehearsal = rehearse_change(&app, &who, &mut tx, id, &change).await?;
    tx.rollback().await?;
    Ok(Json(rehearsal))
}
