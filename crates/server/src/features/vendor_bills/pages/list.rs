//! The list of bills, and the same rows as CSV.

use askama::Template;
use axum::{
    extract::{Query, State as Shared},
    response::Response,
};
use serde::Deserialize;

use super::{LIST, badges, title};
use crate::{
    app::App,
    fault::Fault,
    features::{
        connections::vendor_title,
        home::Frame,
        vendor_bills::{self, Coming, Counts, Filter, State, VendorBill},
    },
    http::{CsvFile, May, Paging, ReadCost, Window},
    ui::{Badge, Field, Figure, Href, Moment, Nav, Pager, Shell, Stat, Tabs, View, format},
};

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    state: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn href(&self) -> Href {
        Href::to(LIST).with("q", &self.q).with("state", &self.state)
    }

    fn filter(&self) -> Result<Filter, Fault> {
        Filter::typed(&self.q, &self.state, "")
    }
}

struct Row {
    href: String,
    number: String,
    vendor: String,
    badges: Vec<Badge>,
    billed: Moment,
    month: String,
    predicted: Option<Figure>,
    matched: Figure,
    unmatched: Figure,
    cost: Figure,
}

impl Row {
    fn of(bill: &VendorBill) -> Self {
        let header = &bill.header;
        let figure = |minor: i64| Figure::new(minor, header.currency.clone());
        Self {
            href: format!("{LIST}/{}", header.id),
            number: header.number.clone(),
            vendor: vendor_title(&header.vendor).to_owned(),
            badges: badges(bill),
            billed: Moment::date(header.billed_on.0),
            month: format::month(bill.starts_on.0),
            predicted: bill.predicted_minor.map(figure),
            matched: figure(bill.matched_minor),
            unmatched: figure(bill.unmatched_minor),
            cost: figure(bill.cost_minor),
        }
    }
}

#[derive(Template)]
#[template(path = "features/vendor_bills/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    stats: Vec<Stat>,
    tabs: Tabs,
    search: Field,
    state: String,
    rows: Vec<Row>,
    is_filtered: bool,
    pager: Pager,
}

pub async fn show(
    Frame { who, shell }: Frame,
    _may: May<ReadCost>,
    Shared(app): Shared<App>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let window = asked.paging.window("billed")?;
    let filter = asked.filter()?;
    let mut tx = app.db.read(who.org).await?;
    let (page, counts) = vendor_bills::list(&mut tx, who.org, &filter, &window).await?;
    let coming = vendor_bills::coming(&mut tx, who.org, who.today(&app)).await?;
    drop(tx);
    let next = page.next_cursor.as_ref();
    Ok(View(ListPage {
        shell: shell.titled("Vendor bills", Nav::VendorBills),
        stats: stats(&coming, &who.currency),
        tabs: tabs(&asked, &counts),
        search: Field::search("q", "Number, client or product").value(&asked.q),
        state: asked.state.clone(),
        rows: page.items.iter().map(Row::of).collect(),
        is_filtered: asked.href() != Href::to(LIST),
        pager: Pager {
            shown: format::counted(page.items.len() as u64, "bill", "bills"),
            first: window.after.as_ref().map(|_| asked.href().into()),
            next: next.map(|cursor| asked.href().with("cursor", cursor).into()),
            csv: Some(asked.href().at("/vendor-bills.csv").into()),
        },
    }))
}

/// Predicted and billed of this month, predicted of the next; nothing before the first sync.
fn stats([this, next]: &[Coming; 2], home: &str) -> Vec<Stat> {
    let stat = |name: String, sums: &[(String, i64)], note: &str| {
        (!sums.is_empty()).then(|| Stat::sums(name, home, sums).note(note))
    };
    let month = |coming: &Coming| format::month(coming.month);
    let stats = [
        stat(
            format!("Predicted, {}", month(this)),
            &this.predicted,
            "without usage, which is known afterwards",
        ),
        stat(format!("Billed, {}", month(this)), &this.billed, "cost"),
        stat(
            format!("Predicted, {}", month(next)),
            &next.predicted,
            "without usage, which is known afterwards",
        ),
    ];
    stats.into_iter().flatten().collect()
}

fn tabs(asked: &Asked, counts: &Counts) -> Tabs {
    let clear = || asked.href().with("state", "");
    let tabs = Tabs::new("Status").tab(
        "All",
        clear(),
        Some(counts.values().sum()),
        asked.state.is_empty(),
    );
    State::ALL.into_iter().fold(tabs, |tabs, state| {
        let word = state.as_str();
        let count = counts.get(word).copied().unwrap_or(0);
        tabs.tab(
            title(state),
            clear().with("state", word),
            Some(count),
            asked.state == word,
        )
    })
}

/// The rows now filtered.
pub async fn export(
    who: May<ReadCost>,
    Shared(app): Shared<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let filter = asked.filter()?;
    let window = Window::everything("billed");
    let mut tx = app.db.read(who.org).await?;
    let (page, _) = vendor_bills::list(&mut tx, who.org, &filter, &window).await?;
    let head = [
        "number",
        "distributor",
        "billed_on",
        "due_on",
        "month",
        "state",
        "vendor_status",
        "currency",
        "predicted",
        "cost",
        "matched",
        "unmatched",
        "settled",
        "carried",
        "total",
        "balance",
        "replaced_by",
    ];
    let mut file = CsvFile::new("vendor-bills", &head)?;
    for bill in page.items {
        let header = bill.header;
        let amount = |minor: i64| format::plain_amount(minor, &header.currency);
        file.row(&[
            header.number.clone(),
            vendor_title(&header.vendor).to_owned(),
            header.billed_on.to_string(),
            header.due_on.map(|day| day.to_string()).unwrap_or_default(),
            bill.starts_on.to_string(),
            bill.state.as_str().to_owned(),
            header.vendor_status.clone(),
            header.currency.clone(),
            bill.predicted_minor.map(amount).unwrap_or_default(),
            amount(bill.cost_minor),
            amount(bill.matched_minor),
            amount(bill.unmatched_minor),
            amount(bill.settled_minor),
            amount(header.carried_minor),
            amount(header.total_minor),
            amount(header.balance_minor),
            bill.replaced_by
                .map(|other| other.number)
                .unwrap_or_default(),
        ])?;
    }
    file.into_response()
}
