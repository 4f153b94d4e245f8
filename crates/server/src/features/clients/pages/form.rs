//! The form that makes or changes a client.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use crate::{
    app::App,
    db::ClientId,
    fault::Fault,
    features::{
        catalog::Created,
        clients::{self, Client, ClientChange, ClientInput},
        home::Frame,
    },
    http::{May, Work},
    ui::{Field, Flash, Nav, Shell, View, see_other},
};

#[derive(Template)]
#[template(path = "features/clients/templates/form.html")]
struct FormPage {
    shell: Shell,
    title: String,
    action: String,
    back: String,
    version: i64,
    fields: Vec<Field>,
    problem: Option<String>,
}

/// A client as a browser sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    reference: String,
    name: String,
    currency: String,
    own_use: Option<String>,
    web_domain: String,
    email_domain: String,
}

impl Typed {
    fn of(client: &Client) -> Self {
        Self {
            version: client.version,
            reference: client.reference.clone(),
            name: client.name.clone(),
            currency: client.currency.clone(),
            own_use: client.own_use.then(|| "on".to_owned()),
            web_domain: client.web_domain.clone().unwrap_or_default(),
            email_domain: client.email_domain.clone().unwrap_or_default(),
        }
    }

    fn input(&self) -> ClientInput {
        ClientInput {
            reference: self.reference.clone(),
            name: self.name.clone(),
            currency: Some(self.currency.clone()),
            own_use: self.own_use.is_some(),
            web_domain: Some(self.web_domain.clone()),
            email_domain: Some(self.email_domain.clone()),
        }
    }

    fn change(&self) -> ClientChange {
        ClientChange {
            version: self.version,
            reference: Some(self.reference.clone()),
            name: Some(self.name.clone()),
            currency: Some(self.currency.clone()),
            own_use: Some(self.own_use.is_some()),
            web_domain: Some(Some(self.web_domain.clone())),
            email_domain: Some(Some(self.email_domain.clone())),
            status: None,
        }
    }

    fn fields(&self, fault: Option<&Fault>) -> Vec<Field> {
        let wrong = fault.map(Fault::fields).unwrap_or_default();
        let error = |name: &str| wrong.get(name).cloned();
        vec![
            Field::text("name", "Name")
                .value(&self.name)
                .error(error("name"))
                .required()
                .autofocus(),
            Field::text("reference", "Reference")
                .value(&self.reference)
                .error(error("reference"))
                .hint("Your own number for the client, such as C007.")
                .required(),
            Field::text("currency", "Currency")
                .value(&self.currency)
                .error(error("currency"))
                .hint("What the client is invoiced in."),
            Field::text("web_domain", "Web domain")
                .value(&self.web_domain)
                .error(error("web_domain"))
                .hint("Helps to recognise the client's records at vendors."),
            Field::text("email_domain", "E-mail domain")
                .value(&self.email_domain)
                .error(error("email_domain")),
            Field::check("own_use", "This is our own company")
                .checked(self.own_use.is_some())
                .hint("What is bought for own use is never billed and raises no findings."),
        ]
    }
}

pub async fn new(frame: Frame, who: May<Work>) -> View<impl Template> {
    let typed = Typed {
        currency: who.currency.clone(),
        ..Typed::default()
    };
    page(frame, None, &typed, None)
}

pub async fn create(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    match clients::create(&app, &who, &mut tx, &typed.input()).await {
        Ok(Created::New(client) | Created::AlreadyThere(client)) => {
            tx.commit().await?;
            let flash = Flash::done(format!("{} was added.", client.name));
            Ok(see_other(&format!("/clients/{}", client.id), &flash))
        }
        Err(fault) => refused(frame, None, &typed, fault),
    }
}

pub async fn edit(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<View<impl Template>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let client = clients::client(&mut tx, who.org, client_id(&id)?).await?;
    Ok(page(frame, Some(client.id), &Typed::of(&client), None))
}

pub async fn change(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = client_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    match clients::update(&app, &who, &mut tx, id, &typed.change()).await {
        Ok(client) => {
            tx.commit().await?;
            let flash = Flash::done(format!("{} was saved.", client.name));
            Ok(see_other(&format!("/clients/{id}"), &flash))
        }
        Err(fault) => refused(frame, Some(id), &typed, fault),
    }
}

/// The button that archives a client or makes it active again.
#[derive(Debug, Deserialize)]
pub struct Status {
    version: i64,
    status: String,
}

pub async fn change_status(
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Status>,
) -> Result<Response, Fault> {
    let id = client_id(&id)?;
    let change = ClientChange {
        version: typed.version,
        status: Some(typed.status),
        ..ClientChange::default()
    };
    let mut tx = app.db.write(who.org).await?;
    let client = clients::update(&app, &who, &mut tx, id, &change).await?;
    tx.commit().await?;
    let flash = Flash::done(if client.is_archived() {
        format!("{} is archived. Its history stays.", client.name)
    } else {
        format!("{} is active again.", client.name)
    });
    Ok(see_other(&format!("/clients/{id}"), &flash))
}

/// The same page with what is wrong, and everything that was typed.
fn refused(
    frame: Frame,
    id: Option<ClientId>,
    typed: &Typed,
    fault: Fault,
) -> Result<Response, Fault> {
    match fault {
        Fault::Invalid { .. } | Fault::Conflict { .. } => {
            let status = fault.status();
            Ok((status, page(frame, id, typed, Some(&fault))).into_response())
        }
        other => Err(other),
    }
}

fn page(
    Frame { shell, .. }: Frame,
    id: Option<ClientId>,
    typed: &Typed,
    fault: Option<&Fault>,
) -> View<FormPage> {
    let (title, action, back) = match id {
        None => (
            "New client".to_owned(),
            "/clients/create".to_owned(),
            "/clients".to_owned(),
        ),
        Some(id) => (
            "Edit client".to_owned(),
            format!("/clients/{id}/edit"),
            format!("/clients/{id}"),
        ),
    };
    View(FormPage {
        shell: shell.titled(title.clone(), Nav::Clients),
        title,
        action,
        back,
        version: typed.version,
        fields: typed.fields(fault),
        problem: fault.map(ToString::to_string),
    })
}

fn client_id(text: &str) -> Result<ClientId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this client"))
}
