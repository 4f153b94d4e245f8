//! Leaving: everything in one file, then everything deleted.

use askama::Template;
use axum::{
    Form,
    body::Body,
    extract::State,
    http::{
        HeaderMap,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, SET_COOKIE},
    },
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;
use tokio_stream::wrappers::ReceiverStream;

use crate::{
    app::App,
    fault::Fault,
    features::{
        home::Frame,
        organizations::{self, After},
        sign_in::{self, api::origin},
    },
    http::{May, Own, Peer, session_cookie},
    ui::{Field, Flash, Nav, Shell, View, see_other},
};

const WHY_EXPORT: &str = "Everything at once is given out with a fresh factor only.";
const WHY_DELETE: &str = "This cannot be undone.";

#[derive(Template)]
#[template(path = "features/organizations/templates/delete.html")]
struct DeletePage {
    shell: Shell,
    export_fields: Vec<Field>,
    delete_fields: Vec<Field>,
}

/// Which of the two forms was refused, and why.
enum Refused {
    Export(Fault),
    Delete(Fault, Typed),
}

/// What either form sends; each leaves out what it does not ask.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    confirm: String,
    factor: String,
}

pub async fn show(State(app): State<App>, _: May<Own>, frame: Frame) -> Result<Response, Fault> {
    page(&app, frame, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    refused: Option<Refused>,
) -> Result<Response, Fault> {
    // What is no field's fault stands at the factor's.
    let at_factor = |fault: &Fault| match fault.fields().get("factor") {
        None if !fault.fields().is_empty() => None,
        _ => Some(fault.to_string()),
    };
    let (export, delete, typed) = match &refused {
        None => (None, None, ""),
        Some(Refused::Export(fault)) => (Some(fault), None, ""),
        Some(Refused::Delete(fault, typed)) => (None, Some(fault), typed.confirm.as_str()),
    };
    let status = export.or(delete).map(Fault::status).unwrap_or_default();
    let mut tx = app.db.read_global().await?;
    let wrong = export.and_then(at_factor);
    let to_export = sign_in::factor_field(app, &mut tx, &who, WHY_EXPORT, wrong).await?;
    let wrong = delete.and_then(at_factor);
    let to_delete = sign_in::factor_field(app, &mut tx, &who, WHY_DELETE, wrong).await?;
    drop(tx);
    let wrong = delete.and_then(|fault| fault.fields().get("confirm").cloned());
    let confirm = Field::text("confirm", "Its name")
        .value(typed)
        .hint(format!(
            "Type {} to say that you mean it.",
            who.organization
        ))
        .autocomplete("off")
        .error(wrong)
        .required();
    let named = |field: Option<Field>, id: &str| field.map(|field| field.id(id));
    let page = View(DeletePage {
        shell: shell.titled("Delete the organization", Nav::Organization),
        export_fields: named(to_export, "factor-export").into_iter().collect(),
        delete_fields: std::iter::once(confirm)
            .chain(named(to_delete, "factor-delete"))
            .collect(),
    });
    Ok((status, page).into_response())
}

/// Shows the page again with what was refused.
async fn again(app: &App, frame: Frame, refused: Refused) -> Result<Response, Fault> {
    match refused {
        Refused::Export(Fault::Invalid { .. } | Fault::TooMany { .. })
        | Refused::Delete(Fault::Invalid { .. } | Fault::TooMany { .. }, _) => {
            page(app, frame, Some(refused)).await
        }
        Refused::Export(fault) | Refused::Delete(fault, _) => Err(fault),
    }
}

pub async fn export(
    State(app): State<App>,
    who: May<Own>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let who = match sign_in::with_fresh_factor(&app, who.0, typed.factor, &origin).await {
        Ok(who) => who,
        Err(fault) => return again(&app, frame, Refused::Export(fault)).await,
    };
    let file = organizations::export(&app, &who).await?;
    let name = format!(
        "attachment; filename=\"billingone-{}.jsonl\"",
        who.today(&app)
    );
    let headers = [
        (CONTENT_TYPE, "application/jsonl; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, name),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(ReceiverStream::new(file))).into_response())
}

pub async fn delete(
    State(app): State<App>,
    who: May<Own>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let factor = typed.factor.clone();
    let name = who.organization.clone();
    let deleted = async {
        let who = sign_in::with_fresh_factor(&app, who.0, factor, &origin).await?;
        organizations::delete(&app, &who, &typed.confirm).await
    };
    match deleted.await {
        Ok(After::Elsewhere) => {
            let flash = Flash::done(format!("{name} is deleted. You are in another now."));
            Ok(see_other("/account/organizations", &flash))
        }
        Ok(After::SignedOut) => {
            let cookie = session_cookie(&app, String::new()).to_string();
            Ok(([(SET_COOKIE, cookie)], Redirect::to("/sign-in")).into_response())
        }
        Err(fault) => again(&app, frame, Refused::Delete(fault, typed)).await,
    }
}
