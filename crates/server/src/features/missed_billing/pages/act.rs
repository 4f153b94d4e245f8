//! What a person decides about one finding. Every answer is a redirect that offers Undo.

use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Response},
};
use chrono::NaiveDate;
use serde::Deserialize;

use super::{
    LIST,
    detail::{self, Refused},
    parse, place_of,
};
use crate::{
    app::App,
    db::{FindingId, Tx},
    fault::Fault,
    features::{
        home::Frame,
        missed_billing::{self, act::Act, apply},
    },
    http::{May, Who, Work, done},
    ui::{Flash, address, format},
};

#[derive(Deserialize)]
pub struct Seen {
    version: i64,
}

#[derive(Deserialize)]
pub struct ApplyForm {
    version: i64,
    #[serde(default)]
    when: String,
}

pub async fn apply(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(form): Form<ApplyForm>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let outcome = apply_one(&app, &who, id, &form).await;
    match outcome {
        Ok(version) => Ok(acted(id, version, "Applied.")),
        Err(fault @ Fault::Invalid { .. }) => again(&app, frame, id, Refused::When(fault)).await,
        Err(fault) => Err(fault),
    }
}

async fn apply_one(app: &App, who: &Who, id: FindingId, form: &ApplyForm) -> Result<i64, Fault> {
    let when = apply::when(&form.when)?;
    let mut tx = app.db.write(who.org).await?;
    apply::apply(app, who, &mut tx, id, form.version, when).await?;
    finish(tx, who, id).await
}

/// Commits, and tells the version that an undo must name.
async fn finish(mut tx: Tx, who: &Who, id: FindingId) -> Result<i64, Fault> {
    let (now, _) = missed_billing::detail(&mut tx, who.org, id).await?;
    tx.commit().await?;
    Ok(now.version)
}

fn acted(id: FindingId, version: i64, message: &str) -> Response {
    let place = place_of(id);
    let undo = address(
        &format!("{place}/undo"),
        &[("version", &version.to_string())],
    );
    done(&place, &Flash::done(message).undo(undo))
}

async fn again(
    app: &App,
    frame: Frame,
    id: FindingId,
    refused: Refused,
) -> Result<Response, Fault> {
    let status = axum::http::StatusCode::UNPROCESSABLE_ENTITY;
    let page = detail::page(app, frame, id, &refused).await?;
    Ok((status, page).into_response())
}

async fn decide(
    app: &App,
    who: &Who,
    id: FindingId,
    version: i64,
    act: &Act,
) -> Result<i64, Fault> {
    let mut tx = app.db.write(who.org).await?;
    missed_billing::act::act(app, who, &mut tx, id, version, act).await?;
    finish(tx, who, id).await
}

#[derive(Deserialize)]
pub struct SnoozeForm {
    version: i64,
    #[serde(default)]
    until: String,
}

pub async fn snooze(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(form): Form<SnoozeForm>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let until: Result<NaiveDate, Fault> = form
        .until
        .parse()
        .map_err(|_| Fault::field("until", "choose a date"));
    let outcome = match until {
        Ok(until) => {
            let act = Act::Snooze { until };
            decide(&app, &who, id, form.version, &act)
                .await
                .map(|version| (until, version))
        }
        Err(fault) => Err(fault),
    };
    match outcome {
        Ok((until, version)) => Ok(acted(
            id,
            version,
            &format!("Snoozed until {}.", format::date(until)),
        )),
        Err(fault @ Fault::Invalid { .. }) => {
            again(&app, frame, id, Refused::Snooze(form.until, fault)).await
        }
        Err(fault) => Err(fault),
    }
}

#[derive(Deserialize)]
pub struct IgnoreForm {
    version: i64,
    #[serde(default)]
    reason: String,
}

pub async fn ignore(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(form): Form<IgnoreForm>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let act = Act::Ignore {
        reason: form.reason.clone(),
    };
    match decide(&app, &who, id, form.version, &act).await {
        Ok(version) => Ok(acted(id, version, "Ignored.")),
        Err(fault @ Fault::Invalid { .. }) => {
            again(&app, frame, id, Refused::Ignore(form.reason, fault)).await
        }
        Err(fault) => Err(fault),
    }
}

pub async fn review(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(form): Form<Seen>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let version = decide(&app, &who, id, form.version, &Act::Review).await?;
    Ok(acted(id, version, "Marked reviewed."))
}

/// The version stands in the address, so that the message of the last act can offer it.
pub async fn undo(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Query(seen): Query<Seen>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.write(who.org).await?;
    missed_billing::act::undo(&app, &who, &mut tx, id, seen.version).await?;
    tx.commit().await?;
    Ok(done(
        &place_of(id),
        &Flash::done("Undone. The finding is open again."),
    ))
}

/// Where a person goes who has settled all that was ticked.
pub fn back_to_list(message: String) -> Response {
    done(LIST, &Flash::done(message))
}
