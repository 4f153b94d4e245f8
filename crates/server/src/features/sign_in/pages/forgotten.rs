//! A forgotten password: asking for a letter, and setting a new one by its link.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{
        HeaderMap,
        header::{CACHE_CONTROL, REFERRER_POLICY},
    },
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;

use super::project_letter;

use crate::{
    app::App,
    fault::Fault,
    features::sign_in::{api::origin, forgotten, links},
    http::{Peer, Routes},
    supabase::{self, Project},
    ui::{Field, Flash, Theme, View, see_other},
};

pub fn routes() -> Routes {
    Routes::new()
        .route("/forgot-password", get(show).post(ask))
        .route("/reset-password", get(show_reset).post(reset))
}

#[derive(Template)]
#[template(path = "features/sign_in/templates/forgot_password.html")]
struct ForgotPage {
    theme: Theme,
    email: Field,
    /// The address that a letter goes to, if anybody has it.
    asked: Option<String>,
    sends_mail: bool,
    /// Why nothing was sent, where the address is not to blame.
    problem: Option<String>,
}

fn forgot(app: &App, headers: &HeaderMap, typed: &str, refused: Option<&Fault>) -> ForgotPage {
    let wrong = refused.and_then(|fault| fault.fields().get("email").cloned());
    let problem = refused.filter(|_| wrong.is_none()).map(Fault::to_string);
    ForgotPage {
        theme: Theme::of(headers),
        email: Field::email("email", "Email")
            .value(typed)
            .autocomplete("username")
            .error(wrong)
            .required()
            .autofocus(),
        asked: None,
        sends_mail: forgotten::sends_letters(app),
        problem,
    }
}

async fn show(State(app): State<App>, headers: HeaderMap) -> Response {
    View(forgot(&app, &headers, "", None)).into_response()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    email: String,
}

async fn ask(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    Form(asked): Form<Asked>,
) -> Result<Response, Fault> {
    if !forgotten::sends_letters(&app) {
        return Ok(View(forgot(&app, &headers, &asked.email, None)).into_response());
    }
    let origin = origin(&app, peer, &headers, "web");
    match forgotten::ask(&app, &asked.email, None, &origin).await {
        Ok(()) => {
            let page = forgot(&app, &headers, "", None);
            let asked = Some(asked.email);
            Ok(View(ForgotPage { asked, ..page }).into_response())
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::TooMany { .. })) => {
            let page = forgot(&app, &headers, &asked.email, Some(&fault));
            Ok((fault.status(), View(page)).into_response())
        }
        Err(fault) => Err(fault),
    }
}

#[derive(Template)]
#[template(path = "features/sign_in/templates/reset_password.html")]
struct ResetPage {
    theme: Theme,
    /// Whose password it is; none where the link is not good any more.
    email: Option<String>,
    token: String,
    password: Field,
}

impl ResetPage {
    fn new(
        headers: &HeaderMap,
        email: Option<String>,
        token: String,
        wrong: Option<String>,
    ) -> Self {
        Self {
            theme: Theme::of(headers),
            email,
            token,
            password: new_password(wrong),
        }
    }
}

pub fn new_password(wrong: Option<String>) -> Field {
    Field::password("password", "New password")
        .autocomplete("new-password")
        .hint("At least 12 characters; a few unrelated words do well.")
        .error(wrong)
        .required()
        .autofocus()
}

/// What the address of a page opens stays with it.
pub fn secretly(page: impl IntoResponse) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, page).into_response()
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Opened {
    token: String,
}

async fn show_reset(
    State(app): State<App>,
    headers: HeaderMap,
    Query(Opened { token }): Query<Opened>,
) -> Result<Response, Fault> {
    if supabase::keeps_accounts(&app) {
        return Ok(project_letter::show(&headers));
    }
    match forgotten::whose(&app, &token).await {
        Ok(email) => {
            let page = ResetPage::new(&headers, Some(email), token, None);
            Ok(secretly(View(page)))
        }
        Err(fault) if fault.code() == links::OVER => Ok(over(&headers, &fault)),
        Err(fault) => Err(fault),
    }
}

fn over(headers: &HeaderMap, fault: &Fault) -> Response {
    let page = ResetPage::new(headers, None, String::new(), None);
    secretly((fault.status(), View(page)))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Chosen {
    token: String,
    /// What a letter of the project that keeps the accounts brings instead.
    access_token: String,
    password: String,
}

async fn reset(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let Chosen {
        token,
        access_token,
        password,
    } = chosen;
    if let Some(project) = Project::of(&app) {
        return project_letter::reset(&app, project, &headers, access_token, password, &origin)
            .await;
    }
    let fault = match forgotten::reset(&app, &token, password, &origin).await {
        Ok(()) => {
            let said = "Your new password is set. Sign in with it.";
            return Ok(see_other("/sign-in", &Flash::done(said)));
        }
        Err(fault) => fault,
    };
    let wrong = fault.fields().get("password").cloned();
    if wrong.is_some() {
        let email = forgotten::whose(&app, &token).await?;
        let page = ResetPage::new(&headers, Some(email), token, wrong);
        return Ok(secretly((fault.status(), View(page))));
    }
    if fault.code() == links::OVER {
        return Ok(over(&headers, &fault));
    }
    Err(fault)
}
