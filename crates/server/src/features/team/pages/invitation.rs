//! What an invited person sees.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::named;
use crate::{
    app::App,
    fault::Fault,
    features::{
        sign_in::{api::origin, links, pages::forgotten::secretly},
        team::{self, Invitation},
    },
    http::{May, Peer, Read, Who, session_cookie},
    supabase::Project,
    ui::{Field, Flash, Theme, View, see_other},
};

#[derive(Template)]
#[template(path = "features/team/templates/invitation.html")]
struct InvitationPage {
    theme: Theme,
    token: String,
    /// None where the link is not good any more.
    invitation: Option<Shown>,
}

struct Shown {
    organization: String,
    role: &'static str,
    email: String,
    looker: Looker,
    /// Where signing in leads back to.
    sign_in: String,
    fields: Vec<Field>,
}

/// Who looks at it.
#[derive(PartialEq, Eq)]
enum Looker {
    /// Somebody new, who chooses a name and a password.
    New,
    /// Who it is for, signed in.
    Theirs,
    /// Somebody with an account, who is not signed in.
    SignIn,
    /// Somebody else is signed in.
    Anothers,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Opened {
    token: String,
}

pub async fn show(
    State(app): State<App>,
    who: Result<Who, Fault>,
    headers: HeaderMap,
    Query(Opened { token }): Query<Opened>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read_global().await?;
    match team::invitation(&app, &mut tx, &token).await {
        Ok(invitation) => {
            let shown = shown(&app, &invitation, who.ok().as_ref(), &token, "", None);
            Ok(page(&headers, token, Some(shown)))
        }
        Err(fault) if fault.code() == links::OVER => Ok(over(&headers, &fault)),
        Err(fault) => Err(fault),
    }
}

fn page(headers: &HeaderMap, token: String, invitation: Option<Shown>) -> Response {
    secretly(View(InvitationPage {
        theme: Theme::of(headers),
        token,
        invitation,
    }))
}

fn over(headers: &HeaderMap, fault: &Fault) -> Response {
    (fault.status(), page(headers, String::new(), None)).into_response()
}

/// A new password, or that of the project which keeps the accounts.
fn password_field(app: &App, wrong: Option<String>) -> Field {
    let field = Field::password("password", "Password")
        .error(wrong)
        .required();
    match Project::of(app) {
        None => field
            .autocomplete("new-password")
            .hint("At least 12 characters; a few unrelated words do well."),
        Some(project) => field.autocomplete("current-password").hint(format!(
            "That of your account at {}. If you have none there yet, ask whoever invited you.",
            project.host()
        )),
    }
}

fn shown(
    app: &App,
    invitation: &Invitation,
    who: Option<&Who>,
    token: &str,
    name: &str,
    refused: Option<&Fault>,
) -> Shown {
    let wrong = |field: &str| refused?.fields().get(field).cloned();
    let looker = match who {
        Some(who) if invitation.is_for(who.person) => Looker::Theirs,
        Some(_) => Looker::Anothers,
        None if invitation.has_account => Looker::SignIn,
        None => Looker::New,
    };
    let name = if name.is_empty() {
        &invitation.name
    } else {
        name
    };
    let back: String =
        url::form_urlencoded::byte_serialize(format!("/invitation?token={token}").as_bytes())
            .collect();
    Shown {
        organization: invitation.organization.clone(),
        role: named(invitation.role),
        email: invitation.email.clone(),
        looker,
        sign_in: format!("/sign-in?next={back}"),
        fields: vec![
            Field::text("name", "Your name")
                .value(name)
                .autocomplete("name")
                .error(wrong("name"))
                .required(),
            password_field(app, wrong("password")),
        ],
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Accepted {
    token: String,
    name: String,
    password: String,
}

/// Somebody new joins, and is signed in.
pub async fn accept(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Accepted>,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let Accepted {
        token,
        name,
        password,
    } = typed;
    match team::accept(&app, &token, &name, password, &origin).await {
        Ok(new) => {
            let cookie = session_cookie(&app, new.token).to_string();
            Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
        }
        Err(fault) if fault.code() == links::OVER => Ok(over(&headers, &fault)),
        // Who has an account joins with it.
        Err(Fault::SignedOut) => {
            Ok(Redirect::to(&format!("/invitation?token={token}")).into_response())
        }
        Err(fault @ Fault::Invalid { .. }) => {
            let mut tx = app.db.read_global().await?;
            let invitation = team::invitation(&app, &mut tx, &token).await?;
            let shown = shown(&app, &invitation, None, &token, &name, Some(&fault));
            Ok((fault.status(), page(&headers, token, Some(shown))).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// Who is signed in joins another organization.
pub async fn join(
    State(app): State<App>,
    who: May<Read>,
    headers: HeaderMap,
    Form(Opened { token }): Form<Opened>,
) -> Result<Response, Fault> {
    match team::join(&app, &who, &token).await {
        Ok(organization) => {
            let said = format!(
                "You belong to {organization} now as well. Go there under Your account, Organizations."
            );
            Ok(see_other("/", &Flash::done(said)))
        }
        Err(fault) if fault.code() == links::OVER => Ok(over(&headers, &fault)),
        Err(fault) => Err(fault),
    }
}
