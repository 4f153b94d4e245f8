//! Approve, take that back, reject. None of them sends anything.

use axum::{
    Form,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use billing::draft::Decision;
use serde::Deserialize;

use super::{
    detail::{self, Refused},
    place_of,
};
use crate::{
    app::App,
    db::{GeneratedInvoiceId, Tx},
    fault::Fault,
    features::{
        generated_invoices::{
            self,
            agree::still_missing,
            api::parse,
            decide::{self, Approving},
        },
        home::Frame,
        sign_in,
    },
    http::{May, Peer, Who, Work, done},
    ui::{Flash, address},
};

#[derive(Deserialize)]
pub struct ApproveForm {
    version: i64,
    #[serde(default)]
    release: String,
    #[serde(default)]
    override_reason: String,
    #[serde(default)]
    factor: String,
}

pub async fn approve(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(form): Form<ApproveForm>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let said = |text: &'_ str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (release, override_reason) = (said(&form.release), said(&form.override_reason));
    let how = Approving {
        release: release.as_deref(),
        override_reason: override_reason.as_deref(),
    };
    let mut who = who.0;
    if !form.factor.is_empty() {
        let origin = sign_in::api::origin(&app, peer, &headers, "web");
        match sign_in::with_fresh_factor(&app, who.clone(), form.factor, &origin).await {
            Ok(fresh) => who = fresh,
            Err(fault @ (Fault::Invalid { .. } | Fault::TooMany { .. })) => {
                return again(&app, frame, id, Refused::Factor(fault)).await;
            }
            Err(fault) => return Err(fault),
        }
    }
    let mut tx = app.db.write(who.org).await?;
    match decide::approve(&app, &who, &mut tx, id, form.version, how).await {
        Ok(decision) => {
            let version = finish(tx, &who, id).await?;
            let flash = Flash::done(still_missing(decision));
            let undo = format!("{}/unapprove", place_of(id));
            let undo = address(&undo, &[("version", &version.to_string())]);
            let flash = match decision {
                Decision::Approved => flash.undo(undo),
                Decision::NeedsAnother | Decision::NeedsAnApprover => flash,
            };
            Ok(done(&place_of(id), &flash))
        }
        Err(fault @ Fault::Conflict { code: "held", .. }) => {
            drop(tx);
            again(&app, frame, id, Refused::Release(form.release, fault)).await
        }
        // The page says what to do, and asks the Owner for a reason.
        Err(
            fault @ Fault::Conflict {
                code: "own_edits" | "second_person",
                ..
            },
        ) => {
            drop(tx);
            again(&app, frame, id, Refused::Approval(fault)).await
        }
        Err(Fault::Conflict { code: "stale", .. })
            if decide::is_approved_already(&mut tx, &who, id, form.version).await? =>
        {
            let flash = Flash::done("Approved. It waits under Ready to post.");
            Ok(done(&place_of(id), &flash))
        }
        Err(fault) => Err(fault),
    }
}

/// Commits, and tells the version that an undo must name.
async fn finish(mut tx: Tx, who: &Who, id: GeneratedInvoiceId) -> Result<i64, Fault> {
    let now = generated_invoices::detail(&mut tx, who.org, id).await?;
    tx.commit().await?;
    Ok(now.draft.version)
}

async fn again(
    app: &App,
    frame: Frame,
    id: GeneratedInvoiceId,
    refused: Refused,
) -> Result<Response, Fault> {
    let page = detail::page(app, frame, id, &refused).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[derive(Deserialize)]
pub struct Seen {
    version: i64,
}

pub async fn unapprove(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Query(seen): Query<Seen>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.write(who.org).await?;
    decide::unapprove(&app, &who, &mut tx, id, seen.version).await?;
    tx.commit().await?;
    Ok(done(
        &place_of(id),
        &Flash::done("The approval is taken back."),
    ))
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
            let flash = Flash::done("Rejected. What it covered can be drafted again.");
            Ok(done(&place_of(id), &flash))
        }
        Err(fault @ Fault::Invalid { .. }) => {
            drop(tx);
            again(&app, frame, id, Refused::Reject(form.reason, fault)).await
        }
        Err(fault) => Err(fault),
    }
}
