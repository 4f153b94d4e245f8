//! Generated invoices for programs.

mod payments;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Detail, DraftView, Filter, Scope, counts, decide, detail, generate, list, post, view::StateSum,
};
use crate::{
    app::App,
    db::{ClientId, ContractId, Day, GeneratedInvoiceId},
    fault::Fault,
    features::clients::Span,
    http::{After, Begun, IdempotencyKey, May, Page, Paging, Read, Who, Work, Write, json_body},
};

mod edit;
mod preview;
mod runs;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all, make))
        .routes(routes!(sums))
        .merge(preview::routes())
        .merge(edit::routes())
        .merge(runs::routes())
        .routes(routes!(post_many))
        .routes(routes!(one))
        .routes(routes!(approve))
        .routes(routes!(unapprove))
        .routes(routes!(reject))
        .routes(routes!(payments::payments, payments::pay))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct DraftsQuery {
    /// A state, or `open`, `ready` (to post), `sent`, or `second` (waits for a second person).
    status: Option<String>,
    client: Option<ClientId>,
    /// What became of the last letter: `not_sent`, `queued`, `sent` or `failed`.
    delivery: Option<String>,
    /// Part of a client's name, a reference or a number.
    q: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Generated invoices, newest first.
#[utoipa::path(get, path = "/generated-invoices", tag = "generated invoices",
    params(DraftsQuery, Paging), responses((status = 200, body = Page<DraftView>)))]
async fn all(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<DraftsQuery>,
) -> Result<Json<Page<DraftView>>, Fault> {
    let window = query.paging.window("issued")?;
    let after = window.after.as_ref().and_then(|after| {
        Some((
            Day(after.text()?.parse().ok()?),
            GeneratedInvoiceId(after.id),
        ))
    });
    let filter = Filter {
        status: query.status.filter(|status| !status.is_empty()),
        client: query.client,
        search: query.q.filter(|text| !text.is_empty()),
        delivery: query.delivery.filter(|word| !word.is_empty()),
        after,
        limit: window.rows(),
    };
    let mut tx = app.db.read(who.org).await?;
    let rows = list(&mut tx, who.org, &filter).await?;
    let place = |row: &DraftView| After::of_text(&row.issued_on.to_string(), row.id.0);
    Ok(Json(window.page(rows, place)))
}

/// How many there are in each state, and what they come to.
#[utoipa::path(get, path = "/generated-invoices/sums", tag = "generated invoices",
    responses((status = 200, body = Vec<StateSum>)))]
async fn sums(State(app): State<App>, who: May<Read>) -> Result<Json<Vec<StateSum>>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(counts(&mut tx, who.org).await?))
}

/// One generated invoice with its lines and why they are what they are.
#[utoipa::path(get, path = "/generated-invoices/{id}", tag = "generated invoices",
    params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<Detail>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(detail(&mut tx, who.org, parse(&id)?).await?))
}

pub(super) fn parse(id: &str) -> Result<GeneratedInvoiceId, Fault> {
    id.parse().map_err(|_| Fault::NotFound("this draft"))
}

/// What to invoice.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ScopeInput {
    /// Only this client.
    client: Option<ClientId>,
    /// Only this contract.
    contract: Option<ContractId>,
    /// Everything that can be charged by this day; five days from today unless said.
    as_of: Option<NaiveDate>,
}

impl ScopeInput {
    fn scope(&self, app: &App, who: &Who) -> Result<Scope, Fault> {
        scope(app, who, self.client, self.contract, self.as_of)
    }
}

/// Drafts are made this far ahead.
const AHEAD: Days = Days::new(5);
const FARTHEST_DAYS: i64 = 400;

pub(super) fn scope(
    app: &App,
    who: &Who,
    client: Option<ClientId>,
    contract: Option<ContractId>,
    as_of: Option<NaiveDate>,
) -> Result<Scope, Fault> {
    let today = who.today(app);
    let as_of = as_of.unwrap_or_else(|| today.checked_add_days(AHEAD).unwrap_or(today));
    if (as_of - today).num_days().abs() > FARTHEST_DAYS {
        return Err(Fault::field("as_of", "choose a day within a year of today"));
    }
    Ok(Scope {
        clients: Span::of(client),
        contract,
        as_of,
        today,
    })
}

/// Make drafts of everything in scope that is not covered yet.
#[utoipa::path(post, path = "/generated-invoices", tag = "generated invoices",
    request_body = ScopeInput, responses((status = 201, body = generate::Made),
        (status = 422, description = "wrong fields")))]
async fn make(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: ScopeInput = json_body(&body)?;
    let scope = input.scope(&app, &who)?;
    let person = Some(who.person);
    let made = generate::generate(&app, &mut write.tx, who.org, person, &scope).await?;
    write.finish(&app, StatusCode::CREATED, &made).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ApproveInput {
    version: i64,
    /// Why its holds may pass, where there are any.
    #[serde(default)]
    release: Option<String>,
    /// Why the Owner approves it against the organization's rules.
    #[serde(default)]
    override_reason: Option<String>,
}

/// Approve a draft. Nothing is sent. Above the organization's limits the draft stays one until a
/// second person has approved it too.
#[utoipa::path(post, path = "/generated-invoices/{id}/approve", tag = "generated invoices",
    request_body = ApproveInput, params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown"),
        (status = 403, description = "the last factor is too old, or only the Owner overrides"),
        (status = 409, description = "changed, stopped, held, or it takes somebody else")))]
async fn approve(
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
    let (id, input): (_, ApproveInput) = (parse(&id)?, json_body(&body)?);
    let said = |text: &'_ Option<String>| {
        let text = text.as_deref().map(str::trim);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let (release, override_reason) = (said(&input.release), said(&input.override_reason));
    let how = decide::Approving {
        release: release.as_deref(),
        override_reason: override_reason.as_deref(),
    };
    decide::approve(&app, &who, &mut write.tx, id, input.version, how).await?;
    let answer = detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VersionInput {
    version: i64,
}

/// Take an approval back.
#[utoipa::path(post, path = "/generated-invoices/{id}/unapprove", tag = "generated invoices",
    request_body = VersionInput, params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown"),
        (status = 409, description = "changed, or on its way")))]
async fn unapprove(
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
    let (id, input): (_, VersionInput) = (parse(&id)?, json_body(&body)?);
    decide::unapprove(&app, &who, &mut write.tx, id, input.version).await?;
    let answer = detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RejectInput {
    version: i64,
    reason: String,
}

/// Reject a draft; what it covered can be drafted again.
#[utoipa::path(post, path = "/generated-invoices/{id}/reject", tag = "generated invoices",
    request_body = RejectInput, params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown"),
        (status = 409, description = "changed, or on its way"),
        (status = 422, description = "no reason")))]
async fn reject(
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
    let (id, input): (_, RejectInput) = (parse(&id)?, json_body(&body)?);
    decide::reject(&app, &who, &mut write.tx, id, input.version, &input.reason).await?;
    let answer = detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostInput {
    drafts: Vec<PostOne>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostOne {
    id: GeneratedInvoiceId,
    version: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct Posting {
    posting: usize,
}

/// Put approved drafts into accounting. This cannot be undone here.
#[utoipa::path(post, path = "/generated-invoices/post", tag = "generated invoices",
    request_body = PostInput, responses((status = 202, body = Posting),
        (status = 403, description = "the session's password was entered too long ago"),
        (status = 409, description = "changed, or not approved")))]
async fn post_many(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: PostInput = json_body(&body)?;
    let drafts: Vec<_> = input
        .drafts
        .iter()
        .map(|one| (one.id, one.version))
        .collect();
    post::begin(&app, &who, &mut write.tx, &drafts).await?;
    write
        .finish(
            &app,
            StatusCode::ACCEPTED,
            &Posting {
                posting: drafts.len(),
            },
        )
        .await
}
