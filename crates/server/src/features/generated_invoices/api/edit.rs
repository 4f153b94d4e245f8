//! Changing drafts and making blank ones, for programs.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    super::{
        Detail,
        blank::{self, Blank},
        detail,
        edit::{self, Edit},
        usual::{Looked, approve_usual, looked},
    },
    parse,
};
use crate::{
    app::App,
    db::GeneratedInvoiceId,
    fault::Fault,
    http::{Begun, IdempotencyKey, May, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(change))
        .routes(routes!(make_blank))
        .routes(routes!(look, approve_many))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EditInput {
    /// The version you saw.
    version: i64,
    /// In this order, all or nothing; at most 500 at once.
    edits: Vec<Edit>,
}

/// Change a draft. An approval falls with it, whoever gave it.
#[utoipa::path(post, path = "/generated-invoices/{id}/edits", tag = "generated invoices",
    request_body = EditInput, params(("id" = GeneratedInvoiceId, Path)),
    responses((status = 200, body = Detail), (status = 404, description = "unknown"),
        (status = 409, description = "changed, or on its way"),
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
    let (id, input): (_, EditInput) = (parse(&id)?, json_body(&body)?);
    edit::edit(&app, &who, &mut write.tx, id, input.version, &input.edits).await?;
    let answer = detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::OK, &answer).await
}

/// Make a draft of what you say: it covers nothing that a contract owes.
#[utoipa::path(post, path = "/generated-invoices/blank", tag = "generated invoices",
    request_body = Blank, responses((status = 201, body = Detail),
        (status = 422, description = "wrong fields")))]
async fn make_blank(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: Blank = json_body(&body)?;
    let id = blank::make(&app, &who, &mut write.tx, &input).await?;
    let answer = detail(&mut write.tx, who.org, id).await?;
    write.finish(&app, StatusCode::CREATED, &answer).await
}

/// Every open draft, with why it has nothing unusual or what is unusual about it.
#[utoipa::path(get, path = "/generated-invoices/usual", tag = "generated invoices",
    responses((status = 200, body = Looked)))]
async fn look(State(app): State<App>, who: May<Work>) -> Result<Json<Looked>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(looked(&app, &mut tx, &who).await?))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UsualInput {
    drafts: Vec<SeenDraft>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SeenDraft {
    id: GeneratedInvoiceId,
    version: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct ApprovedTogether {
    approved: usize,
}

/// Approve drafts that have nothing unusual, all or none. Nothing is sent.
#[utoipa::path(post, path = "/generated-invoices/usual", tag = "generated invoices",
    request_body = UsualInput, responses((status = 200, body = ApprovedTogether),
        (status = 409, description = "changed, or unusual by now")))]
async fn approve_many(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let input: UsualInput = json_body(&body)?;
    let drafts: Vec<_> = input
        .drafts
        .iter()
        .map(|one| (one.id, one.version))
        .collect();
    approve_usual(&app, &who, &mut write.tx, &drafts).await?;
    let approved = drafts.len();
    write
        .finish(&app, StatusCode::OK, &ApprovedTogether { approved })
        .await
}
