//! The sign-in page.

pub mod forgotten;
mod project_letter;

use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{Password, api::origin, factors};
use crate::{
    app::App,
    fault::Fault,
    http::{Entering, Peer, Who, session_cookie},
    supabase::Project,
    ui::{SecondFactorPage, SignInPage, Theme, View, read_flash},
};

#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    pub next: String,
}

pub async fn show(
    State(app): State<App>,
    who: Result<Who, Fault>,
    Query(Next { next }): Query<Next>,
    headers: HeaderMap,
) -> Response {
    let next = own_path(&next);
    if who.is_ok() {
        return Redirect::to(&next).into_response();
    }
    page(&app, &headers, None, String::new(), next).into_response()
}

#[derive(Deserialize)]
pub struct Credentials {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

pub async fn submit(
    State(app): State<App>,
    peer: Peer,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Fault> {
    let next = own_path(&credentials.next);
    let origin = origin(&app, peer, &headers, "web");
    let password = Password::typed(credentials.password);
    match super::sign_in(&app, &credentials.email, password, &origin).await {
        Ok(new) => {
            let cookie = session_cookie(&app, new.token).to_string();
            Ok(([(SET_COOKIE, cookie)], Redirect::to(&next)).into_response())
        }
        Err(
            fault @ (Fault::Invalid { .. } | Fault::TooMany { .. } | Fault::Unavailable { .. }),
        ) => {
            let error = Some(fault.to_string());
            let shown = page(&app, &headers, error, credentials.email, next);
            Ok((fault.status(), shown).into_response())
        }
        Err(fault) => Err(fault),
    }
}

/// Asks for the second factor of somebody who has given the first.
pub async fn ask_factor(
    entering: Entering,
    Query(Next { next }): Query<Next>,
    headers: HeaderMap,
) -> Response {
    let next = own_path(&next);
    if entering.lacks_factor {
        factor_page(&headers, None, next).into_response()
    } else {
        Redirect::to(&next).into_response()
    }
}

#[derive(Deserialize)]
pub struct Code {
    code: String,
    #[serde(default)]
    next: String,
}

pub async fn show_factor(
    State(app): State<App>,
    entering: Entering,
    peer: Peer,
    headers: HeaderMap,
    Form(shown): Form<Code>,
) -> Result<Response, Fault> {
    let next = own_path(&shown.next);
    let origin = origin(&app, peer, &headers, "web");
    match factors::show_code(&app, entering.who.session, &shown.code, &origin).await {
        Ok(()) => Ok(Redirect::to(&next).into_response()),
        Err(fault @ (Fault::Invalid { .. } | Fault::TooMany { .. })) => {
            let shown = factor_page(&headers, Some(fault.to_string()), next);
            Ok((fault.status(), shown).into_response())
        }
        Err(fault) => Err(fault),
    }
}

fn factor_page(headers: &HeaderMap, error: Option<String>, next: String) -> View<SecondFactorPage> {
    View(SecondFactorPage {
        theme: Theme::of(headers),
        error,
        next,
    })
}

/// Ends the session and takes everything away that the browser kept of it.
pub async fn sign_out(State(app): State<App>, entering: Entering) -> Result<Response, Fault> {
    super::sign_out(&app, entering.who.session).await?;
    let cookie = session_cookie(&app, String::new()).to_string();
    let clear = [
        (SET_COOKIE.as_str(), cookie),
        ("clear-site-data", "\"cache\", \"storage\"".into()),
    ];
    Ok((StatusCode::SEE_OTHER, clear, Redirect::to("/sign-in")).into_response())
}

pub fn page(
    app: &App,
    headers: &HeaderMap,
    error: Option<String>,
    email: String,
    next: String,
) -> View<SignInPage> {
    View(SignInPage {
        theme: Theme::of(headers),
        error,
        done: read_flash(headers).map(|flash| flash.message),
        project: Project::of(app).map(Project::host),
        email,
        next,
    })
}

/// Only a path of ours is followed after signing in, never another site's address.
pub fn own_path(next: &str) -> String {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if ours {
        next.to_owned()
    } else {
        "/".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "/a\r\nb",
        ] {
            assert_eq!(own_path(foreign), "/", "{foreign:?}");
        }
        assert_eq!(own_path("/clients?q=a"), "/clients?q=a");
    }
}
