//! In whose name the organization writes to its clients.

use askama::Template;
use axum::{
    Form,
    extract::{Multipart, State, multipart::MultipartRejection},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use crate::{
    app::App,
    fault::Fault,
    features::{
        account::pages::picture,
        home::Frame,
        organizations::letterhead::{self, Letterhead, LetterheadInput},
    },
    http::{Administer, May},
    ui::{Field, Flash, Nav, Shell, View, see_other},
};

const LETTERHEAD: &str = "/settings/organization/letterhead";

#[derive(Template)]
#[template(path = "features/organizations/templates/letterhead.html")]
struct LetterheadPage {
    shell: Shell,
    version: i64,
    fields: Vec<Field>,
    problem: Option<String>,
    logo: Option<String>,
    logo_error: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    legal_name: String,
    address: String,
    tax_number: String,
    email: String,
    payment: String,
}

impl Typed {
    fn of(letterhead: &Letterhead) -> Self {
        Self {
            version: letterhead.version,
            legal_name: letterhead.legal_name.clone(),
            address: letterhead.address.clone(),
            tax_number: letterhead.tax_number.clone(),
            email: letterhead.email.clone(),
            payment: letterhead.payment.clone(),
        }
    }

    fn input(&self) -> LetterheadInput {
        LetterheadInput {
            version: self.version,
            legal_name: self.legal_name.clone(),
            address: self.address.clone(),
            tax_number: self.tax_number.clone(),
            email: self.email.clone(),
            payment: self.payment.clone(),
        }
    }

    fn fields(&self, error: impl Fn(&str) -> Option<String>) -> Vec<Field> {
        vec![
            Field::text("legal_name", "Legal name")
                .value(&self.legal_name)
                .error(error("legal_name"))
                .hint("Empty for the organization's name."),
            Field::textarea("address", "Address")
                .value(&self.address)
                .error(error("address")),
            Field::text("tax_number", "Tax number")
                .value(&self.tax_number)
                .error(error("tax_number"))
                .hint("VAT, GST or another number that belongs on an invoice."),
            Field::email("email", "E-mail")
                .value(&self.email)
                .error(error("email"))
                .hint("Where clients' answers to invoices go."),
            Field::textarea("payment", "How to pay")
                .value(&self.payment)
                .error(error("payment"))
                .hint("Bank, account, and what to name. It stands below every invoice."),
        ]
    }
}

/// What was refused.
enum Refused {
    Text(Typed, Fault),
    Logo(Fault),
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
    refused: Option<Refused>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let now = letterhead::letterhead(&mut tx, who.org).await?;
    drop(tx);
    let logo = now.logo_hash.as_ref();
    let logo = logo.map(|hash| format!("/settings/organization/logo?{hash}"));
    let (typed, fault, logo_fault) = match refused {
        Some(Refused::Text(typed, fault)) => (typed, Some(fault), None),
        Some(Refused::Logo(fault)) => (Typed::of(&now), None, Some(fault)),
        None => (Typed::of(&now), None, None),
    };
    let wrong = fault.as_ref().map(Fault::fields).unwrap_or_default();
    let status = fault.as_ref().or(logo_fault.as_ref()).map(Fault::status);
    let page = View(LetterheadPage {
        shell: shell.titled("Letterhead", Nav::Organization),
        version: typed.version,
        fields: typed.fields(|field| wrong.get(field).cloned()),
        problem: fault.as_ref().map(ToString::to_string),
        logo,
        logo_error: logo_fault.map(|fault| fault.to_string()),
    });
    Ok((status.unwrap_or_default(), page).into_response())
}

pub async fn save(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    match letterhead::save(&app, &mut tx, &who, &typed.input()).await {
        Ok(_) => tx.commit().await?,
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            drop(tx);
            return page(&app, frame, Some(Refused::Text(typed, fault))).await;
        }
        Err(other) => return Err(other),
    }
    Ok(see_other(LETTERHEAD, &Flash::done("Saved.")))
}

pub async fn logo(
    State(app): State<App>,
    who: May<Administer>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = letterhead::logo(&mut tx, who.org).await?;
    drop(tx);
    Ok(match found {
        Some((hash, image)) => picture::image(&headers, &hash, image),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

pub async fn change_logo(
    State(app): State<App>,
    who: May<Administer>,
    frame: Frame,
    form: Result<Multipart, MultipartRejection>,
) -> Result<Response, Fault> {
    let changed = async { letterhead::change_logo(&app, &who, picture::file(form).await?).await };
    match changed.await {
        Ok(()) => Ok(see_other(LETTERHEAD, &Flash::done("The logo was saved."))),
        Err(fault @ Fault::Invalid { .. }) => page(&app, frame, Some(Refused::Logo(fault))).await,
        Err(other) => Err(other),
    }
}

pub async fn remove_logo(State(app): State<App>, who: May<Administer>) -> Result<Response, Fault> {
    letterhead::remove_logo(&app, &who).await?;
    Ok(see_other(LETTERHEAD, &Flash::done("The logo is removed.")))
}
