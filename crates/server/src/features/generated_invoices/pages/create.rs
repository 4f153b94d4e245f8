//! A blank draft, for what no contract covers: for whom, and its first line.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{
    fields::{LedgerCodes, TypedLine},
    place_of,
};
use crate::{
    app::App,
    fault::Fault,
    features::{
        generated_invoices::{
            blank::{self, Blank},
            store,
        },
        home::Frame,
    },
    http::{May, Work, done},
    ui::{Field, Flash, Nav, Shell, View},
};

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/create.html")]
struct CreatePage {
    shell: Shell,
    invoice: Vec<Field>,
    line: Vec<Field>,
    problem: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    client: String,
    issued_on: String,
    reference: String,
    description: String,
    quantity: String,
    unit_price: String,
    tax_type: String,
    account_code: String,
}

impl Typed {
    fn line(&self) -> TypedLine {
        TypedLine {
            description: self.description.clone(),
            quantity: self.quantity.clone(),
            unit_price: self.unit_price.clone(),
            tax_type: self.tax_type.clone(),
            account_code: self.account_code.clone(),
        }
    }

    fn blank(&self) -> Result<Blank, Fault> {
        let client = self.client.parse();
        Ok(Blank {
            client_id: client.map_err(|_| Fault::field("client", "choose a client"))?,
            issued_on: Some(self.issued_on.clone()),
            reference: Some(self.reference.clone()),
            lines: vec![self.line().fields()],
        })
    }
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _may: May<Work>,
    Query(typed): Query<Typed>,
) -> Result<Response, Fault> {
    page(&app, frame, &typed, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    typed: &Typed,
    refused: Option<Fault>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let clients = store::scope::all_clients(&mut tx, who.org).await?;
    let codes = LedgerCodes::load(&mut tx, who.org).await?;
    drop(tx);
    let wrong = refused.as_ref().map(Fault::fields).unwrap_or_default();
    let error = |name: &str| wrong.get(name).cloned();
    let none = Field::select("client", "Client").option("", "Choose");
    let client = clients
        .into_iter()
        .fold(none, |field, (id, name, currency)| {
            field.option(id.to_string(), format!("{name} ({currency})"))
        });
    let today = who.today(app).to_string();
    let issued_on = if typed.issued_on.is_empty() {
        &today
    } else {
        &typed.issued_on
    };
    let status = refused.as_ref().map(Fault::status);
    let page = View(CreatePage {
        invoice: vec![
            client
                .value(&typed.client)
                .error(error("client").or_else(|| error("client_id")))
                .required(),
            Field::date("issued_on", "Dated")
                .value(issued_on)
                .error(error("issued_on"))
                .required(),
            Field::text("reference", "Reference")
                .value(&typed.reference)
                .error(error("reference"))
                .hint("Printed on the invoice: the client's purchase-order number, say."),
        ],
        line: codes.fields(&typed.line(), None, &wrong),
        problem: refused
            .filter(|fault| fault.fields().is_empty())
            .map(|fault| fault.to_string()),
        shell: shell.titled("Blank draft", Nav::GeneratedInvoices),
    });
    Ok((status.unwrap_or(StatusCode::OK), page).into_response())
}

pub async fn make(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let made = async {
        let blank = typed.blank()?;
        let mut tx = app.db.write(who.org).await?;
        let id = blank::make(&app, &who, &mut tx, &blank).await?;
        tx.commit().await?;
        Ok(id)
    };
    match made.await {
        Ok(id) => Ok(done(
            &place_of(id),
            &Flash::done("Made a draft. Add more lines, or approve it."),
        )),
        Err(fault @ (Fault::Invalid { .. } | Fault::NotFound(_))) => {
            page(&app, frame, &typed, Some(fault)).await
        }
        Err(fault) => Err(fault),
    }
}
