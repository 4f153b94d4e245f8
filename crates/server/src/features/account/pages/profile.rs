//! Who one is, and how one reads times and numbers.

use askama::Template;
use axum::{
    Form,
    extract::State,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::PROFILE;
use crate::{
    app::App,
    fault::Fault,
    features::{
        account::profile::{self, ProfileChange, ProfileRow},
        home::Frame,
        sign_in::account_tabs::{AccountTab, account_tabs},
    },
    http::{May, Read, Who},
    ui::{Field, Flash, Locale, Nav, Shell, Tabs, View, see_other},
};

#[derive(Template)]
#[template(path = "features/account/templates/profile.html")]
struct ProfilePage {
    shell: Shell,
    tabs: Tabs,
    version: i64,
    fields: Vec<Field>,
    problem: Option<String>,
    /// What is wrong with the picture that was sent.
    picture_error: Option<String>,
}

/// A profile as a browser sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    name: String,
    time_zone: String,
    locale: String,
}

impl Typed {
    fn of(row: ProfileRow) -> Self {
        Self {
            version: row.version,
            name: row.name,
            time_zone: row.time_zone.unwrap_or_default(),
            locale: row.locale,
        }
    }

    fn change(&self) -> ProfileChange<'_> {
        ProfileChange {
            version: self.version,
            name: &self.name,
            time_zone: &self.time_zone,
            locale: &self.locale,
        }
    }

    fn fields(&self, who: &Who, fault: Option<&Fault>) -> Vec<Field> {
        let wrong = fault.map(Fault::fields).unwrap_or_default();
        let error = |name: &str| wrong.get(name).cloned();
        let ours = format!("The organization's ({})", who.time_zone);
        let zones = Field::select("time_zone", "Time zone")
            .value(&self.time_zone)
            .hint("Of the times on screen. Days of the books are the organization's.")
            .error(error("time_zone"))
            .option("", ours);
        let zones = chrono_tz::TZ_VARIANTS
            .iter()
            .fold(zones, |field, zone| field.option(zone.name(), zone.name()));
        let locales = Field::select("locale", "Dates and numbers")
            .value(&self.locale)
            .hint("Words stay English.")
            .error(error("locale"));
        let locales = Locale::ALL.into_iter().fold(locales, |field, locale| {
            field.option(locale.tag(), locale.label())
        });
        let name = Field::text("name", "Name")
            .value(&self.name)
            .autocomplete("name")
            .error(error("name"))
            .required();
        vec![name, zones, locales]
    }
}

pub async fn show(State(app): State<App>, _: May<Read>, frame: Frame) -> Result<Response, Fault> {
    page(&app, frame, None).await
}

/// What was refused: of the profile with what had been typed, or of the picture.
pub enum Refused {
    Profile(Typed, Fault),
    Picture(Fault),
}

pub async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    refused: Option<Refused>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read_global().await?;
    let now = Typed::of(profile::profile(&mut tx, &who).await?);
    drop(tx);
    let (typed, fault, picture) = match refused {
        None => (now, None, None),
        Some(Refused::Profile(typed, fault)) => (typed, Some(fault), None),
        Some(Refused::Picture(fault)) => (now, None, Some(fault)),
    };
    let status = fault.as_ref().or(picture.as_ref()).map(Fault::status);
    let page = View(ProfilePage {
        tabs: account_tabs(app, AccountTab::Profile),
        version: typed.version,
        fields: typed.fields(&who, fault.as_ref()),
        problem: fault
            .filter(|fault| fault.fields().is_empty())
            .map(|fault| fault.to_string()),
        picture_error: picture.map(|fault| fault.to_string()),
        shell: shell.titled("Profile", Nav::Account),
    });
    Ok((status.unwrap_or_default(), page).into_response())
}

pub async fn change(
    State(app): State<App>,
    who: May<Read>,
    frame: Frame,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    match profile::change(&app, &who, &typed.change()).await {
        Ok(()) => Ok(see_other(PROFILE, &Flash::done("Saved."))),
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            page(&app, frame, Some(Refused::Profile(typed, fault))).await
        }
        Err(fault) => Err(fault),
    }
}
