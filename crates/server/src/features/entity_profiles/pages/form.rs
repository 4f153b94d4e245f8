//! How one client is invoiced.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::client_id;
use crate::{
    app::App,
    db::ClientId,
    fault::Fault,
    features::{
        clients,
        entity_profiles::{self, EntityProfile, ProfileInput},
        home::Frame,
    },
    http::{May, Permission, Read, Work},
    ui::{Field, Flash, Nav, Shell, View, see_other},
};

#[derive(Template)]
#[template(path = "features/entity_profiles/templates/form.html")]
struct BillingPage {
    shell: Shell,
    client: String,
    action: String,
    back: String,
    version: i64,
    entity: Vec<Field>,
    contact: Vec<Field>,
    terms: Vec<Field>,
    problem: Option<String>,
    may_work: bool,
}

/// A profile as a browser sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    legal_name: String,
    address: String,
    tax_number: String,
    contact_name: String,
    email: String,
    more_emails: String,
    terms_days: String,
    terms_from: String,
    reference_required: Option<String>,
}

impl Typed {
    fn of(profile: &EntityProfile) -> Self {
        let days = profile.terms_days.map(|days| days.to_string());
        Self {
            version: profile.version,
            legal_name: profile.legal_name.clone(),
            address: profile.address.clone(),
            tax_number: profile.tax_number.clone(),
            contact_name: profile.contact_name.clone(),
            email: profile.email.clone(),
            more_emails: profile.more_emails.join("\n"),
            terms_days: days.unwrap_or_default(),
            terms_from: profile.terms_from.clone().unwrap_or_default(),
            reference_required: profile.reference_required.then(|| "on".to_owned()),
        }
    }

    fn input(&self) -> Result<ProfileInput, Fault> {
        let days = match self.terms_days.trim() {
            "" => None,
            text => Some(text.parse().map_err(|_| {
                Fault::field("terms_days", "write a whole number of days, such as 30")
            })?),
        };
        // Without days the choice beside them says nothing.
        let from = days.map(|_: i64| self.terms_from.clone());
        Ok(ProfileInput {
            version: self.version,
            legal_name: self.legal_name.clone(),
            address: self.address.clone(),
            tax_number: self.tax_number.clone(),
            contact_name: self.contact_name.clone(),
            email: self.email.clone(),
            more_emails: addresses(&self.more_emails),
            terms_days: days,
            terms_from: from,
            reference_required: self.reference_required.is_some(),
        })
    }
}

/// Addresses as people separate them.
pub fn addresses(text: &str) -> Vec<String> {
    let parts = text.split(['\n', ',', ';']).map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect()
}

type Wrong<'a> = &'a dyn Fn(&str) -> Option<String>;

fn entity(typed: &Typed, name: &str, error: Wrong<'_>) -> Vec<Field> {
    vec![
        Field::text("legal_name", "Legal name")
            .value(&typed.legal_name)
            .error(error("legal_name"))
            .hint(format!("As it stands on invoices. Empty for {name}.")),
        Field::text("tax_number", "Tax number")
            .value(&typed.tax_number)
            .error(error("tax_number"))
            .hint("VAT, GST or another number that belongs on an invoice."),
        Field::textarea("address", "Address")
            .value(&typed.address)
            .error(error("address")),
    ]
}

fn contact(typed: &Typed, error: Wrong<'_>) -> Vec<Field> {
    vec![
        Field::text("contact_name", "Billing contact")
            .value(&typed.contact_name)
            .error(error("contact_name"))
            .hint("Whom letters greet."),
        Field::email("email", "E-mail")
            .value(&typed.email)
            .error(error("email"))
            .hint("Where invoices are sent."),
        Field::textarea("more_emails", "Who gets them too")
            .value(&typed.more_emails)
            .error(error("more_emails"))
            .hint("One address a line."),
    ]
}

fn terms(typed: &Typed, error: Wrong<'_>) -> Vec<Field> {
    vec![
        Field::text("terms_days", "Pays within")
            .value(&typed.terms_days)
            .suffix("days")
            .error(error("terms_days"))
            .hint("Empty leaves what accounting says of the client."),
        Field::select("terms_from", "Counted from")
            .option("invoice_date", "The invoice's date")
            .option("end_of_month", "The end of its month")
            .value(&typed.terms_from)
            .error(error("terms_from")),
        Field::check(
            "reference_required",
            "Wants a purchase-order number on every invoice",
        )
        .checked(typed.reference_required.is_some())
        .hint("A draft without one is stopped. The number stands on the contract."),
    ]
}

pub async fn show(
    frame: Frame,
    who: May<Read>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = client_id(&id)?;
    let mut tx = app.db.read(who.org).await?;
    clients::client(&mut tx, who.org, id).await?;
    let profile = entity_profiles::profile(&mut tx, who.org, id).await?;
    drop(tx);
    page(&app, frame, id, &Typed::of(&profile), None).await
}

pub async fn save(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = client_id(&id)?;
    let saved = async {
        let mut tx = app.db.write(who.org).await?;
        entity_profiles::save(&app, &who, &mut tx, id, &typed.input()?).await?;
        Ok(tx.commit().await?)
    };
    match saved.await {
        Ok(()) => {
            let flash = Flash::done("The billing details were saved.");
            Ok(see_other(&format!("/clients/{id}"), &flash))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            page(&app, frame, id, &typed, Some(&fault)).await
        }
        Err(other) => Err(other),
    }
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    id: ClientId,
    typed: &Typed,
    fault: Option<&Fault>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let client = clients::client(&mut tx, who.org, id).await?;
    drop(tx);
    let may_work = who.may(Permission::Work);
    let wrong = fault.map(Fault::fields).unwrap_or_default();
    let error = |name: &str| wrong.get(name).cloned();
    let shown = |fields: Vec<Field>| -> Vec<Field> {
        let fields = fields.into_iter().map(|field| field.disabled(!may_work));
        fields.collect()
    };
    let page = View(BillingPage {
        shell: shell.titled(
            format!("Billing details of {}", client.name),
            Nav::EntityProfiles,
        ),
        action: format!("/clients/{id}/billing"),
        back: format!("/clients/{id}"),
        version: typed.version,
        entity: shown(entity(typed, &client.name, &error)),
        contact: shown(contact(typed, &error)),
        terms: shown(terms(typed, &error)),
        problem: fault.map(ToString::to_string),
        client: client.name,
        may_work,
    });
    let status = fault.map(Fault::status).unwrap_or_default();
    Ok((status, page).into_response())
}
