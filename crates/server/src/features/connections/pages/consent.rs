//! To Xero's consent page and back.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{INTEGRATIONS, named, redirect};
use crate::{
    app::App,
    fault::Fault,
    features::{
        connections::{self, Finished},
        home::Frame,
    },
    http::{Connect, May},
    ui::{Flash, Nav, Shell, View},
};

/// Our pages' forms may not lead to other sites, so the way to Xero is a link on a page.
#[derive(Template)]
#[template(path = "features/connections/templates/consent.html")]
pub struct ConsentPage {
    shell: Shell,
    url: String,
}

pub(super) async fn begin(app: &App, who: &May<Connect>, frame: Frame) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    match connections::begin_consent(app, who, &mut tx).await {
        Ok(url) => {
            tx.commit().await?;
            let shell = frame.shell.titled("Connect Xero", Nav::Integrations);
            let url = url.into();
            Ok(View(ConsentPage { shell, url }).into_response())
        }
        Err(Fault::Conflict { message, .. }) => {
            Ok(redirect(INTEGRATIONS, &Flash::problem(message)))
        }
        Err(fault) => Err(fault),
    }
}

#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    error: Option<String>,
}

/// Where Xero sends the person after they consented, or did not.
pub async fn xero_callback(
    State(app): State<App>,
    who: May<Connect>,
    Query(answer): Query<Answer>,
) -> Result<Response, Fault> {
    let outcome = match &answer.error {
        Some(_) => Err(Fault::conflict(
            "consent_refused",
            "Xero was not connected, because access was not allowed on its page.",
        )),
        None => finish(&app, &who, &answer).await,
    };
    let flash = match outcome {
        Ok(Finished::Connected(_)) => Flash::done("Xero is connected. Its first sync has begun."),
        Ok(Finished::Choose(_)) => Flash::done("Choose whose books these are."),
        Err(Fault::Internal(error)) => return Err(Fault::Internal(error)),
        Err(fault) => Flash::problem(fault.to_string()),
    };
    Ok(redirect(INTEGRATIONS, &flash))
}

async fn finish(app: &App, who: &May<Connect>, answer: &Answer) -> Result<Finished, Fault> {
    let consented = connections::exchange_consent(app, who, &answer.state, &answer.code).await?;
    crate::db::replay(|| async {
        let mut tx = app.db.write(who.org).await?;
        let finished = connections::keep_consent(app, who, &mut tx, &consented).await?;
        tx.commit().await?;
        Ok(finished)
    })
    .await
}

#[derive(Deserialize)]
pub struct TenantForm {
    tenant_id: String,
}

pub async fn choose_tenant(
    State(app): State<App>,
    who: May<Connect>,
    Path(id): Path<String>,
    Form(form): Form<TenantForm>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    connections::choose_tenant(&app, &who, &mut tx, named(&id)?, &form.tenant_id).await?;
    tx.commit().await?;
    let done = Flash::done("Xero is connected. Its first sync has begun.");
    Ok(redirect(INTEGRATIONS, &done))
}
