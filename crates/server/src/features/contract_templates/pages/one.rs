//! One template: its terms, its lines, and the form that adds or replaces one.

use axum::{
    Form,
    extract::{Path, Query, State},
    response::Response,
};
use serde::Deserialize;

use super::{
    TEMPLATES,
    show::{Shown, Typed, page},
};
use crate::{
    app::App,
    db::Tx,
    fault::Fault,
    features::{
        catalog,
        contract_templates::{self, ContractTemplate, TemplateChange, template, template_id},
        contracts::{self, LineInput, pages::TypedLine},
        home::Frame,
    },
    http::{May, Who, Work},
    ui::{Flash, see_other},
};

fn one(template: &ContractTemplate) -> String {
    format!("{TEMPLATES}/{}", template.id)
}

pub async fn new(frame: Frame, who: May<Work>, State(app): State<App>) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    page(frame, &mut tx, None, Shown::terms(&Typed::usual(), None)).await
}

pub async fn create(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    match contract_templates::create(&app, &who, &mut tx, &typed.input()).await {
        Ok(template) => {
            tx.commit().await?;
            let flash = Flash::done("The template is kept. Now its lines.");
            Ok(see_other(&one(&template), &flash))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            page(frame, &mut tx, None, Shown::terms(&typed, Some(&fault))).await
        }
        Err(other) => Err(other),
    }
}

/// Which line stands in the form, counted from 1.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    line: String,
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(frame.who.org).await?;
    let found = template(&mut tx, frame.who.org, template_id(&id)?).await?;
    let line = match place(&found, &asked.line) {
        Some((_, line)) => typed_line(&mut tx, &frame.who, line, &asked.line).await?,
        None => TypedLine {
            source: "fixed".to_owned(),
            ..TypedLine::default()
        },
    };
    let typed = Typed::of(&found);
    let shown = Shown {
        typed: &typed,
        line,
        fault: None,
        line_fault: None,
    };
    page(frame, &mut tx, Some(found), shown).await
}

/// A line by its place as people count it.
fn place<'t>(template: &'t ContractTemplate, at: &str) -> Option<(usize, &'t LineInput)> {
    let index = at.trim().parse::<usize>().ok()?.checked_sub(1)?;
    Some((index, template.terms.lines.0.get(index)?))
}

async fn typed_line(
    tx: &mut Tx,
    who: &Who,
    line: &LineInput,
    at: &str,
) -> Result<TypedLine, Fault> {
    let item = catalog::item_named(tx, who.org, &line.item).await?;
    let mut typed = TypedLine::of(line, item.map(|item| item.code).unwrap_or_default());
    at.trim().clone_into(&mut typed.at);
    Ok(typed)
}

pub async fn change(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = template_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    match contract_templates::update(&app, &who, &mut tx, id, &typed.change()).await {
        Ok(template) => {
            tx.commit().await?;
            let flash = Flash::done(format!("{} was saved.", template.terms.name));
            Ok(see_other(&one(&template), &flash))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            let found = template(&mut tx, who.org, id).await?;
            let shown = Shown::terms(&typed, Some(&fault));
            page(frame, &mut tx, Some(found), shown).await
        }
        Err(other) => Err(other),
    }
}

/// Adds a line, or puts one in the place of another.
pub async fn put_line(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    axum_extra::extract::Form(line): axum_extra::extract::Form<TypedLine>,
) -> Result<Response, Fault> {
    let id = template_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let found = template(&mut tx, who.org, id).await?;
    let mut lines = found.terms.lines.0.clone();
    let at = place(&found, &line.at).map(|(index, _)| index);
    match at.and_then(|at| lines.get_mut(at)) {
        Some(place) => *place = replaced(place, &line),
        None => lines.push(line.input()),
    }
    let checked_at = at.unwrap_or(lines.len().saturating_sub(1));
    let change = TemplateChange {
        version: line.version,
        lines: Some(lines),
        ..TemplateChange::default()
    };
    match contract_templates::update(&app, &who, &mut tx, id, &change).await {
        Ok(template) => {
            tx.commit().await?;
            let said = match at {
                Some(_) => "The line was changed.",
                None => "The line was added.",
            };
            Ok(see_other(&one(&template), &Flash::done(said)))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            let fault = about_one_line(fault, checked_at);
            let typed = Typed::of(&found);
            let shown = Shown {
                typed: &typed,
                line,
                fault: None,
                line_fault: Some(&fault),
            };
            page(frame, &mut tx, Some(found), shown).await
        }
        Err(other) => Err(other),
    }
}

/// What was typed, with what the form does not ask for as it was.
fn replaced(before: &LineInput, typed: &TypedLine) -> LineInput {
    let mut line = typed.input();
    let quantity = &before.quantity;
    line.quantity.rounding.clone_from(&quantity.rounding);
    if let (Some(now), Some(was)) = (
        line.quantity.exclusions.first_mut(),
        quantity.exclusions.first(),
    ) {
        let until = now.expires_on.take();
        now.expires_on = until.or_else(|| was.expires_on.clone());
    }
    let others = quantity.exclusions.iter().skip(1).cloned();
    line.quantity.exclusions.extend(others);
    line
}

/// `lines[3].unit_price` is `unit_price` in the form of the fourth line.
fn about_one_line(fault: Fault, at: usize) -> Fault {
    let Fault::Invalid {
        code,
        message,
        fields,
    } = fault
    else {
        return fault;
    };
    let prefix = format!("lines[{at}].");
    let named = |name: String| {
        name.strip_prefix(&prefix)
            .map(str::to_owned)
            .unwrap_or(name)
    };
    Fault::Invalid {
        code,
        message: message.replace(&prefix, ""),
        fields: fields
            .into_iter()
            .map(|(name, text)| (named(name), text))
            .collect(),
    }
}

/// A template as it was seen, and one of its lines where there is one.
#[derive(Debug, Deserialize)]
pub struct Seen {
    version: i64,
    #[serde(default)]
    at: String,
    #[serde(default)]
    status: String,
}

pub async fn remove_line(
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Response, Fault> {
    let id = template_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let found = template(&mut tx, who.org, id).await?;
    let mut lines = found.terms.lines.0.clone();
    let Some((at, _)) = place(&found, &seen.at) else {
        let flash = Flash::problem("This line is gone already.");
        return Ok(see_other(&one(&found), &flash));
    };
    lines.remove(at);
    let change = TemplateChange {
        version: seen.version,
        lines: Some(lines),
        ..TemplateChange::default()
    };
    let template = contract_templates::update(&app, &who, &mut tx, id, &change).await?;
    tx.commit().await?;
    Ok(see_other(
        &one(&template),
        &Flash::done("The line was removed."),
    ))
}

pub async fn change_status(
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(seen): Form<Seen>,
) -> Result<Response, Fault> {
    let change = TemplateChange {
        version: seen.version,
        status: Some(seen.status),
        ..TemplateChange::default()
    };
    let id = template_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let template = contract_templates::update(&app, &who, &mut tx, id, &change).await?;
    tx.commit().await?;
    let name = &template.terms.name;
    let flash = Flash::done(if template.is_archived() {
        format!("{name} is archived and offered no more. Contracts made from it go on.")
    } else {
        format!("{name} is active again.")
    });
    Ok(see_other(&one(&template), &flash))
}

pub async fn delete(
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let id = template_id(&id)?;
    let gone = contract_templates::delete(&app, &who, &mut tx, id).await?;
    tx.commit().await?;
    let flash = Flash::done(format!(
        "{} is deleted. Contracts made from it go on.",
        gone.terms.name
    ));
    Ok(see_other(TEMPLATES, &flash))
}

/// Keeps what a contract says today as a template.
pub async fn of_contract(
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let id = id.parse().map_err(|_| Fault::NotFound("this contract"))?;
    let contract = contracts::contract(&mut tx, who.org, id).await?;
    let input = contract_templates::of_contract(&app, &who, &mut tx, &contract).await?;
    let template = contract_templates::create(&app, &who, &mut tx, &input).await?;
    tx.commit().await?;
    let flash = Flash::done("Kept as a template. Give it a name of its own.");
    Ok(see_other(&one(&template), &flash))
}
