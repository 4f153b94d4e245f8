//! Changing a draft: its dates and texts, and its lines one by one.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{
    fields::{LedgerCodes, TypedLine},
    place_of, place_of_line,
};
use crate::{
    app::App,
    db::{GeneratedInvoiceId, GeneratedLineId},
    fault::Fault,
    features::{
        generated_invoices::{
            Detail, LineView,
            api::parse,
            detail,
            edit::{Edit, edit},
        },
        home::Frame,
    },
    http::{May, Who, Work, done},
    ui::{Field, Flash, Nav, Shell, View, format},
};

/// What was refused, and why.
struct Refusal<T> {
    typed: T,
    fault: Fault,
}

fn errors<T>(refusal: Option<&Refusal<T>>) -> BTreeMap<String, String> {
    refusal
        .map(|refusal| refusal.fault.fields())
        .unwrap_or_default()
}

/// A refusal that no field says.
fn problem<T>(refusal: Option<&Refusal<T>>) -> Option<String> {
    let fault = &refusal?.fault;
    fault.fields().is_empty().then(|| fault.to_string())
}

fn can_be_shown(fault: &Fault) -> bool {
    matches!(fault, Fault::Invalid { .. } | Fault::Conflict { .. })
}

/// Writes one edit; the page to go to, or the refusal.
async fn write(
    app: &App,
    who: &Who,
    id: GeneratedInvoiceId,
    version: i64,
    change: Edit,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    edit(app, who, &mut tx, id, version, &[change]).await?;
    tx.commit().await?;
    Ok(done(&place_of(id), &Flash::done("Changed.")))
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/edit.html")]
struct EditPage {
    shell: Shell,
    id: GeneratedInvoiceId,
    /// The draft's own page.
    back: String,
    client: String,
    version: i64,
    /// Nobody will have approved it after this.
    is_approved: bool,
    fields: Vec<Field>,
    problem: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TypedInvoice {
    version: i64,
    issued_on: String,
    due_on: String,
    reference: String,
    note: String,
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _may: May<Work>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    invoice_page(&app, frame, parse(&id)?, None).await
}

async fn invoice_page(
    app: &App,
    Frame { who, shell }: Frame,
    id: GeneratedInvoiceId,
    refusal: Option<Refusal<TypedInvoice>>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = detail(&mut tx, who.org, id).await?;
    drop(tx);
    let draft = &found.draft;
    let now = TypedInvoice {
        version: draft.version,
        issued_on: draft.issued_on.to_string(),
        due_on: draft.due_on.map(|day| day.to_string()).unwrap_or_default(),
        reference: draft.reference.clone(),
        note: draft.note.clone().unwrap_or_default(),
    };
    let wrong = errors(refusal.as_ref());
    let error = |name: &str| wrong.get(name).cloned();
    let typed = refusal.as_ref().map_or(&now, |refusal| &refusal.typed);
    let status = refusal.as_ref().map(|refusal| refusal.fault.status());
    let page = View(EditPage {
        id,
        back: place_of(id),
        client: draft.client_name.clone(),
        version: typed.version,
        is_approved: draft.status == "approved",
        fields: vec![
            Field::date("issued_on", "Dated")
                .value(&typed.issued_on)
                .error(error("issued_on"))
                .required(),
            Field::date("due_on", "Due")
                .value(&typed.due_on)
                .error(error("due_on"))
                .required(),
            Field::text("reference", "Reference")
                .value(&typed.reference)
                .error(error("reference"))
                .hint("Printed on the invoice: the client's purchase-order number, say."),
            Field::textarea("note", "Note for the team")
                .value(&typed.note)
                .error(error("note"))
                .hint("The client never sees it."),
        ],
        problem: problem(refusal.as_ref()),
        shell: shell.titled("Edit the draft", Nav::GeneratedInvoices),
    });
    Ok((status.unwrap_or(StatusCode::OK), page).into_response())
}

pub async fn save(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(typed): Form<TypedInvoice>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let change = Edit::Invoice {
        issued_on: Some(typed.issued_on.clone()),
        due_on: Some(typed.due_on.clone()),
        reference: Some(typed.reference.clone()),
        note: Some(typed.note.clone()),
    };
    match write(&app, &who, id, typed.version, change).await {
        Err(fault) if can_be_shown(&fault) => {
            invoice_page(&app, frame, id, Some(Refusal { typed, fault })).await
        }
        answer => answer,
    }
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/line.html")]
struct LinePage {
    shell: Shell,
    id: GeneratedInvoiceId,
    /// The draft's own page.
    back: String,
    client: String,
    title: &'static str,
    action: String,
    version: i64,
    is_approved: bool,
    /// That another quantity or price gives up what was prorated.
    part: Option<String>,
    fields: Vec<Field>,
    problem: Option<String>,
    /// Of a line that is there: where it stands among how many.
    place: Option<Place>,
}

struct Place {
    at: usize,
    of: usize,
    up: Option<usize>,
    down: Option<usize>,
    can_remove: bool,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TypedForm {
    version: i64,
    description: String,
    quantity: String,
    unit_price: String,
    tax_type: String,
    account_code: String,
}

impl TypedForm {
    fn line(&self) -> TypedLine {
        TypedLine {
            description: self.description.clone(),
            quantity: self.quantity.clone(),
            unit_price: self.unit_price.clone(),
            tax_type: self.tax_type.clone(),
            account_code: self.account_code.clone(),
        }
    }
}

fn line_id(text: &str) -> Result<GeneratedLineId, Fault> {
    text.parse().map_err(|_| Fault::NotFound("this line"))
}

async fn line_page(
    app: &App,
    Frame { who, shell }: Frame,
    id: GeneratedInvoiceId,
    line: Option<GeneratedLineId>,
    refusal: Option<Refusal<TypedForm>>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = detail(&mut tx, who.org, id).await?;
    let codes = LedgerCodes::load(&mut tx, who.org).await?;
    drop(tx);
    let place = match line {
        Some(line) => {
            let mut lines = found.lines.iter();
            let at = lines.position(|row| row.id == line);
            Some(at.ok_or(Fault::NotFound("this line"))?)
        }
        None => None,
    };
    let row = place.and_then(|at| found.lines.get(at));
    let now = row.map(TypedLine::of).unwrap_or_default();
    let typed = refusal.as_ref().map(|refusal| refusal.typed.line());
    let wrong = errors(refusal.as_ref());
    let currency = Some(found.draft.currency.as_str());
    let status = refusal.as_ref().map(|refusal| refusal.fault.status());
    let seen = refusal.as_ref().map(|refusal| refusal.typed.version);
    let page = View(LinePage {
        id,
        back: place_of(id),
        client: found.draft.client_name.clone(),
        title: if row.is_some() {
            "Edit a line"
        } else {
            "Add a line"
        },
        action: line.map_or_else(
            || format!("{}/lines/add", place_of(id)),
            |line| place_of_line(id, line),
        ),
        version: seen.unwrap_or(found.draft.version),
        is_approved: found.draft.status == "approved",
        part: row.and_then(|row| part(row, &found)),
        fields: codes.fields(typed.as_ref().unwrap_or(&now), currency, &wrong),
        problem: problem(refusal.as_ref()),
        place: place.map(|at| placed(at, found.lines.len())),
        shell: shell.titled("Edit a line", Nav::GeneratedInvoices),
    });
    Ok((status.unwrap_or(StatusCode::OK), page).into_response())
}

fn placed(at: usize, of: usize) -> Place {
    Place {
        at: at + 1,
        of,
        up: (at > 0).then_some(at),
        down: (at + 1 < of).then_some(at + 2),
        can_remove: of > 1,
    }
}

/// Of a line whose amount is not quantity times price.
fn part(row: &LineView, found: &Detail) -> Option<String> {
    let quantity = row.quantity.0.checked_mul(row.unit_price.0)?;
    let digits = format::minor_digits(&found.draft.currency);
    let net = rust_decimal::Decimal::new(row.net_minor, digits);
    let is_whole = quantity.round_dp(digits) == net;
    (!is_whole).then(|| {
        format!(
            "It comes to {}, for only a part of a period or after a discount. With another \
             quantity or price it becomes quantity times price.",
            format::money(row.net_minor, &found.draft.currency)
        )
    })
}

pub async fn new_line(
    frame: Frame,
    State(app): State<App>,
    _may: May<Work>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    line_page(&app, frame, parse(&id)?, None, None).await
}

pub async fn add_line(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(typed): Form<TypedForm>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let change = Edit::Add {
        set: typed.line().fields(),
    };
    match write(&app, &who, id, typed.version, change).await {
        Err(fault) if can_be_shown(&fault) => {
            line_page(&app, frame, id, None, Some(Refusal { typed, fault })).await
        }
        answer => answer,
    }
}

pub async fn line(
    frame: Frame,
    State(app): State<App>,
    _may: May<Work>,
    Path((id, line)): Path<(String, String)>,
) -> Result<Response, Fault> {
    line_page(&app, frame, parse(&id)?, Some(line_id(&line)?), None).await
}

pub async fn save_line(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path((id, line)): Path<(String, String)>,
    Form(typed): Form<TypedForm>,
) -> Result<Response, Fault> {
    let (id, line) = (parse(&id)?, line_id(&line)?);
    let set = typed.line().fields();
    match write(&app, &who, id, typed.version, Edit::Line { line, set }).await {
        Err(fault) if can_be_shown(&fault) => {
            let refusal = Refusal { typed, fault };
            line_page(&app, frame, id, Some(line), Some(refusal)).await
        }
        answer => answer,
    }
}

#[derive(Debug, Deserialize)]
pub struct Seen {
    version: i64,
    #[serde(default)]
    to: usize,
}

pub async fn move_line(
    State(app): State<App>,
    who: May<Work>,
    Path((id, line)): Path<(String, String)>,
    Form(seen): Form<Seen>,
) -> Result<Response, Fault> {
    let (line, to) = (line_id(&line)?, seen.to);
    write(
        &app,
        &who,
        parse(&id)?,
        seen.version,
        Edit::Move { line, to },
    )
    .await
}

pub async fn remove_line(
    State(app): State<App>,
    who: May<Work>,
    Path((id, line)): Path<(String, String)>,
    Form(seen): Form<Seen>,
) -> Result<Response, Fault> {
    let line = line_id(&line)?;
    write(&app, &who, parse(&id)?, seen.version, Edit::Remove { line }).await
}
