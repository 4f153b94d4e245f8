//! The list with its four cards, and the same rows as CSV.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{LIST, badge};
use crate::{
    app::App,
    db::ClientId,
    fault::Fault,
    features::{
        home::Frame,
        invoices::{Filter, InvoiceView, Show, Sum, Sums, api, list, sums},
    },
    http::{May, Page, Paging, Permission, Read, Who, Window, csv_file},
    ui::{Badge, Field, Figure, Moment, Nav, Pager, Shell, Stat, Tone, View, address, format},
};

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    status: String,
    client: String,
    q: String,
    #[serde(flatten)]
    paging: Paging,
}

impl ListQuery {
    fn filter(&self, window: &Window) -> Result<Filter, Fault> {
        let client: Option<ClientId> = match self.client.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Fault::NotFound("this client"))?),
        };
        Ok(Filter {
            show: Show::typed(&self.status)?,
            client,
            search: Some(self.q.clone()),
            after: window.after.as_ref().and_then(api::place),
            limit: window.rows(),
        })
    }

    fn at(&self, path: &str, show: Show, cursor: &str) -> String {
        let status = if show == Show::All { "" } else { show.as_str() };
        let query = [
            ("status", status),
            ("client", &self.client),
            ("q", &self.q),
            ("cursor", cursor),
        ];
        address(path, &query)
    }
}

struct Row {
    href: String,
    number: String,
    client: String,
    state: Badge,
    issued: Moment,
    due: Option<Moment>,
    total: Figure,
    /// What is still owed, where that is not all of it.
    owed: Figure,
}

impl Row {
    fn of(invoice: &InvoiceView) -> Self {
        let figure = |minor: i64| Figure::new(minor, invoice.currency.clone());
        Self {
            href: format!("{LIST}/{}", invoice.id),
            number: numbered(invoice),
            client: invoice.client_name.clone(),
            state: badge(invoice.state),
            issued: Moment::date(invoice.issued_on.0),
            due: invoice.due_on.map(|day| Moment::date(day.0)),
            total: figure(invoice.total_minor),
            owed: figure(invoice.due_minor),
        }
    }
}

/// A draft in the ledger may have no number yet.
pub fn numbered(invoice: &InvoiceView) -> String {
    if invoice.number.is_empty() {
        "No number".to_owned()
    } else {
        invoice.number.clone()
    }
}

#[derive(Template)]
#[template(path = "features/invoices/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    stats: Vec<Stat>,
    search: Field,
    states: Field,
    client: String,
    rows: Vec<Row>,
    is_filtered: bool,
    pager: Pager,
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Query(query): Query<ListQuery>,
) -> Result<View<ListPage>, Fault> {
    let window = query.paging.window("issued")?;
    let filter = query.filter(&window)?;
    let today = who.today(&app);
    let mut tx = app.db.read(who.org).await?;
    let found = list(&mut tx, who.org, &filter, today).await?;
    let stats = if who.may(Permission::ReadCost) {
        stats(
            &query,
            &who,
            filter.show,
            &sums(&mut tx, who.org, today).await?,
        )
    } else {
        Vec::new()
    };
    drop(tx);
    let page = window.page(found, api::after);
    Ok(View(ListPage {
        shell: shell.titled("Invoices", Nav::Invoices),
        stats,
        search: Field::search("q", "Search number, client or reference").value(&query.q),
        states: states(filter.show),
        client: query.client.clone(),
        rows: page.items.iter().map(Row::of).collect(),
        is_filtered: query.at(LIST, filter.show, "") != LIST,
        pager: pager(&query, filter.show, &page),
    }))
}

/// Each card is a filter; pressed again, it shows all.
fn stats(query: &ListQuery, who: &Who, current: Show, sums: &Sums) -> Vec<Stat> {
    let stat = |name: &str, show: Show, sums: &[Sum], note: &str| {
        let amounts: Vec<(String, i64)> = sums
            .iter()
            .map(|sum| (sum.currency.clone(), sum.minor))
            .collect();
        let count = sums.iter().map(|sum| sum.invoices).sum::<i64>();
        let count = format::counted(u64::try_from(count).unwrap_or(0), "invoice", "invoices");
        let note = if note.is_empty() {
            count
        } else {
            format!("{note}, {count}")
        };
        let is_current = show == current;
        let to = if is_current { Show::All } else { show };
        let stat = Stat::sums(name, &who.currency, &amounts).note(note);
        stat.filter(query.at(LIST, to, ""), is_current)
    };
    vec![
        stat(
            "Paid this month",
            Show::PaidThisMonth,
            &sums.paid_this_month,
            "payments dated this month",
        ),
        stat("Outstanding", Show::Outstanding, &sums.outstanding, "owed"),
        stat("Draft", Show::Draft, &sums.draft, ""),
        stat("Overdue", Show::Overdue, &sums.overdue, "owed").tone(tone(&sums.overdue)),
    ]
}

fn tone(overdue: &[Sum]) -> Tone {
    if overdue.iter().any(|sum| sum.minor > 0) {
        Tone::Late
    } else {
        Tone::Neutral
    }
}

fn states(current: Show) -> Field {
    let value = if current == Show::All {
        ""
    } else {
        current.as_str()
    };
    Field::select("status", "Status")
        .value(value)
        .option("", "All but voided")
        .option("paid_this_month", "Paid this month")
        .option("outstanding", "Outstanding")
        .option("draft", "Draft")
        .option("awaiting_approval", "Awaiting approval")
        .option("awaiting_payment", "Awaiting payment")
        .option("overdue", "Overdue")
        .option("paid", "Paid")
        .option("voided", "Voided")
}

fn pager(query: &ListQuery, show: Show, page: &Page<InvoiceView>) -> Pager {
    let shown = u64::try_from(page.items.len()).unwrap_or(0);
    let next = page
        .next_cursor
        .as_ref()
        .map(|cursor| query.at(LIST, show, cursor));
    Pager {
        shown: format::counted(shown, "invoice", "invoices"),
        first: query
            .paging
            .cursor
            .is_some()
            .then(|| query.at(LIST, show, "")),
        next,
        csv: Some(query.at("/invoices/export.csv", show, "")),
    }
}

/// Every row of the filtered list.
pub async fn export(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Fault> {
    let filter = query.filter(&Window::everything("issued"))?;
    let mut tx = app.db.read(who.org).await?;
    let found = list(&mut tx, who.org, &filter, who.today(&app)).await?;
    drop(tx);
    let header = [
        "number",
        "client",
        "reference",
        "status",
        "issued_on",
        "due_on",
        "total",
        "paid",
        "credited",
        "due",
        "currency",
    ];
    let rows = found.iter().map(|invoice| {
        let digits = format::minor_digits(&invoice.currency);
        let amount = |minor: i64| Decimal::new(minor, digits).to_string();
        vec![
            invoice.number.clone(),
            invoice.client_name.clone(),
            invoice.reference.clone(),
            invoice.state.title().to_owned(),
            invoice.issued_on.to_string(),
            invoice
                .due_on
                .map(|day| day.to_string())
                .unwrap_or_default(),
            amount(invoice.total_minor),
            amount(invoice.paid_minor),
            amount(invoice.credited_minor),
            amount(invoice.due_minor),
            invoice.currency.clone(),
        ]
    });
    csv_file("invoices", &header, rows)
}
