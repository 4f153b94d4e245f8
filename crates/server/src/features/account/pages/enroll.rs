//! Where everybody comes by first who has no second factor in an organization that asks for one.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::HeaderMap,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use super::factor::{Scanned, WRONG_CODE, code_field, private};
use crate::{
    app::App,
    db::Tx,
    fault::Fault,
    features::{
        account::security::{self, Added},
        sign_in::{
            self,
            api::origin,
            factors::{self, FactorRow},
            pages::{Next, own_path},
        },
    },
    http::{Entering, Peer, Who},
    ui::{Field, Theme, View},
};

const WHY: &str = "Whoever finds your screen open must not add an app of theirs.";
/// What the app is called until its owner gives it another name.
const NAME: &str = "Authenticator app";

#[derive(Template)]
#[template(path = "features/account/templates/enroll.html")]
struct EnrollPage {
    theme: Theme,
    organization: String,
    next: String,
    step: Step,
}

enum Step {
    /// Nothing is begun; a fresh factor is asked for where the last was shown too long ago.
    Begin(Option<Field>),
    /// An app has yet to show its first code.
    Show { scanned: Scanned, code: Field },
}

pub async fn show(
    State(app): State<App>,
    entering: Entering,
    Query(Next { next }): Query<Next>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let next = own_path(&next);
    if !entering.must_enroll {
        return Ok(Redirect::to(&next).into_response());
    }
    page(&app, &entering.who, &headers, next, None).await
}

async fn page(
    app: &App,
    who: &Who,
    headers: &HeaderMap,
    next: String,
    wrong: Option<Fault>,
) -> Result<Response, Fault> {
    let status = wrong.as_ref().map(Fault::status).unwrap_or_default();
    let mut tx = app.db.read_global().await?;
    let step = if let Some(factor) = begun(&mut tx, who).await? {
        Step::Show {
            scanned: Scanned::of(app, &factor, &who.email)?,
            code: code_field(wrong.map(|fault| match fault {
                Fault::Invalid { .. } => WRONG_CODE.to_owned(),
                other => other.to_string(),
            })),
        }
    } else {
        let wrong = wrong.map(|fault| fault.to_string());
        Step::Begin(sign_in::factor_field(app, &mut tx, who, WHY, wrong).await?)
    };
    drop(tx);
    let page = View(EnrollPage {
        theme: Theme::of(headers),
        organization: who.organization.clone(),
        next,
        step,
    });
    Ok((status, private(page)).into_response())
}

/// The app that was begun last.
async fn begun(tx: &mut Tx, who: &Who) -> Result<Option<FactorRow>, Fault> {
    let known = factors::of(tx, who.person).await?;
    Ok(known.into_iter().rfind(|factor| !factor.is_verified()))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    factor: String,
    code: String,
    next: String,
}

/// Shows the form again with what was refused.
async fn refused(
    app: &App,
    who: &Who,
    headers: &HeaderMap,
    next: String,
    fault: Fault,
) -> Result<Response, Fault> {
    match fault {
        Fault::Invalid { .. } | Fault::TooMany { .. } => {
            page(app, who, headers, next, Some(fault)).await
        }
        other => Err(other),
    }
}

pub async fn begin(
    State(app): State<App>,
    entering: Entering,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let next = own_path(&typed.next);
    if !entering.must_enroll {
        return Ok(Redirect::to(&next).into_response());
    }
    let origin = origin(&app, peer, &headers, "web");
    let who = entering.who;
    let fresh = sign_in::with_fresh_factor(&app, who.clone(), typed.factor, &origin).await;
    let fresh = match fresh {
        Ok(fresh) => fresh,
        Err(fault) => return refused(&app, &who, &headers, next, fault).await,
    };
    security::begin_factor(&app, &fresh, NAME).await?;
    let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    Ok(Redirect::to(&format!("/enroll?next={query}")).into_response())
}

#[derive(Template)]
#[template(path = "features/account/templates/enrolled.html")]
struct EnrolledPage {
    theme: Theme,
    codes: Vec<String>,
    next: String,
}

pub async fn confirm(
    State(app): State<App>,
    entering: Entering,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let next = own_path(&typed.next);
    let who = entering.who;
    let mut tx = app.db.read_global().await?;
    let begun = begun(&mut tx, &who).await?;
    drop(tx);
    let Some(factor) = begun.filter(|_| entering.must_enroll) else {
        return Ok(Redirect::to(&next).into_response());
    };
    let origin = origin(&app, peer, &headers, "web");
    match security::confirm_factor(&app, &who, &factor, &typed.code, &origin).await {
        Ok(Added::First(codes)) => Ok(private(View(EnrolledPage {
            theme: Theme::of(&headers),
            codes,
            next,
        }))),
        Ok(Added::Another) => Ok(Redirect::to(&next).into_response()),
        Err(fault) => refused(&app, &who, &headers, next, fault).await,
    }
}
