//! Password, authenticator apps, recovery codes.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use super::{
    SECURITY,
    factor::{codes_page, factor_of},
};
use crate::{
    app::App,
    db::{FactorId, Tx},
    fault::Fault,
    features::{
        account::security::{self, Security},
        home::Frame,
        sign_in::{
            self,
            account_tabs::{AccountTab, account_tabs},
            api::origin,
            factors::FactorRow,
        },
    },
    http::{May, Peer, Read, Who},
    ui::{Field, Flash, Moment, Nav, Shell, Tabs, View, see_other},
};

const WHY: &str = "Whoever finds your screen open must not change how you sign in.";

#[derive(Template)]
#[template(path = "features/account/templates/security.html")]
pub struct SecurityPage {
    shell: Shell,
    tabs: Tabs,
    has_password: bool,
    password_fields: Vec<Field>,
    rows: Vec<Row>,
    begun: Vec<Begun>,
    add_fields: Vec<Field>,
    add_is_open: bool,
    codes_left: i64,
    codes_fields: Vec<Field>,
    codes_is_open: bool,
}

struct Row {
    id: FactorId,
    name: String,
    added: Moment,
    anchor: String,
    is_open: bool,
    is_last: bool,
    fields: Vec<Field>,
}

/// An app that has yet to show a code.
struct Begun {
    name: String,
    href: String,
}

/// The forms of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    Password,
    Add,
    Remove(FactorId),
    Codes,
}

/// What was refused, and what had been typed.
struct Refusal {
    by: Asks,
    fault: Fault,
    name: String,
}

impl Refusal {
    /// What to tell beside a field. What is no field's fault stands at the factor's.
    fn at(refusal: Option<&Self>, by: Asks, field: &str) -> Option<String> {
        let refusal = refusal.filter(|refusal| refusal.by == by)?;
        let fields = refusal.fault.fields();
        if fields.is_empty() && field == "factor" {
            return Some(refusal.fault.to_string());
        }
        fields.get(field).cloned()
    }
}

pub async fn show(
    State(app): State<App>,
    _: May<Read>,
    frame: Frame,
) -> Result<View<SecurityPage>, Fault> {
    page(&app, frame, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    refusal: Option<&Refusal>,
) -> Result<View<SecurityPage>, Fault> {
    let mut tx = app.db.read_global().await?;
    let known = security::security(app, &mut tx, &who).await?;
    let mut asked = Asked {
        app,
        tx,
        who: &who,
        refusal,
    };
    let is_open = |by: Asks| refusal.is_some_and(|refusal| refusal.by == by);
    let mut rows = Vec::with_capacity(known.factors.len());
    for factor in &known.factors {
        let by = Asks::Remove(factor.id);
        rows.push(Row {
            id: factor.id,
            name: factor.friendly_name.clone(),
            added: Moment::ago(factor.created_at.0, app.clock.wall_now(), who.zone),
            anchor: format!("remove-{}", factor.id),
            is_open: is_open(by),
            is_last: known.factors.len() == 1,
            fields: asked.factor(by, &factor.id.to_string()).await?,
        });
    }
    Ok(View(SecurityPage {
        password_fields: asked.password(&known).await?,
        add_fields: asked.add().await?,
        add_is_open: is_open(Asks::Add),
        codes_fields: asked.factor(Asks::Codes, "codes").await?,
        codes_is_open: is_open(Asks::Codes),
        codes_left: known.recovery_codes_left,
        has_password: known.has_password,
        begun: known.begun.into_iter().map(begun).collect(),
        rows,
        tabs: account_tabs(app, AccountTab::Security),
        shell: shell.titled("Security", Nav::Account),
    }))
}

fn begun(factor: FactorRow) -> Begun {
    Begun {
        href: format!("{SECURITY}/factors/{}", factor.id),
        name: factor.friendly_name,
    }
}

/// The fields of the forms, with what was wrong in them.
struct Asked<'a> {
    app: &'a App,
    tx: Tx,
    who: &'a Who,
    refusal: Option<&'a Refusal>,
}

impl Asked<'_> {
    /// The fresh factor, where the last was shown too long ago.
    async fn factor(&mut self, by: Asks, id: &str) -> Result<Vec<Field>, Fault> {
        let wrong = Refusal::at(self.refusal, by, "factor");
        let field = sign_in::factor_field(self.app, &mut self.tx, self.who, WHY, wrong).await?;
        Ok(field
            .map(|field| field.id(format!("factor-{id}")))
            .into_iter()
            .collect())
    }

    async fn password(&mut self, known: &Security) -> Result<Vec<Field>, Fault> {
        let mut fields = if known.has_password {
            let wrong = Refusal::at(self.refusal, Asks::Password, "factor");
            let current = Field::password("factor", "Current password");
            vec![
                current
                    .id("factor-password")
                    .autocomplete("current-password")
                    .required()
                    .error(wrong),
            ]
        } else {
            self.factor(Asks::Password, "password").await?
        };
        let new = Field::password("password", "New password");
        fields.push(
            new.autocomplete("new-password")
                .hint("At least 12 characters; a few unrelated words do well.")
                .required()
                .error(Refusal::at(self.refusal, Asks::Password, "password")),
        );
        Ok(fields)
    }

    async fn add(&mut self) -> Result<Vec<Field>, Fault> {
        let name = self.refusal.map_or("", |refusal| refusal.name.as_str());
        let field = Field::text("name", "Name")
            .value(name)
            .hint("How you will know it again, such as Phone.")
            .required()
            .error(Refusal::at(self.refusal, Asks::Add, "name"));
        let mut fields = vec![field];
        fields.extend(self.factor(Asks::Add, "add").await?);
        Ok(fields)
    }
}

/// What the forms send; each leaves out what it does not ask.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    factor: String,
    password: String,
    name: String,
}

/// A form with its refusal, or the fault where no form is to blame.
async fn refused(
    app: &App,
    frame: Frame,
    by: Asks,
    fault: Fault,
    name: String,
) -> Result<Response, Fault> {
    let status = match &fault {
        Fault::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => return Err(fault),
    };
    let refusal = Refusal { by, fault, name };
    let page = page(app, frame, Some(&refusal)).await?;
    Ok((status, page).into_response())
}

pub async fn change_password(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    match security::change_password(&app, who.0, typed.factor, typed.password, &origin).await {
        Ok(()) => Ok(see_other(
            SECURITY,
            &Flash::done("Your password is changed. Everywhere else you are signed out."),
        )),
        Err(fault) => refused(&app, frame, Asks::Password, fault, String::new()).await,
    }
}

pub async fn begin_factor(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let begun = async {
        let who = sign_in::with_fresh_factor(&app, who.0, typed.factor, &origin).await?;
        security::begin_factor(&app, &who, &typed.name).await
    };
    match begun.await {
        Ok(begun) => {
            let to = format!("{SECURITY}/factors/{begun}");
            Ok(Redirect::to(&to).into_response())
        }
        Err(fault) => refused(&app, frame, Asks::Add, fault, typed.name).await,
    }
}

pub async fn remove_factor(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let factor: FactorRow = factor_of(&app, &who, &id).await?;
    let (by, origin) = (Asks::Remove(factor.id), origin(&app, peer, &headers, "web"));
    let removed = async {
        let who = sign_in::with_fresh_factor(&app, who.0, typed.factor, &origin).await?;
        security::remove_factor(&app, &who, factor, &origin).await
    };
    match removed.await {
        Ok(factor) => {
            let said = format!("{} is removed.", factor.friendly_name);
            Ok(see_other(SECURITY, &Flash::done(said)))
        }
        Err(fault) => refused(&app, frame, by, fault, String::new()).await,
    }
}

pub async fn renew_codes(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let made = async {
        let who = sign_in::with_fresh_factor(&app, who.0, typed.factor, &origin).await?;
        security::renew_codes(&app, &who, &origin).await
    };
    match made.await {
        Ok(codes) => Ok(codes_page(frame, codes).into_response()),
        Err(fault) => refused(&app, frame, Asks::Codes, fault, String::new()).await,
    }
}
