//! Credit notes for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, Query, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Detail, Filter, NoteChange, NoteInput, NoteView, create, decide, detail, list, post, update,
};
use crate::{
    app::App,
    db::{ClientId, Day, GeneratedCreditNoteId, GeneratedInvoiceId},
    fault::Fault,
    http::{After, Begun, IdempotencyKey, May, Page, Paging, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(all, make))
        .routes(routes!(one, change))
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(post_one))
}

#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct NotesQuery {
    /// A state, or `open`, `ready` (to post) or `sent`.
    status: Option<String>,
    client: Option<ClientId>,
    /// The invoice of ours that is credited.
    invoice: Option<GeneratedInvoiceId>,
    /// Part of a client's name, a reason or a number.
    q: Option<String>,
    #[serde(flatten)]
    #[param(ignore)]
    paging: Paging,
}

/// Credit notes of ours, newest first.
#[utoipa::path(get, path = "/credit-notes", tag = "credit notes",
    params(NotesQuery, Paging), responses((status = 200, body = Page<NoteView>)))]
async fn all(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<NotesQuery>,
) -> Result<Json<Page<NoteView>>, Fault> {
    let window = query.paging.window("issued")?;
    let filter = Filter {
        status: query.status.filter(|status| !status.is_empty()),
        client: query.client,
        invoice: query.invoice,
        search: query.q.filter(|text| !text.is_empty()),
        after: window.after.as_ref().and_then(place),
        limit: window.rows(),
    };
    let mut tx = app.db.read(who.org).await?;
    let rows = list(&mut tx, who.org, &filter).await?;
    Ok(Json(window.page(rows, after)))
}

pub(super) fn place(after: &After) -> Option<(Day, GeneratedCreditNoteId)> {
    let day = Day(after.text()?.parse().ok()?);
    Some((day, GeneratedCreditNoteId(after.id)))
}

pub(super) fn after(row: &NoteView) -> After {
    After::of_text(&row.issued_on.to_string(), row.id.0)
}

/// One credit note with its lines.
#[utoipa::path(get, path = "/credit-notes/{id}", tag = "credit notes",
    params(("id" = GeneratedCreditNoteId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown")))]
async fn one(
    State(app): State<App>,
    who: May<Read>,
    Path(id): Path<String>,
) -> Result<Json<Detail>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(detail(&mut tx, who.org, parse(&id)?).await?))
}

pub(super) fn parse(id: &str) -> Result<GeneratedCreditNoteId, Fault> {
    id.parse().map_err(|_| Fault::NotFound("this credit note"))
}

/// Make a credit note: of an invoice's lines, never more than is left of them, or a free one.
#[utoipa::path(post, path = "/credit-notes", tag = "credit notes",
    request_body = NoteInput, responses((status = 201, body = Detail),
        (status = 404, description = "unknown client or invoice"),
        (status = 409, description = "the invoice is not in accounting"),
        (status = 422, description = "wrong fields, or more than is left")))]
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
    let input: NoteInput = json_body(&body)?;
    let id = create(&app, &who, &mut write.tx, &input).await?;
    let answer = detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::CREATED, &answer).await
}

/// Edit a credit note that has not left; an approval falls.
#[utoipa::path(patch, path = "/credit-notes/{id}", tag = "credit notes",
    request_body = NoteChange, params(("id" = GeneratedCreditNoteId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown"),
        (status = 409, description = "changed, or on its way"),
        (status = 422, description = "wrong fields, or more than is left")))]
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
    let (id, input): (_, NoteChange) = (parse(&id)?, json_body(&body)?);
    update(&app, &who, &mut write.tx, id, &input).await?;
    let answer = detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreditNoteVersion)]
struct VersionInput {
    version: i64,
}

/// Approve a credit note. Nothing is sent.
#[utoipa::path(post, path = "/credit-notes/{id}/approve", tag = "credit notes",
    request_body = VersionInput, params(("id" = GeneratedCreditNoteId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown"),
        (status = 409, description = "changed or stopped")))]
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
    let (id, input): (_, VersionInput) = (parse(&id)?, json_body(&body)?);
    decide::approve(&app, &who, &mut write.tx, id, input.version).await?;
    let answer = detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreditNoteRejection)]
struct RejectInput {
    version: i64,
    reason: String,
}

/// Reject a credit note; what it would have credited is left again.
#[utoipa::path(post, path = "/credit-notes/{id}/reject", tag = "credit notes",
    request_body = RejectInput, params(("id" = GeneratedCreditNoteId, Path)),
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

/// Put an approved credit note into accounting and set it against its invoice. This cannot be
/// undone here.
#[utoipa::path(post, path = "/credit-notes/{id}/post", tag = "credit notes",
    request_body = VersionInput, params(("id" = GeneratedCreditNoteId, Path)),
    responses((status = 202, body = Detail), (status = 404, description = "unknown"),
        (status = 403, description = "the session's password was entered too long ago"),
        (status = 409, description = "changed, or not approved")))]
async fn post_one(
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
    post::begin(&app, &who, &mut write.tx, id, input.version).await?;
    let answer = detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::ACCEPTED, &answer).await
}
