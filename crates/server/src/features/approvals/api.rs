//! The rules of approval and stand-ins for programs.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ApprovalRules, RulesChange, StandIn, rules, save, set_stand_in, stand_in::StandInInput,
    stand_ins,
};
use crate::{
    app::App,
    db::Day,
    fault::Fault,
    features::sign_in::{self, api::origin},
    http::{Administer, Begun, IdempotencyKey, May, Peer, Read, Work, Write, json_body},
};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(shown, change))
        .routes(routes!(away))
        .routes(routes!(stand_in, end_stand_in))
}

/// What the organization asks for before a draft counts as approved.
#[utoipa::path(get, path = "/approval-rules", tag = "approvals",
    responses((status = 200, body = ApprovalRules)))]
async fn shown(State(app): State<App>, who: May<Read>) -> Result<Json<ApprovalRules>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(rules(&mut tx, who.org).await?))
}

/// Put other rules in their place. Drafts that are approved already stay so.
#[utoipa::path(put, path = "/approval-rules", tag = "approvals", request_body = RulesChange,
    responses((status = 200, body = ApprovalRules),
        (status = 403, description = "for Owner and Admin"),
        (status = 409, description = "somebody else changed them"),
        (status = 422, description = "wrong fields, nobody could satisfy them, or the last factor is too old")))]
async fn change(
    State(app): State<App>,
    who: May<Administer>,
    peer: Peer,
    headers: HeaderMap,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "api");
    let who = sign_in::with_fresh_factor(&app, who.0, String::new(), &origin).await?;
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let wanted: RulesChange = json_body(&body)?;
    let now = save(&app, &mut write.tx, &who, &wanted).await?;
    write.finish(&app, StatusCode::OK, &now).await
}

/// Who approves in whose place now.
#[utoipa::path(get, path = "/stand-ins", tag = "approvals",
    responses((status = 200, body = Vec<StandIn>)))]
async fn away(State(app): State<App>, who: May<Read>) -> Result<Json<Vec<StandIn>>, Fault> {
    let today = Day(who.today(&app));
    let mut tx = app.db.read(who.org).await?;
    Ok(Json(stand_ins(&mut tx, who.org, today).await?))
}

/// Have somebody approve in the caller's place until a day.
#[utoipa::path(put, path = "/stand-ins/mine", tag = "approvals", request_body = StandInInput,
    responses((status = 200, body = Vec<StandIn>),
        (status = 422, description = "a day that is past, or who may not approve")))]
async fn stand_in(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    let new: StandInInput = json_body(&body)?;
    set_stand_in(&app, &mut write.tx, &who, Some(&new)).await?;
    let now = stand_ins(&mut write.tx, who.org, Day(who.today(&app))).await?;
    write.finish(&app, StatusCode::OK, &now).await
}

/// Approve for oneself again.
#[utoipa::path(delete, path = "/stand-ins/mine", tag = "approvals",
    responses((status = 200, body = Vec<StandIn>)))]
async fn end_stand_in(
    State(app): State<App>,
    who: May<Work>,
    key: IdempotencyKey,
    body: Bytes,
) -> Result<Response, Fault> {
    let mut write = match Write::begin(&app, &who, &key, &body).await? {
        Begun::New(write) => write,
        Begun::Replayed(response) => return Ok(response),
    };
    set_stand_in(&app, &mut write.tx, &who, None).await?;
    let now = stand_ins(&mut write.tx, who.org, Day(who.today(&app))).await?;
    write.finish(&app, StatusCode::OK, &now).await
}
