//! All repeating invoices.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{LIST, badge, next};
use crate::{
    app::App,
    db::{ClientId, RepeatingInvoiceId},
    fault::Fault,
    features::{
        clients::search_pattern,
        home::Frame,
        repeating_invoices::{Filter, RepeatingInvoice, api::after, list},
    },
    http::{May, Paging, Read, Window, csv_file},
    ui::{Badge, Field, Figure, Nav, Pager, Shell, View, address, format},
};

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Asked {
    client: String,
    q: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn filter(&self, window: &Window) -> Result<Filter, Fault> {
        let client: Option<ClientId> = match self.client.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Fault::NotFound("this client"))?),
        };
        Ok(Filter {
            client,
            pattern: search_pattern(&self.q),
            after: window
                .after
                .as_ref()
                .map(|after| RepeatingInvoiceId(after.id)),
            limit: window.rows(),
        })
    }

    fn at(&self, path: &str, cursor: &str) -> String {
        address(
            path,
            &[("client", &self.client), ("q", &self.q), ("cursor", cursor)],
        )
    }
}

struct Row {
    href: String,
    name: String,
    client: String,
    state: Badge,
    every: String,
    next: String,
    total: Figure,
}

impl Row {
    fn of(invoice: &RepeatingInvoice) -> Self {
        Self {
            href: format!("{LIST}/{}", invoice.id),
            name: invoice.name.clone(),
            client: invoice.client_name.clone(),
            state: badge(invoice.state),
            every: format!("every {}", invoice.every),
            next: next(invoice),
            total: Figure::new(invoice.total_minor, invoice.currency.clone()),
        }
    }
}

#[derive(Template)]
#[template(path = "features/repeating_invoices/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    client: String,
    search: Field,
    rows: Vec<Row>,
    is_filtered: bool,
    pager: Pager,
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let window = asked.paging.window("repeating")?;
    let mut tx = app.db.read(who.org).await?;
    let rows = list(&mut tx, who.org, &asked.filter(&window)?).await?;
    drop(tx);
    let page = window.page(rows, after);
    let shown = u64::try_from(page.items.len()).unwrap_or(0);
    let more = page.next_cursor.as_ref();
    Ok(View(ListPage {
        shell: shell.titled("Repeating invoices", Nav::Invoices),
        search: Field::search("q", "Name, client or reference").value(&asked.q),
        rows: page.items.iter().map(Row::of).collect(),
        is_filtered: !asked.q.trim().is_empty() || !asked.client.is_empty(),
        pager: Pager {
            shown: format::counted(shown, "repeating invoice", "repeating invoices"),
            first: asked.paging.cursor.is_some().then(|| asked.at(LIST, "")),
            next: more.map(|cursor| asked.at(LIST, cursor)),
            csv: Some(asked.at("/repeating-invoices/export.csv", "")),
        },
        client: asked.client,
    }))
}

/// Every row of the filtered list.
pub async fn export(
    State(app): State<App>,
    who: May<Read>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let filter = asked.filter(&Window::everything("repeating"))?;
    let mut tx = app.db.read(who.org).await?;
    let found = list(&mut tx, who.org, &filter).await?;
    drop(tx);
    let header = [
        "name",
        "client",
        "reference",
        "state",
        "every",
        "next_on",
        "ends_on",
        "total",
        "currency",
        "not_ours_reason",
    ];
    let rows = found.iter().map(|one| {
        let digits = format::minor_digits(&one.currency);
        let day = |day: Option<crate::db::Day>| day.map(|day| day.to_string()).unwrap_or_default();
        vec![
            one.name.clone(),
            one.client_name.clone(),
            one.reference.clone(),
            one.state.title().to_owned(),
            one.every.clone(),
            day(one.next_on),
            day(one.ends_on),
            Decimal::new(one.total_minor, digits).to_string(),
            one.currency.clone(),
            one.not_ours_reason.clone().unwrap_or_default(),
        ]
    });
    csv_file("repeating-invoices", &header, rows)
}
