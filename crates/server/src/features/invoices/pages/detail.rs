//! One invoice as accounting has it.

use askama::Template;
use axum::extract::{Path, State};
use chrono::NaiveDate;

use super::{badge, list::numbered};
use crate::{
    app::App,
    fault::Fault,
    features::{
        home::Frame,
        invoices::{Detail, LineView, Settlement, State as Stands, api::parse, detail},
    },
    http::{May, Read},
    ui::{Badge, Figure, Nav, Quantity, Shell, UnitPrice, View, format},
};

struct Line {
    description: String,
    about: String,
    quantity: Quantity,
    unit_price: UnitPrice,
    net: Figure,
}

struct Settled {
    what: String,
    on: String,
    amount: Figure,
}

#[derive(Template)]
#[template(path = "features/invoices/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    title: String,
    client: String,
    client_href: Option<String>,
    state: Badge,
    /// Since when it is owed.
    owed_since: Option<String>,
    lines: Vec<Line>,
    subtotal: Figure,
    tax: Figure,
    total: Figure,
    settled: Vec<Settled>,
    due: Figure,
    facts: Vec<(&'static str, String)>,
    external_url: Option<String>,
    draft_href: Option<String>,
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Path(id): Path<String>,
) -> Result<View<DetailPage>, Fault> {
    let today = who.today(&app);
    let mut tx = app.db.read(who.org).await?;
    let found = detail(&mut tx, who.org, parse(&id)?, today).await?;
    drop(tx);
    let invoice = &found.invoice;
    let figure = |minor: i64| Figure::new(minor, invoice.currency.clone());
    let title = format!("Invoice {}", numbered(invoice));
    Ok(View(DetailPage {
        shell: shell.titled(title.clone(), Nav::Invoices),
        title,
        client: invoice.client_name.clone(),
        client_href: invoice.client_id.map(|client| format!("/clients/{client}")),
        state: badge(invoice.state),
        owed_since: owed_since(&found, today),
        lines: found
            .lines
            .iter()
            .map(|line| shown(line, &invoice.currency))
            .collect(),
        subtotal: figure(found.subtotal_minor),
        tax: figure(found.tax_minor),
        total: figure(invoice.total_minor),
        settled: found
            .settled
            .iter()
            .map(|one| settled(one, &invoice.currency))
            .collect(),
        due: figure(invoice.due_minor),
        facts: facts(&found),
        external_url: found.external_url.clone(),
        draft_href: found
            .generated_invoice_id
            .map(|draft| format!("/generated-invoices/{draft}")),
    }))
}

fn owed_since(found: &Detail, today: NaiveDate) -> Option<String> {
    let due = found.invoice.due_on?.0;
    let days = u64::try_from((today - due).num_days()).unwrap_or(0);
    match found.invoice.state {
        Stands::Overdue => Some(format!(
            "Overdue since {}: {}.",
            format::date(due),
            format::counted(days, "day", "days")
        )),
        Stands::AwaitingPayment => Some(format!("Due on {}.", format::date(due))),
        _ => None,
    }
}

fn shown(line: &LineView, currency: &str) -> Line {
    let micros = |exact: crate::db::Exact| exact.to_micros().unwrap_or_default();
    let about = [
        line.item_code.clone().unwrap_or_default(),
        format!("account {}", line.account_code),
        line.tax_type.clone(),
    ];
    let about: Vec<String> = about.into_iter().filter(|text| !text.is_empty()).collect();
    Line {
        description: line.description.clone(),
        about: about.join(" · "),
        quantity: Quantity::micros(micros(line.quantity)),
        unit_price: UnitPrice::micros(micros(line.unit_price), currency),
        net: Figure::new(line.net_minor, currency),
    }
}

fn settled(one: &Settlement, currency: &str) -> Settled {
    Settled {
        what: match &one.number {
            Some(number) => format!("Credit note {number}"),
            None => "Payment".to_owned(),
        },
        on: one.on.map(|day| format::date(day.0)).unwrap_or_default(),
        amount: Figure::new(one.amount_minor, currency),
    }
}

fn facts(found: &Detail) -> Vec<(&'static str, String)> {
    let invoice = &found.invoice;
    let mut facts = vec![("Dated", format::date(invoice.issued_on.0))];
    facts.extend(invoice.due_on.map(|day| ("Due", format::date(day.0))));
    if !invoice.reference.is_empty() {
        facts.push(("Reference", invoice.reference.clone()));
    }
    facts
}
