//! What the organization is called, and what it asks of sessions.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::SETTINGS;
use crate::{
    app::App,
    fault::Fault,
    features::{
        home::Frame,
        organizations::{self, Organization, OrganizationChange},
        sign_in::{self, api::origin},
    },
    http::{Administer, May, Peer, Permission, Who},
    ui::{Field, Flash, Nav, Shell, View, see_other},
};

const WHY: &str = "How people sign in is changed with a fresh factor only.";

#[derive(Template)]
#[template(path = "features/organizations/templates/settings.html")]
struct SettingsPage {
    shell: Shell,
    organization: Organization,
    version: i64,
    names: Vec<Field>,
    invoicing: Field,
    rules: Vec<Field>,
    problem: Option<String>,
    may_delete: bool,
}

/// What either form sends; each leaves out what it does not ask.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    name: String,
    slug: String,
    mfa_required: Option<String>,
    session_hours: String,
    idle_minutes: String,
    step_up_minutes: String,
    drafts_ahead_days: String,
    factor: String,
}

impl Typed {
    fn of(organization: &Organization) -> Self {
        let text = |limit: Option<i64>| limit.map(|limit| limit.to_string()).unwrap_or_default();
        Self {
            version: organization.version,
            name: organization.name.clone(),
            slug: organization.slug.clone(),
            mfa_required: organization.mfa_required.then(|| "on".to_owned()),
            session_hours: text(organization.session_hours),
            idle_minutes: text(organization.idle_minutes),
            step_up_minutes: organization.step_up_minutes.to_string(),
            drafts_ahead_days: text(organization.drafts_ahead_days),
            factor: String::new(),
        }
    }

    fn names(&self) -> OrganizationChange {
        OrganizationChange {
            version: self.version,
            name: Some(self.name.clone()),
            slug: Some(self.slug.clone()),
            ..OrganizationChange::default()
        }
    }

    fn invoicing(&self) -> Result<OrganizationChange, Fault> {
        Ok(OrganizationChange {
            version: self.version,
            drafts_ahead_days: Some(limit("drafts_ahead_days", &self.drafts_ahead_days)?),
            ..OrganizationChange::default()
        })
    }

    fn rules(&self) -> Result<OrganizationChange, Fault> {
        let step_up = limit("step_up_minutes", &self.step_up_minutes)?;
        let step_up = step_up.ok_or_else(|| {
            Fault::field("step_up_minutes", "say after how many minutes to ask again")
        })?;
        Ok(OrganizationChange {
            version: self.version,
            mfa_required: Some(self.mfa_required.is_some()),
            session_hours: Some(limit("session_hours", &self.session_hours)?),
            idle_minutes: Some(limit("idle_minutes", &self.idle_minutes)?),
            step_up_minutes: Some(step_up),
            ..OrganizationChange::default()
        })
    }
}

/// A whole number, or none where nothing was typed.
fn limit(field: &str, text: &str) -> Result<Option<i64>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.parse();
    number
        .map(Some)
        .map_err(|_| Fault::field(field, "write a whole number"))
}

fn name_fields(typed: &Typed, error: impl Fn(&str) -> Option<String>) -> Vec<Field> {
    vec![
        Field::text("name", "Name")
            .value(&typed.name)
            .error(error("name"))
            .required(),
        Field::text("slug", "Short name")
            .value(&typed.slug)
            .error(error("slug"))
            .hint("For commands and addresses: lower-case letters, digits and hyphens.")
            .required(),
    ]
}

fn invoicing_field(typed: &Typed, error: impl Fn(&str) -> Option<String>) -> Field {
    Field::text("drafts_ahead_days", "Make drafts by themselves")
        .value(&typed.drafts_ahead_days)
        .suffix("days ahead")
        .error(error("drafts_ahead_days"))
        .hint("Every morning, for example 5 days before their first day. They wait to be approved; empty leaves making them to you.")
}

fn rule_fields(app: &App, typed: &Typed, error: impl Fn(&str) -> Option<String>) -> Vec<Field> {
    let limits = &app.config.sign_in;
    let at_most = |number: u32, unit: &str| format!("At most {number} {unit}, also when empty.");
    vec![
        Field::check("mfa_required", "Everybody needs a second factor")
            .checked(typed.mfa_required.is_some())
            .error(error("mfa_required"))
            .hint("Whoever has none gets no further than adding one, from their next click on."),
        Field::text("session_hours", "A session ends after")
            .value(&typed.session_hours)
            .suffix("hours")
            .error(error("session_hours"))
            .hint(at_most(limits.session_days * 24, "hours")),
        Field::text("idle_minutes", "A session that is not used ends after")
            .value(&typed.idle_minutes)
            .suffix("minutes")
            .error(error("idle_minutes"))
            .hint(at_most(limits.idle_hours * 60, "minutes")),
        Field::text("step_up_minutes", "Ask once more for a factor after")
            .value(&typed.step_up_minutes)
            .suffix("minutes")
            .error(error("step_up_minutes"))
            .hint("Before what cannot be undone, such as posting invoices.")
            .required(),
    ]
}

/// What was refused, and what had been typed.
struct Refusal {
    typed: Typed,
    fault: Fault,
    form: Part,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Names,
    Invoicing,
    Rules,
}

pub async fn show(
    State(app): State<App>,
    _: May<Administer>,
    frame: Frame,
) -> Result<Response, Fault> {
    page(&app, frame, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    refusal: Option<Refusal>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read_global().await?;
    let organization = organizations::organization(&mut tx, who.org).await?;
    let now = Typed::of(&organization);
    let refused = |part: Part| refusal.as_ref().filter(|refusal| refusal.form == part);
    let wrong = |part: Part| {
        let wrong = refused(part).map(|refusal| refusal.fault.fields());
        let wrong = wrong.unwrap_or_default();
        move |field: &str| wrong.get(field).cloned()
    };
    let typed = |part: Part| refused(part).map_or(&now, |refusal| &refusal.typed);
    let names = name_fields(typed(Part::Names), wrong(Part::Names));
    let invoicing = invoicing_field(typed(Part::Invoicing), wrong(Part::Invoicing));
    let mut rules = rule_fields(app, typed(Part::Rules), wrong(Part::Rules));
    let wrong_factor = wrong(Part::Rules)("factor");
    let factor = sign_in::factor_field(app, &mut tx, &who, WHY, wrong_factor).await?;
    drop(tx);
    rules.extend(factor);
    let status = refusal.as_ref().map(|refusal| refusal.fault.status());
    let page = View(SettingsPage {
        may_delete: who.may(Permission::Own),
        shell: shell.titled("Organization", Nav::Organization),
        version: refusal
            .as_ref()
            .map_or(organization.version, |refusal| refusal.typed.version),
        organization,
        names,
        invoicing,
        rules,
        problem: refusal
            .filter(|refusal| refusal.fault.fields().is_empty())
            .map(|refusal| refusal.fault.to_string()),
    });
    Ok((status.unwrap_or(StatusCode::OK), page).into_response())
}

async fn refused(app: &App, frame: Frame, refusal: Refusal) -> Result<Response, Fault> {
    match refusal.fault {
        Fault::Invalid { .. } | Fault::Conflict { .. } | Fault::TooMany { .. } => {
            page(app, frame, Some(refusal)).await
        }
        other => Err(other),
    }
}

pub async fn rename(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let change = Ok(typed.names());
    save(&app, &who, frame, typed, Part::Names, change).await
}

pub async fn change_invoicing(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let change = typed.invoicing();
    save(&app, &who, frame, typed, Part::Invoicing, change).await
}

/// What needs no fresh factor.
async fn save(
    app: &App,
    who: &Who,
    frame: Frame,
    typed: Typed,
    form: Part,
    change: Result<OrganizationChange, Fault>,
) -> Result<Response, Fault> {
    let saved_now = async {
        let mut tx = app.db.write(who.org).await?;
        organizations::change(app, &mut tx, who, &change?).await?;
        Ok(tx.commit().await?)
    };
    match saved_now.await {
        Ok(()) => Ok(saved()),
        Err(fault) => {
            let refusal = Refusal { typed, fault, form };
            refused(app, frame, refusal).await
        }
    }
}

pub async fn change_rules(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    peer: Peer,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let origin = origin(&app, peer, &headers, "web");
    let factor = typed.factor.clone();
    let changed = async {
        let change = typed.rules()?;
        let who = sign_in::with_fresh_factor(&app, who.0, factor, &origin).await?;
        let mut tx = app.db.write(who.org).await?;
        organizations::change(&app, &mut tx, &who, &change).await?;
        Ok(tx.commit().await?)
    };
    match changed.await {
        Ok(()) => Ok(saved()),
        Err(fault) => {
            let refusal = Refusal {
                typed,
                fault,
                form: Part::Rules,
            };
            refused(&app, frame, refusal).await
        }
    }
}

fn saved() -> Response {
    see_other(SETTINGS, &Flash::done("Saved."))
}
