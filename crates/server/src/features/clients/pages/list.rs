//! The list of clients.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::licensing_badge;
use crate::{
    app::App,
    db::Exact,
    fault::Fault,
    features::{
        clients::list::{self, ClientFilter, ClientSort, ClientSummary, Licensing},
        home::Frame,
    },
    http::{CsvFile, Paging, Permission, Window},
    ui::{
        Badge, Direction, Field, Figure, Href, Nav, Pager, Quantity, Shell, SortHead, View, format,
    },
};

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    status: String,
    licensing: String,
    sort: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn href(&self) -> Href {
        Href::to("/clients")
            .with("q", &self.q)
            .with("status", &self.status)
            .with("licensing", &self.licensing)
            .with("sort", &self.sort)
    }

    fn filter(&self) -> Result<ClientFilter, Fault> {
        ClientFilter::typed(Some(&self.q), Some(&self.status), Some(&self.licensing))
    }

    fn is_filtered(&self) -> bool {
        !self.q.is_empty() || !self.status.is_empty() || !self.licensing.is_empty()
    }
}

#[derive(Template)]
#[template(path = "features/clients/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    search: Field,
    licensing: Field,
    status: Field,
    by_name: SortHead,
    by_mrr: Option<SortHead>,
    rows: Vec<Row>,
    is_filtered: bool,
    may_work: bool,
    pager: Pager,
}

struct Row {
    href: String,
    name: String,
    reference: String,
    badges: Vec<Badge>,
    /// None where nothing was measured yet.
    mrr: Option<Figure>,
    subscriptions: String,
    devices: String,
    licences: Quantity,
    variance: Quantity,
    /// Paid for and not used, beside what is short.
    surplus: Option<Quantity>,
}

impl Row {
    fn of(row: ClientSummary) -> Self {
        let micros = |exact: Exact| exact.to_micros().unwrap_or(0);
        let mut badges = vec![licensing_badge(row.licensing)];
        if row.client.own_use {
            badges.push(Badge::neutral("Own use"));
        }
        if row.client.is_archived() {
            badges.push(Badge::neutral("Archived"));
        }
        let variance = match row.licensing {
            Licensing::NoData => None,
            Licensing::UnderLicensed => Some(micros(row.under)),
            _ => Some(-micros(row.over)),
        };
        let both = row.under.0 > Decimal::ZERO && row.over.0 > Decimal::ZERO;
        Self {
            href: format!("/clients/{}", row.client.id),
            name: row.client.name,
            reference: row.client.reference,
            badges,
            mrr: row
                .mrr_minor
                .map(|minor| Figure::new(minor, row.client.currency)),
            subscriptions: format::count(u64::try_from(row.subscriptions).unwrap_or(0)),
            devices: format::count(u64::try_from(row.devices).unwrap_or(0)),
            licences: Quantity::micros(micros(row.licences)),
            variance: Quantity::variance(variance),
            surplus: both.then(|| Quantity::micros(micros(row.over))),
        }
    }
}

pub async fn list(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let sort = ClientSort::typed(Some(&asked.sort))?;
    let window = asked.paging.window(sort.as_str())?;
    let mut tx = app.db.read(who.org).await?;
    let filter = asked.filter()?;
    let (rows, total) = list::list(&app, &who, &mut tx, &filter, sort, &window).await?;
    let page = window.page(rows, |row| sort.place(row));
    let shown = page.items.len();
    let pager = Pager {
        shown: format!(
            "{} of {}",
            format::count(shown as u64),
            format::counted(total as u64, "client", "clients")
        ),
        first: window.after.as_ref().map(|_| asked.href().into()),
        next: page
            .next_cursor
            .as_ref()
            .map(|cursor| asked.href().with("cursor", cursor).into()),
        csv: Some(asked.href().at("/clients.csv").into()),
    };
    let head = |label: &str, word: &str, mine: ClientSort, direction: Direction| {
        let href = asked.href().with("sort", word);
        SortHead::new(label, href, (sort == mine).then_some(direction))
    };
    Ok(View(ListPage {
        shell: shell.titled("Clients", Nav::Clients),
        search: Field::search("q", "Name or reference").value(&asked.q),
        licensing: licensing_field(&asked.licensing),
        status: Field::select("status", "Show")
            .option("", "Active")
            .option("archived", "Archived")
            .option("all", "All")
            .value(&asked.status),
        by_name: head("Client", "name", ClientSort::Name, Direction::Ascending),
        by_mrr: who
            .may(Permission::ReadCost)
            .then(|| head("MRR", "", ClientSort::Mrr, Direction::Descending).numeric()),
        rows: page.items.into_iter().map(Row::of).collect(),
        is_filtered: asked.is_filtered(),
        may_work: who.may(Permission::Work),
        pager,
    }))
}

fn licensing_field(chosen: &str) -> Field {
    let field = Field::select("licensing", "Licences").option("", "All");
    Licensing::ALL
        .into_iter()
        .fold(field, |field, licensing| {
            field.option(licensing.as_str(), licensing.title())
        })
        .value(chosen)
}

/// The rows now filtered.
pub async fn csv(
    Frame { who, .. }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let sort = ClientSort::typed(Some(&asked.sort))?;
    let window = Window::everything(sort.as_str());
    let mut tx = app.db.read(who.org).await?;
    let (rows, _) = list::list(&app, &who, &mut tx, &asked.filter()?, sort, &window).await?;
    let head = [
        "reference",
        "name",
        "status",
        "currency",
        "mrr",
        "subscriptions",
        "devices",
        "licences",
        "under",
        "over",
        "licensing",
    ];
    let mut file = CsvFile::new("clients", &head)?;
    for row in rows {
        let mrr = row
            .mrr_minor
            .map(|minor| format::plain_amount(minor, &row.client.currency));
        file.row(&[
            row.client.reference,
            row.client.name,
            row.client.status,
            row.client.currency,
            mrr.unwrap_or_default(),
            row.subscriptions.to_string(),
            row.devices.to_string(),
            row.licences.to_string(),
            row.under.to_string(),
            row.over.to_string(),
            row.licensing.as_str().to_owned(),
        ])?;
    }
    file.into_response()
}
