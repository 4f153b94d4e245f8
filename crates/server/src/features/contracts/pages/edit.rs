//! Changing an active contract itself: its name, its term, its end.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::contract_id;
use crate::{
    app::App,
    fault::Fault,
    features::{
        contracts::{self, Contract, ContractChange},
        home::Frame,
    },
    http::{May, Work},
    ui::{Field, Flash, Nav, Shell, View, see_other},
};

#[derive(Template)]
#[template(path = "features/contracts/templates/edit.html")]
struct EditPage {
    shell: Shell,
    contract: Contract,
    version: i64,
    fields: Vec<Field>,
    problem: Option<String>,
}

/// What can be changed of an active contract itself.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    name: String,
    ends_on: String,
    purchase_order: String,
}

fn edit_page(shell: Shell, contract: Contract, typed: &Typed, fault: Option<&Fault>) -> Response {
    let wrong = fault.map(Fault::fields).unwrap_or_default();
    let about = |name: &str| wrong.get(name).cloned();
    let fields = vec![
        Field::text("name", "Name")
            .value(&typed.name)
            .error(about("name"))
            .required(),
        Field::date("ends_on", "Term ends before")
            .value(&typed.ends_on)
            .error(about("ends_on"))
            .hint("To correct it; Renew begins a new term. It rolls on until you end it."),
        Field::text("purchase_order", "Purchase order")
            .value(&typed.purchase_order)
            .error(about("purchase_order")),
    ];
    let page = EditPage {
        shell: shell.titled(contract.terms.name.clone(), Nav::Contracts),
        contract,
        version: typed.version,
        fields,
        problem: fault.map(ToString::to_string),
    };
    let status = fault.map_or(axum::http::StatusCode::OK, Fault::status);
    (status, View(page)).into_response()
}

pub async fn edit(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let contract = contracts::contract(&mut tx, who.org, contract_id(&id)?).await?;
    let typed = Typed {
        version: contract.version,
        name: contract.terms.name.clone(),
        ends_on: contract
            .terms
            .ends_on
            .map(|day| day.to_string())
            .unwrap_or_default(),
        purchase_order: contract.terms.purchase_order.clone().unwrap_or_default(),
    };
    Ok(edit_page(shell, contract, &typed, None))
}

pub async fn change(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = contract_id(&id)?;
    let change = ContractChange {
        version: typed.version,
        name: Some(typed.name.clone()),
        ends_on: Some(Some(typed.ends_on.clone())),
        purchase_order: Some(Some(typed.purchase_order.clone())),
        ..ContractChange::default()
    };
    let mut tx = app.db.write(who.org).await?;
    match contracts::update(&app, &who, &mut tx, id, &change).await {
        Ok(contract) => {
            tx.commit().await?;
            let flash = Flash::done(format!("{} was saved.", contract.terms.name));
            Ok(see_other(&format!("/contracts/{id}"), &flash))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            let contract = contracts::contract(&mut tx, who.org, id).await?;
            Ok(edit_page(shell, contract, &typed, Some(&fault)))
        }
        Err(other) => Err(other),
    }
}
