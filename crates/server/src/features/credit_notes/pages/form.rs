//! Making and editing: which lines of an invoice and how much of each, or free lines.

mod rows;

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::{Form, Query};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use serde::Deserialize;

use self::rows::{clients, free_rows, offered};
use super::{LIST, place_of};
use crate::{
    app::App,
    db::{ClientId, Exact, GeneratedInvoiceId, GeneratedLineId, Tx},
    fault::Fault,
    features::{
        credit_notes::{self, Detail, LineInput, NoteChange, NoteInput, api::parse, store},
        generated_invoices,
        home::Frame,
    },
    http::{May, Who, Work, done},
    input,
    ui::{Field, Figure, Flash, Nav, Shell, View, format},
};

/// What was typed. Lines of an invoice come as `line` and `amount` in pairs, free ones as the
/// other lists.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    invoice: String,
    client: String,
    issued_on: String,
    reason: String,
    line: Vec<String>,
    amount: Vec<String>,
    description: Vec<String>,
    quantity: Vec<String>,
    unit_price: Vec<String>,
    tax_type: Vec<String>,
    account_code: Vec<String>,
}

/// One line of the invoice, and how much of it.
struct Offered {
    id: GeneratedLineId,
    description: String,
    about: String,
    net: Figure,
    left: Figure,
    amount: Option<Field>,
}

#[derive(Template)]
#[template(path = "features/credit_notes/templates/form.html")]
pub struct FormPage {
    shell: Shell,
    title: String,
    back: String,
    action: String,
    version: i64,
    invoice: String,
    problem: Option<String>,
    about: Vec<Field>,
    offered: Vec<Offered>,
    free: Vec<Vec<Field>>,
    tax_types: Vec<(String, String)>,
    accounts: Vec<(String, String)>,
}

/// What is being made or edited.
struct Of<'a> {
    note: Option<&'a Detail>,
    invoice: Option<GeneratedInvoiceId>,
}

pub async fn new(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Query(mut typed): Query<Typed>,
) -> Result<Response, Fault> {
    if typed.issued_on.is_empty() {
        typed.issued_on = who.today(&app).to_string();
    }
    let mut tx = app.db.read(who.org).await?;
    let of = Of {
        note: None,
        invoice: typed.invoice()?,
    };
    page(frame, &mut tx, &of, &typed, None).await
}

pub async fn create(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let invoice = typed.invoice()?;
    let made = match typed.input(&mut tx, &who, invoice).await {
        Ok(input) => credit_notes::create(&app, &who, &mut tx, &input).await,
        Err(fault) => Err(fault),
    };
    match made {
        Ok(id) => {
            tx.commit().await?;
            let flash = Flash::done("The credit note is a draft. Approve it to go on.");
            Ok(done(&place_of(id), &flash))
        }
        Err(fault @ Fault::Invalid { .. }) => {
            let of = Of {
                note: None,
                invoice,
            };
            page(frame, &mut tx, &of, &typed, Some(&fault)).await
        }
        Err(fault) => Err(fault),
    }
}

pub async fn edit(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let note = credit_notes::detail(&mut tx, who.org, parse(&id)?).await?;
    if !matches!(note.note.status.as_str(), "draft" | "approved") {
        return Err(Fault::conflict(
            "wrong_state",
            "a credit note can be edited until it is posted",
        ));
    }
    let typed = Typed::of(&note);
    let of = Of {
        note: Some(&note),
        invoice: note.note.generated_invoice_id,
    };
    page(frame, &mut tx, &of, &typed, None).await
}

pub async fn change(
    frame: Frame,
    State(app): State<App>,
    who: May<Work>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = parse(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let note = credit_notes::detail(&mut tx, who.org, id).await?;
    let invoice = note.note.generated_invoice_id;
    let changed = match typed.input(&mut tx, &who, invoice).await {
        Ok(input) => {
            let change = NoteChange {
                version: typed.version,
                issued_on: input.issued_on,
                reason: Some(input.reason),
                lines: Some(input.lines),
            };
            credit_notes::update(&app, &who, &mut tx, id, &change).await
        }
        Err(fault) => Err(fault),
    };
    match changed {
        Ok(()) => {
            tx.commit().await?;
            Ok(done(
                &place_of(id),
                &Flash::done("The credit note is saved."),
            ))
        }
        Err(fault @ Fault::Invalid { .. }) => {
            let of = Of {
                note: Some(&note),
                invoice,
            };
            page(frame, &mut tx, &of, &typed, Some(&fault)).await
        }
        Err(fault) => Err(fault),
    }
}

impl Typed {
    fn of(note: &Detail) -> Self {
        let texts = |of: fn(&credit_notes::LineView) -> String| note.lines.iter().map(of).collect();
        let digits = format::minor_digits(&note.note.currency);
        let mut typed = Self {
            version: note.note.version,
            issued_on: note.note.issued_on.to_string(),
            reason: note.note.reason.clone(),
            ..Self::default()
        };
        if note.note.generated_invoice_id.is_some() {
            for line in &note.lines {
                let id = line.generated_line_id.map(|id| id.to_string());
                typed.line.push(id.unwrap_or_default());
                let amount = Decimal::new(line.net_minor, digits);
                typed.amount.push(amount.to_string());
            }
            return typed;
        }
        typed.description = texts(|line| line.description.clone());
        typed.quantity = texts(|line| line.quantity.to_string());
        typed.unit_price = texts(|line| line.unit_price.to_string());
        typed.tax_type = texts(|line| line.tax_type.clone());
        typed.account_code = texts(|line| line.account_code.clone());
        typed
    }

    fn invoice(&self) -> Result<Option<GeneratedInvoiceId>, Fault> {
        match self.invoice.as_str() {
            "" => Ok(None),
            text => {
                let id = text.parse();
                id.map(Some).map_err(|_| Fault::NotFound("this invoice"))
            }
        }
    }

    async fn input(
        &self,
        tx: &mut Tx,
        who: &Who,
        invoice: Option<GeneratedInvoiceId>,
    ) -> Result<NoteInput, Fault> {
        let client: Option<ClientId> = self.client.parse().ok();
        let issued_on = match self.issued_on.as_str() {
            "" => None,
            text => Some(
                input::day(text)
                    .map_err(|why| Fault::field("issued_on", why))?
                    .0,
            ),
        };
        let lines = match invoice {
            Some(invoice) => {
                let row = generated_invoices::store::draft(tx, who.org, invoice).await?;
                let row = row.ok_or(Fault::NotFound("this invoice"))?;
                self.amounts(format::minor_digits(&row.currency))?
            }
            None => self.free(),
        };
        Ok(NoteInput {
            invoice,
            client,
            issued_on,
            reason: self.reason.clone(),
            lines,
        })
    }

    /// What was typed beside the invoice's lines; an empty amount credits nothing.
    fn amounts(&self, digits: u32) -> Result<Vec<LineInput>, Fault> {
        let mut lines = Vec::new();
        for (line, amount) in self.line.iter().zip(&self.amount) {
            let amount = amount.trim();
            if amount.is_empty() {
                continue;
            }
            let wrong = |why: String| Fault::field(&format!("amount.{line}"), why);
            let typed = input::exact(amount).map_err(wrong)?;
            lines.push(LineInput {
                line: line.parse().ok(),
                net_minor: Some(minor(typed, digits).map_err(wrong)?),
                ..LineInput::default()
            });
        }
        Ok(lines)
    }

    fn free(&self) -> Vec<LineInput> {
        let at = |list: &[String], place: usize| list.get(place).cloned().unwrap_or_default();
        let rows = (0..self.description.len()).map(|place| LineInput {
            description: Some(at(&self.description, place)),
            quantity: Some(at(&self.quantity, place)).filter(|text| !text.trim().is_empty()),
            unit_price: Some(at(&self.unit_price, place)),
            tax_type: Some(at(&self.tax_type, place)),
            account_code: Some(at(&self.account_code, place)),
            ..LineInput::default()
        });
        let is_typed = |line: &LineInput| {
            let has = |text: &Option<String>| text.as_deref().is_some_and(|t| !t.trim().is_empty());
            has(&line.description) || has(&line.unit_price)
        };
        rows.filter(is_typed).collect()
    }

    /// The place among what was sent of the line that stands in a row of the form.
    fn place_sent(&self, row: usize) -> Option<usize> {
        let is_typed = |place: usize| {
            let has = |list: &[String]| list.get(place).is_some_and(|text| !text.trim().is_empty());
            has(&self.description) || has(&self.unit_price)
        };
        is_typed(row).then(|| (0..row).filter(|place| is_typed(*place)).count())
    }
}

/// An amount of the smallest unit of the currency.
fn minor(amount: Exact, digits: u32) -> Result<i64, String> {
    let scaled = Decimal::from(10_i64.pow(digits)).checked_mul(amount.0);
    let whole = scaled.filter(|scaled| scaled.fract().is_zero());
    whole
        .and_then(|whole| whole.to_i64())
        .ok_or_else(|| format!("write it with at most {digits} decimal places"))
}

async fn page(
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    of: &Of<'_>,
    typed: &Typed,
    fault: Option<&Fault>,
) -> Result<Response, Fault> {
    let wrong = fault.map(Fault::fields).unwrap_or_default();
    let error = |name: &str| wrong.get(name).cloned();
    let mut about = Vec::new();
    if of.note.is_none() && of.invoice.is_none() {
        about.push(clients(tx, &who, typed).await?.error(error("client")));
    }
    about.push(
        Field::text("reason", "Reason")
            .value(&typed.reason)
            .hint("The client reads it as the reference.")
            .error(error("reason"))
            .required(),
    );
    about.push(
        Field::date("issued_on", "Dated")
            .value(&typed.issued_on)
            .error(error("issued_on"))
            .required(),
    );
    let offered = match of.invoice {
        Some(invoice) => offered(tx, &who, of, invoice, typed, fault).await?,
        None => Vec::new(),
    };
    let place = of.note.map(|note| place_of(note.note.id));
    let title = match of.note {
        Some(_) => "Edit credit note",
        None => "New credit note",
    };
    let page = FormPage {
        shell: shell.titled(title, Nav::CreditNotes),
        title: title.to_owned(),
        back: place.clone().unwrap_or_else(|| LIST.to_owned()),
        action: place.map_or("/credit-notes/create".to_owned(), |place| {
            format!("{place}/edit")
        }),
        version: typed.version,
        invoice: typed.invoice.clone(),
        problem: fault.map(ToString::to_string),
        about,
        free: match of.invoice {
            Some(_) => Vec::new(),
            None => free_rows(typed, fault),
        },
        offered,
        tax_types: store::tax_names(tx, who.org).await?,
        accounts: store::accounts(tx, who.org).await?,
    };
    let status = fault.map_or(axum::http::StatusCode::OK, Fault::status);
    Ok((status, View(page)).into_response())
}
