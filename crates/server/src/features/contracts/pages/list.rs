//! The list of contracts.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use super::{cycle_words, mrr_known, standing_badge, timing_words};
use crate::{
    app::App,
    db::Tx,
    fault::Fault,
    features::{
        contracts::{
            Standing,
            api::ContractsQuery,
            store::{self, ContractFilter},
            view::ContractSummary,
        },
        home::Frame,
    },
    http::{CsvFile, Paging, Permission, Who, Window},
    ui::{Badge, Field, Figure, Href, Moment, Nav, Pager, Shell, Tabs, View, format},
};

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    client: String,
    status: String,
    renewal: String,
    sort: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn href(&self) -> Href {
        Href::to("/contracts")
            .with("q", &self.q)
            .with("client", &self.client)
            .with("status", &self.status)
            .with("renewal", &self.renewal)
            .with("sort", &self.sort)
    }

    async fn filter(&self, app: &App, who: &Who, tx: &mut Tx) -> Result<ContractFilter, Fault> {
        let query = ContractsQuery {
            q: Some(self.q.clone()),
            client: Some(self.client.clone()),
            status: Some(self.status.clone()),
            renewal: Some(self.renewal.clone()),
            sort: Some(self.sort.clone()),
            paging: self.paging.clone(),
        };
        query.filter(app, who, tx).await
    }
}

#[derive(Template)]
#[template(path = "features/contracts/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    tabs: Tabs,
    search: Field,
    client: String,
    rows: Vec<Row>,
    sees_mrr: bool,
    may_work: bool,
    is_filtered: bool,
    pager: Pager,
}

struct Row {
    href: String,
    client: String,
    name: String,
    reference: String,
    state: Badge,
    mrr: Option<Figure>,
    is_measured: bool,
    billed: String,
    renews: Option<Moment>,
}

impl Row {
    fn of(row: ContractSummary) -> Self {
        let is_measured = mrr_known(&row) || row.standing == Standing::Draft;
        let terms = row.contract.terms;
        Self {
            href: match row.standing {
                Standing::Draft => format!("/contracts/{}/lines", row.contract.id),
                _ => format!("/contracts/{}", row.contract.id),
            },
            client: row.contract.client_name,
            state: standing_badge(row.standing),
            mrr: row
                .mrr_minor
                .map(|minor| Figure::new(minor, &terms.currency)),
            is_measured,
            billed: format!(
                "{} {}",
                cycle_words(&terms.cycle.text()),
                timing_words(&terms.timing.text())
            ),
            renews: terms.ends_on.map(|day| Moment::date(day.0)),
            name: terms.name,
            reference: terms.reference,
        }
    }
}

pub async fn list(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let filter = asked.filter(&app, &who, &mut tx).await?;
    let window = asked.paging.window(filter.sort)?;
    let rows = store::contracts(&mut tx, who.org, &filter, &window).await?;
    let rows = rows
        .into_iter()
        .map(|row| ContractSummary::of(row, &who, filter.today))
        .collect();
    let page = window.page(rows, ContractSummary::place);
    let pager = Pager {
        shown: format::counted(page.items.len() as u64, "contract", "contracts"),
        first: window.after.as_ref().map(|_| asked.href().into()),
        next: page
            .next_cursor
            .as_ref()
            .map(|cursor| asked.href().with("cursor", cursor).into()),
        csv: Some(asked.href().at("/contracts.csv").into()),
    };
    Ok(View(ListPage {
        shell: shell.titled("Contracts", Nav::Contracts),
        tabs: tabs(&asked),
        search: Field::search("q", "Client, name or reference").value(&asked.q),
        client: asked.client.clone(),
        sees_mrr: who.may(Permission::ReadCost),
        may_work: who.may(Permission::Work),
        is_filtered: asked.href() != Href::to("/contracts"),
        rows: page.items.into_iter().map(Row::of).collect(),
        pager,
    }))
}

fn tabs(asked: &Asked) -> Tabs {
    let clear = || asked.href().with("status", "").with("renewal", "");
    let is_all = asked.status.is_empty() && asked.renewal.is_empty();
    let tabs = Tabs::new("Status").tab("All", clear(), None, is_all);
    let tabs = [
        ("active", "Active"),
        ("draft", "Drafts"),
        ("pending_renewal", "Pending renewal"),
        ("expired", "Expired"),
    ]
    .into_iter()
    .fold(tabs, |tabs, (word, title)| {
        tabs.tab(
            title,
            clear().with("status", word),
            None,
            asked.status == word,
        )
    });
    tabs.tab(
        "Renewal due",
        clear().with("renewal", "due"),
        None,
        asked.renewal == "due",
    )
}

/// The rows now filtered.
pub async fn csv(
    Frame { who, .. }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let filter = asked.filter(&app, &who, &mut tx).await?;
    let window = Window::everything(filter.sort);
    let rows = store::contracts(&mut tx, who.org, &filter, &window).await?;
    let head = [
        "reference",
        "client",
        "name",
        "status",
        "currency",
        "mrr",
        "cycle",
        "timing",
        "starts_on",
        "ends_on",
        "bill_from",
        "purchase_order",
        "lines",
    ];
    let mut file = CsvFile::new("contracts", &head)?;
    for row in rows {
        let row = ContractSummary::of(row, &who, filter.today);
        let terms = row.contract.terms;
        let mrr = row
            .mrr_minor
            .map(|minor| format::plain_amount(minor, &terms.currency));
        file.row(&[
            terms.reference,
            row.contract.client_name,
            terms.name,
            row.standing.title().to_owned(),
            terms.currency,
            mrr.unwrap_or_default(),
            terms.cycle.text(),
            terms.timing.text(),
            terms.starts_on.to_string(),
            terms.ends_on.map(|day| day.to_string()).unwrap_or_default(),
            terms.bill_from.to_string(),
            terms.purchase_order.unwrap_or_default(),
            row.lines.to_string(),
        ])?;
    }
    file.into_response()
}
