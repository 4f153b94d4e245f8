//! Account › Organizations: where one belongs, going to another, making one.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    app::App,
    db::OrgId,
    fault::Fault,
    features::{
        home::Frame,
        organizations::{self, OrganizationInput, Place},
        sign_in::{
            account_tabs::{AccountTab, account_tabs},
            pages::own_path,
        },
    },
    http::{May, Read, Who},
    ui::{Field, Flash, Nav, Shell, Tabs, View, see_other},
};

#[derive(Template)]
#[template(path = "features/organizations/templates/places.html")]
pub struct PlacesPage {
    shell: Shell,
    tabs: Tabs,
    places: Vec<Place>,
}

pub async fn show(
    State(app): State<App>,
    _: May<Read>,
    Frame { who, shell }: Frame,
) -> Result<View<PlacesPage>, Fault> {
    let mut tx = app.db.read_global().await?;
    let places = organizations::places(&mut tx, &who).await?;
    Ok(View(PlacesPage {
        tabs: account_tabs(&app, AccountTab::Organizations),
        places,
        shell: shell.titled("Organizations", Nav::Account),
    }))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Chosen {
    organization: String,
    next: String,
}

pub async fn switch(
    State(app): State<App>,
    who: May<Read>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Fault> {
    let to: OrgId = chosen
        .organization
        .parse()
        .map_err(|_| Fault::NotFound("this organization"))?;
    let place = organizations::switch(&app, &who, to).await?;
    let flash = Flash::done(format!("You are in {} now.", place.name));
    Ok(see_other(&own_path(&chosen.next), &flash))
}

#[derive(Template)]
#[template(path = "features/organizations/templates/create.html")]
struct CreatePage {
    shell: Shell,
    fields: Vec<Field>,
    problem: Option<String>,
}

/// A new organization as a browser sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    slug: String,
    currency: String,
    time_zone: String,
}

impl Typed {
    fn input(&self) -> OrganizationInput {
        OrganizationInput {
            name: self.name.clone(),
            slug: Some(self.slug.clone()),
            currency: self.currency.clone(),
            time_zone: self.time_zone.clone(),
        }
    }

    fn fields(&self, fault: Option<&Fault>) -> Vec<Field> {
        let wrong = fault.map(Fault::fields).unwrap_or_default();
        let error = |name: &str| wrong.get(name).cloned();
        let zones = Field::select("time_zone", "Time zone")
            .value(&self.time_zone)
            .hint("Its days begin and end there. It cannot be changed later.")
            .error(error("time_zone"));
        let zones = chrono_tz::TZ_VARIANTS
            .iter()
            .fold(zones, |field, zone| field.option(zone.name(), zone.name()));
        vec![
            Field::text("name", "Name")
                .value(&self.name)
                .error(error("name"))
                .required()
                .autofocus(),
            Field::text("slug", "Short name")
                .value(&self.slug)
                .error(error("slug"))
                .hint("Lower-case letters, digits and hyphens. Empty, it follows from the name."),
            Field::text("currency", "Currency")
                .value(&self.currency)
                .error(error("currency"))
                .hint("What its books are kept in, such as GBP. It cannot be changed later.")
                .required(),
            zones,
        ]
    }
}

pub async fn new(who: May<Read>, frame: Frame) -> Response {
    let typed = Typed {
        currency: who.currency.clone(),
        time_zone: who.time_zone.to_string(),
        ..Typed::default()
    };
    page(frame, &typed, None)
}

fn page(Frame { shell, .. }: Frame, typed: &Typed, fault: Option<&Fault>) -> Response {
    let page = View(CreatePage {
        fields: typed.fields(fault),
        problem: fault
            .filter(|fault| fault.fields().is_empty())
            .map(ToString::to_string),
        shell: shell.titled("New organization", Nav::Account),
    });
    let status = fault.map(Fault::status).unwrap_or_default();
    (status, page).into_response()
}

pub async fn create(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    match created(&app, &who, &typed).await {
        Ok(to) => {
            organizations::switch(&app, &who, to).await?;
            Ok(Redirect::to("/").into_response())
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::TooMany { .. })) => {
            Ok(page(frame, &typed, Some(&fault)))
        }
        Err(fault) => Err(fault),
    }
}

async fn created(app: &App, who: &Who, typed: &Typed) -> Result<OrgId, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let made = organizations::create(app, &mut tx, who, &typed.input()).await?;
    tx.commit().await?;
    Ok(made.id)
}
