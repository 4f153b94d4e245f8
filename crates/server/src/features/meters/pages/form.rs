//! Adding a meter and changing one.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{LIST, place_of};
use crate::{
    app::App,
    db::MeterId,
    fault::Fault,
    features::{
        home::Frame,
        meters::{self, Meter, MeterInput},
    },
    http::{May, Work},
    ui::{Field, Flash, Nav, Shell, View, see_other},
};

#[derive(Template)]
#[template(path = "features/meters/templates/form.html")]
pub struct FormPage {
    shell: Shell,
    title: &'static str,
    action: String,
    back: String,
    version: i64,
    code: Option<String>,
    fields: Vec<Field>,
    problem: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    code: String,
    name: String,
    unit: String,
    is_archived: Option<String>,
}

impl Typed {
    fn of(meter: &Meter) -> Self {
        Self {
            version: meter.version,
            code: meter.code.clone(),
            name: meter.name.clone(),
            unit: meter.unit.clone(),
            is_archived: meter.is_archived().then(|| "on".to_owned()),
        }
    }

    fn input(&self) -> MeterInput {
        MeterInput {
            version: self.version,
            code: self.code.clone(),
            name: self.name.clone(),
            unit: self.unit.clone(),
            is_archived: self.is_archived.is_some(),
        }
    }

    fn fields(&self, known: Option<&Meter>, fault: Option<&Fault>) -> Vec<Field> {
        let wrong = fault.map(Fault::fields).unwrap_or_default();
        let error = |field: &str| wrong.get(field).cloned();
        let mut fields = vec![
            Field::text("name", "Name")
                .value(&self.name)
                .error(error("name"))
                .required(),
            Field::text("unit", "What one of it is")
                .value(&self.unit)
                .error(error("unit"))
                .hint("Such as mailbox, gigabyte or phone number.")
                .required(),
        ];
        if known.is_some() {
            fields.push(
                Field::check("is_archived", "Archived")
                    .checked(self.is_archived.is_some())
                    .hint("It takes no more readings; what was read stays."),
            );
        } else {
            fields.push(
                Field::text("code", "Code")
                    .value(&self.code)
                    .error(error("code"))
                    .hint(
                        "Lower-case letters, digits, hyphens. Contracts name it by this; it stays.",
                    )
                    .required(),
            );
        }
        fields
    }
}

fn page(shell: Shell, typed: &Typed, known: Option<&Meter>, fault: Option<&Fault>) -> Response {
    let page = FormPage {
        shell: shell.titled("Meter", Nav::Meters),
        title: if known.is_some() {
            "Edit meter"
        } else {
            "Add a meter"
        },
        action: known.map_or_else(
            || format!("{LIST}/create"),
            |meter| format!("{}/edit", place_of(meter.id)),
        ),
        back: known.map_or_else(|| LIST.to_owned(), |meter| place_of(meter.id)),
        version: typed.version,
        code: known.map(|meter| meter.code.clone()),
        fields: typed.fields(known, fault),
        problem: fault
            .filter(|fault| fault.fields().is_empty() || known.is_some())
            .map(Fault::to_string),
    };
    let status = fault.map_or(StatusCode::OK, Fault::status);
    (status, View(page)).into_response()
}

pub async fn new(Frame { shell, .. }: Frame, _: May<Work>) -> Response {
    page(shell, &Typed::default(), None, None)
}

pub async fn create(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    match meters::create(&app, &who, &mut tx, &typed.input()).await {
        Ok(meter) => {
            tx.commit().await?;
            let flash = Flash::done("The meter was added. Enter or import its readings.");
            Ok(see_other(&place_of(meter.id), &flash))
        }
        Err(fault @ Fault::Invalid { .. }) => Ok(page(shell, &typed, None, Some(&fault))),
        Err(other) => Err(other),
    }
}

pub async fn edit(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let meter = meters::one(&mut tx, who.org, meter_id(&id)?).await?;
    Ok(page(shell, &Typed::of(&meter), Some(&meter), None))
}

pub async fn change(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = meter_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let known = meters::one(&mut tx, who.org, id).await?;
    let input = MeterInput {
        code: known.code.clone(),
        ..typed.input()
    };
    match meters::change(&app, &who, &mut tx, id, &input).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(see_other(&place_of(id), &Flash::done("Saved.")))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            Ok(page(shell, &typed, Some(&known), Some(&fault)))
        }
        Err(other) => Err(other),
    }
}

pub fn meter_id(text: &str) -> Result<MeterId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this meter"))
}
