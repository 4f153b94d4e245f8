//! Coming back from Xero's consent page.

use axum::{
    extract::{Query, State},
    http::header::SET_COOKIE,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use super::Finished;
use crate::{
    app::App,
    fault::Fault,
    http::{Connect, May},
    ui::Flash,
};

pub const INTEGRATIONS: &str = "/settings/integrations";

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
) -> Response {
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
        Err(Fault::Internal(error)) => return Fault::Internal(error).into_response(),
        Err(fault) => Flash::problem(fault.to_string()),
    };
    back_with(&flash)
}

async fn finish(app: &App, who: &May<Connect>, answer: &Answer) -> Result<Finished, Fault> {
    let consented = super::exchange_consent(app, who, &answer.state, &answer.code).await?;
    crate::db::replay(|| async {
        let mut tx = app.db.write(who.org).await?;
        let finished = super::keep_consent(app, who, &mut tx, &consented).await?;
        tx.commit().await?;
        Ok(finished)
    })
    .await
}

fn back_with(flash: &Flash) -> Response {
    let mut response = Redirect::to(INTEGRATIONS).into_response();
    if let Some(cookie) = flash.cookie() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}
