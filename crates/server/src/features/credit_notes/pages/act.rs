//! Approve and reject, which send nothing; and post, which is the irreversible act and has a page
//! of its own.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{detail, place_of};
use crate::{
    app::App,
    db::GeneratedCreditNoteId,
    fault::Fault,
    features::{
        credit_notes::{self, api::parse, decide, post as posting},
        home::Frame,
        sign_in,
    },
    http::{May, Peer, Work, done},
    ui::{Field, Figure, Flash, Moment, Nav, Shell, View},
};

const WHY: &str = "Posting cannot be undone here, so it asks who you are.";

#[derive(Deserialize)]
pub struct Seen {
    version: i64,
}

pub async fn approve(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.write(who.org).await?;
    decide::approve(&app, &who, &mut tx, id, seen.version).await?;
    tx.commit().await?;
    let flash = Flash::done("Approved. Post it to put it into accounting.");
    Ok(done(&place_of(id), &flash))
}

#[derive(Deserialize)]
pub struct RejectForm {
    version: i64,
    #[serde(default)]
    reason: String,
}

pub async fn reject(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(form): Form<RejectForm>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.write(who.org).await?;
    match decide::reject(&app, &who, &mut tx, id, form.version, &form.reason).await {
        Ok(()) => {
            tx.commit().await?;
            let flash = Flash::done("Rejected. What it would have credited is left again.");
            Ok(done(&place_of(id), &flash))
        }
        Err(fault @ Fault::Invalid { .. }) => {
            drop(tx);
            let refused = Some((form.reason, fault));
            let page = detail::page(&app, frame, id, &refused).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

#[derive(Template)]
#[template(path = "features/credit_notes/templates/post.html")]
pub struct PostPage {
    shell: Shell,
    place: String,
    version: i64,
    client: String,
    invoice: Option<String>,
    total: Figure,
    issued: Moment,
    /// Asked for where the last one is too old.
    factor: Option<Field>,
}

pub async fn confirm(
    frame: Frame,
    State(app): State<App>,
    _may: May<Work>,
    Path(id): Path<String>,
) -> Result<View<PostPage>, Fault> {
    page(&app, frame, parse(&id)?, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    id: GeneratedCreditNoteId,
    wrong: Option<Fault>,
) -> Result<View<PostPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let note = credit_notes::detail(&mut tx, who.org, id).await?.note;
    if note.status != "approved" {
        return Err(Fault::conflict(
            "not_approved",
            "only an approved credit note can be posted",
        ));
    }
    let wrong = wrong.map(|fault| fault.to_string());
    let factor = sign_in::factor_field(app, &mut tx, &who, WHY, wrong).await?;
    drop(tx);
    Ok(View(PostPage {
        shell: shell.titled("Post a credit note", Nav::CreditNotes),
        place: place_of(id),
        version: note.version,
        total: Figure::new(note.total_minor, note.currency),
        issued: Moment::date(note.issued_on.0),
        client: note.client_name,
        invoice: note.invoice_number,
        factor: factor.map(Field::autofocus),
    }))
}

#[derive(Deserialize)]
pub struct PostForm {
    version: i64,
    #[serde(default)]
    factor: String,
}

pub async fn post(
    frame: Frame,
    State(app): State<App>,
    may: May<Work>,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<PostForm>,
) -> Result<Response, Fault> {
    let who = may.0;
    let id = parse(&id)?;
    let mut tx = app.db.read(who.org).await?;
    credit_notes::document(&mut tx, who.org, id).await?;
    drop(tx);
    let origin = sign_in::api::origin(&app, peer, &headers, "web");
    let who = match sign_in::with_fresh_factor(&app, who, form.factor, &origin).await {
        Ok(who) => who,
        Err(fault @ (Fault::Invalid { .. } | Fault::TooMany { .. })) => {
            let status = match fault {
                Fault::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let page = page(&app, frame, id, Some(fault)).await?;
            return Ok((status, page).into_response());
        }
        Err(fault) => return Err(fault),
    };
    let mut tx = app.db.write(who.org).await?;
    posting::begin(&app, &who, &mut tx, id, form.version).await?;
    tx.commit().await?;
    Ok(done(&place_of(id), &Flash::done("Posting.")))
}
