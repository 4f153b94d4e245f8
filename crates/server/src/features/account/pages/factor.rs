//! A new authenticator app: what it scans, its first code, and the codes for the day it is lost.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;

use super::SECURITY;
use crate::{
    app::App,
    db::FactorId,
    fault::Fault,
    features::{
        account::security::{self, Added},
        home::Frame,
        sign_in::{
            api::origin,
            factors::{self, FactorRow},
        },
    },
    http::{May, Peer, Read, Who},
    ui::{Field, Flash, Nav, Shell, View, see_other},
};

/// A factor of the person, by the id of an address.
pub async fn factor_of(app: &App, who: &Who, id: &str) -> Result<FactorRow, Fault> {
    let id: FactorId = id.parse().map_err(|_| Fault::NotFound("this factor"))?;
    let mut tx = app.db.read_global().await?;
    factors::factor(&mut tx, who.person, id).await
}

#[derive(Template)]
#[template(path = "features/account/templates/factor.html")]
pub struct FactorPage {
    shell: Shell,
    action: String,
    name: String,
    scanned: Scanned,
    code: Field,
}

pub async fn show(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let factor = factor_of(&app, &who, &id).await?;
    if factor.is_verified() {
        return Ok(Redirect::to(SECURITY).into_response());
    }
    Ok(private(page(&app, frame, &factor, None)?))
}

fn page(
    app: &App,
    Frame { who, shell }: Frame,
    factor: &FactorRow,
    wrong: Option<String>,
) -> Result<View<FactorPage>, Fault> {
    let scanned = Scanned::of(app, factor, &who.email)?;
    Ok(View(FactorPage {
        action: format!("{SECURITY}/factors/{}", factor.id),
        name: factor.friendly_name.clone(),
        scanned,
        code: code_field(wrong),
        shell: shell.titled("Add an authenticator app", Nav::Account),
    }))
}

/// What the person's app is told.
pub struct Scanned {
    /// An SVG, in base 64.
    pub qr_code: String,
    /// In groups of four, as one types it.
    pub secret: String,
    pub uri: String,
}

impl Scanned {
    pub fn of(app: &App, factor: &FactorRow, email: &str) -> Result<Self, Fault> {
        let begun = factors::begun(app, factor, email)?;
        let letters: Vec<char> = begun.secret.chars().collect();
        let groups: Vec<String> = letters
            .chunks(4)
            .map(|four| four.iter().collect())
            .collect();
        Ok(Self {
            qr_code: BASE64_STANDARD.encode(&begun.qr_code),
            secret: groups.join(" "),
            uri: begun.uri,
        })
    }
}

/// What is wrong with a code that does not show the app.
pub const WRONG_CODE: &str = "this is not its code now; each is good for thirty seconds";

pub fn code_field(wrong: Option<String>) -> Field {
    Field::text("code", "Code")
        .autocomplete("one-time-code")
        .hint("The six digits that the app shows now.")
        .error(wrong)
        .required()
        .autofocus()
}

/// Nothing of it stays in a cache: it holds a secret.
pub fn private(page: impl IntoResponse) -> Response {
    ([(CACHE_CONTROL, "no-store")], page).into_response()
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    code: String,
}

pub async fn confirm(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let factor = factor_of(&app, &who, &id).await?;
    if factor.is_verified() {
        return Ok(Redirect::to(SECURITY).into_response());
    }
    let origin = origin(&app, peer, &headers, "web");
    match security::confirm_factor(&app, &who, &factor, &typed.code, &origin).await {
        Ok(Added::First(codes)) => Ok(codes_page(frame, codes).into_response()),
        Ok(Added::Another) => {
            let said = format!(
                "{} is added. Its codes are asked from now on.",
                factor.friendly_name
            );
            Ok(see_other(SECURITY, &Flash::done(said)))
        }
        Err(Fault::Invalid { .. }) => {
            let wrong = Some(WRONG_CODE.to_owned());
            let page = private(page(&app, frame, &factor, wrong)?);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(fault @ Fault::TooMany { .. }) => {
            let status = fault.status();
            let page = private(page(&app, frame, &factor, Some(fault.to_string()))?);
            Ok((status, page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

#[derive(Template)]
#[template(path = "features/account/templates/codes.html")]
struct CodesPage {
    shell: Shell,
    codes: Vec<String>,
}

/// The one time that recovery codes are shown.
pub fn codes_page(Frame { shell, .. }: Frame, codes: Vec<String>) -> Response {
    private(View(CodesPage {
        shell: shell.titled("Recovery codes", Nav::Account),
        codes,
    }))
}
