//! One repeating invoice, and whether it is ours.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{LIST, badge, next};
use crate::{
    app::App,
    db::{Exact, RepeatingInvoiceId},
    fault::Fault,
    features::{
        home::Frame,
        repeating_invoices::{self, Detail, Line, State as Stands, api::parse},
    },
    http::{May, Permission, Read, Work},
    ui::{
        Badge, Field, Figure, Flash, Nav, Notice, Quantity, Shell, Tone, UnitPrice, View, format,
        see_other,
    },
};

struct Shown {
    description: String,
    about: String,
    quantity: Quantity,
    unit_price: UnitPrice,
    net: Figure,
}

#[derive(Template)]
#[template(path = "features/repeating_invoices/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    place: String,
    title: String,
    state: Badge,
    notice: Option<Notice>,
    client: String,
    client_href: Option<String>,
    lines: Vec<Shown>,
    subtotal: Figure,
    tax: Figure,
    total: Figure,
    facts: Vec<(&'static str, String)>,
    can_disown: bool,
    can_own: bool,
    reason: Field,
    is_open: bool,
}

pub async fn show(
    frame: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Path(id): Path<String>,
) -> Result<View<DetailPage>, Fault> {
    page(&app, frame, parse(&id)?, None).await
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    id: RepeatingInvoiceId,
    refused: Option<(String, Fault)>,
) -> Result<View<DetailPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = repeating_invoices::detail(&mut tx, who.org, id).await?;
    drop(tx);
    let invoice = &found.invoice;
    let figure = |minor: i64| Figure::new(minor, invoice.currency.clone());
    let may_work = who.may(Permission::Work);
    let is_open = refused.is_some();
    let (typed, wrong) = refused.unzip();
    let reason = Field::text("reason", "What it bills instead")
        .required()
        .hint("Kept in the audit log")
        .value(typed.unwrap_or_default())
        .error(wrong.map(|fault| fault.to_string()));
    Ok(View(DetailPage {
        shell: shell.titled(invoice.name.clone(), Nav::Invoices),
        place: format!("{LIST}/{id}"),
        title: invoice.name.clone(),
        state: badge(invoice.state),
        notice: notice(&found),
        client: invoice.client_name.clone(),
        client_href: invoice.client_id.map(|client| format!("/clients/{client}")),
        lines: found
            .lines
            .iter()
            .map(|one| shown(one, &invoice.currency))
            .collect(),
        subtotal: figure(invoice.subtotal_minor),
        tax: figure(invoice.tax_minor),
        total: figure(invoice.total_minor),
        facts: facts(&found),
        can_disown: may_work && invoice.state == Stands::Active,
        can_own: may_work && invoice.not_ours_reason.is_some(),
        reason,
        is_open,
    }))
}

fn notice(found: &Detail) -> Option<Notice> {
    let invoice = &found.invoice;
    let text = match (invoice.state, invoice.client_id) {
        (Stands::Active, Some(_)) => {
            "End it in Xero and sync, or say below that it bills something else. Until then no \
             draft of this client goes out, so that nothing is billed twice."
        }
        (Stands::Active, None) => {
            "Its contact is no client yet. Map the contact, and what it bills is looked at."
        }
        _ => return None,
    };
    Some(Notice::new(
        Tone::Risk,
        "Accounting bills this by itself.",
        text,
    ))
}

fn shown(line: &Line, currency: &str) -> Shown {
    let micros = |exact: Exact| exact.to_micros().unwrap_or_default();
    let account = line
        .account_code
        .as_ref()
        .map(|code| format!("account {code}"));
    let about = [line.item_code.clone(), account, line.tax_type.clone()];
    let about: Vec<String> = about.into_iter().flatten().collect();
    Shown {
        description: line.description.clone(),
        about: about.join(" · "),
        quantity: Quantity::micros(micros(line.quantity)),
        unit_price: UnitPrice::micros(micros(line.unit_price), currency),
        net: Figure::new(line.net_minor, currency),
    }
}

fn facts(found: &Detail) -> Vec<(&'static str, String)> {
    let invoice = &found.invoice;
    let mut facts = vec![
        ("Repeats", format!("every {}", invoice.every)),
        ("Next invoice", next(invoice)),
    ];
    facts.extend(invoice.starts_on.map(|day| ("Since", format::date(day.0))));
    facts.extend(invoice.ends_on.map(|day| ("Last day", format::date(day.0))));
    let makes = if invoice.makes_drafts {
        "drafts"
    } else {
        "approved invoices"
    };
    facts.push(("Makes", makes.to_owned()));
    let reason = invoice.not_ours_reason.clone();
    facts.extend(reason.map(|reason| ("Not ours because", reason)));
    facts
}

#[derive(Deserialize)]
pub struct Disowned {
    #[serde(default)]
    reason: String,
}

pub async fn disown(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(form): Form<Disowned>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.write(who.org).await?;
    match repeating_invoices::disown(&app, &who, &mut tx, id, &form.reason).await {
        Ok(_) => {
            tx.commit().await?;
            let flash = Flash::done("It stops no draft any more.");
            Ok(see_other(&format!("{LIST}/{id}"), &flash))
        }
        Err(fault @ Fault::Invalid { .. }) => {
            drop(tx);
            let page = page(&app, frame, id, Some((form.reason, fault))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

pub async fn own(
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.write(who.org).await?;
    repeating_invoices::own(&app, &who, &mut tx, id).await?;
    tx.commit().await?;
    let flash = Flash::done("It counts as ours again: while it bills, drafts of its client wait.");
    Ok(see_other(&format!("{LIST}/{id}"), &flash))
}
