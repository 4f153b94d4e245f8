//! Where a letter of the project that keeps the accounts leads: its token stands behind the `#`,
//! which no server sees, so that a script puts it into the form.

use askama::Template;
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::forgotten::{new_password, secretly};
use crate::{
    app::App,
    fault::Fault,
    features::sign_in::{Origin, by_project},
    supabase::Project,
    ui::{Field, Flash, Theme, View, see_other},
};

#[derive(Template)]
#[template(path = "features/sign_in/templates/project_letter.html")]
struct LetterPage {
    theme: Theme,
    /// As far as it is known: from a form that was refused.
    access_token: String,
    is_over: bool,
    password: Field,
}

pub fn show(headers: &HeaderMap) -> Response {
    secretly(View(page(headers, String::new(), None)))
}

fn page(headers: &HeaderMap, access_token: String, wrong: Option<String>) -> LetterPage {
    LetterPage {
        theme: Theme::of(headers),
        access_token,
        is_over: false,
        password: new_password(wrong),
    }
}

pub async fn reset(
    app: &App,
    project: Project<'_>,
    headers: &HeaderMap,
    access_token: String,
    password: String,
    origin: &Origin,
) -> Result<Response, Fault> {
    match by_project::reset(app, project, &access_token, password, origin).await {
        Ok(()) => {
            let said = "Your new password is set. Sign in with it.";
            Ok(see_other("/sign-in", &Flash::done(said)))
        }
        Err(fault) if fault.code() == by_project::OVER => {
            let mut page = page(headers, String::new(), None);
            page.is_over = true;
            Ok(secretly((StatusCode::UNPROCESSABLE_ENTITY, View(page))))
        }
        Err(fault @ Fault::Invalid { .. }) => {
            let page = page(headers, access_token, Some(fault.to_string()));
            Ok(secretly((fault.status(), View(page))))
        }
        Err(fault) => Err(fault),
    }
}
