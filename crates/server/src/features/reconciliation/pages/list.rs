//! The two depths as lists.

use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::{LIST, micros};
use crate::{
    app::App,
    db::{ClientId, Exact, Tx},
    fault::Fault,
    features::{
        clients::{
            list::{self as clients, ClientFilter, ClientSort, ClientSummary, Licensing},
            pages::licensing_badge,
        },
        home::Frame,
        reconciliation::{self, Filter, ItemRow, Sort, rows},
        sync::pages::ProgressPart,
    },
    http::{May, Paging, Permission, Read, Who, Window},
    ui::{
        Badge, Direction, Field, Href, Moment, Nav, Pager, Quantity, Shell, SortHead, Stat, Tabs,
        Tone, View, format,
    },
};

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Nothing for clients, `items`, or `differing`.
    view: String,
    q: String,
    client: String,
    licensing: String,
    sort: String,
    #[serde(flatten)]
    paging: Paging,
}

impl ListQuery {
    fn href(&self) -> Href {
        Href::to(LIST)
            .with("view", &self.view)
            .with("client", &self.client)
            .with("licensing", &self.licensing)
            .with("q", &self.q)
            .with("sort", &self.sort)
    }

    pub fn by_item(&self) -> Result<bool, Fault> {
        match self.view.as_str() {
            "" => Ok(!self.client.is_empty()),
            "items" | "differing" => Ok(true),
            _ => Err(Fault::field(
                "view",
                "use items or differing, or leave it out",
            )),
        }
    }

    pub fn items(&self, window: &Window) -> Result<Filter, Fault> {
        let client: Option<ClientId> = match self.client.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Fault::NotFound("this client"))?),
        };
        let filter = Filter {
            client,
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            differing: self.view == "differing",
            sort: Sort::typed(&self.sort)?,
            ..Filter::default()
        };
        Ok(filter.within(window))
    }

    pub fn clients(&self) -> Result<ClientFilter, Fault> {
        let filter = ClientFilter::typed(Some(&self.q), None, Some(&self.licensing))?;
        Ok(ClientFilter {
            own_use: Some(false),
            ..filter
        })
    }
}

#[derive(Template)]
#[template(path = "features/reconciliation/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    /// The service date of what is shown, and when it was worked out.
    as_of: Option<(Moment, Moment)>,
    is_running: bool,
    stats: Vec<Stat>,
    tabs: Tabs,
    search: Field,
    /// Kept by the search.
    kept: Vec<(&'static str, String)>,
    /// The one client it is about.
    scope: Option<String>,
    table: Table,
    is_filtered: bool,
    may_work: bool,
    progress: ProgressPart,
    pager: Pager,
}

/// One of the two depths.
enum Table {
    Clients(Vec<ClientLine>),
    Items(Vec<SortHead>, Vec<ItemLine>),
}

impl Table {
    fn is_empty(&self) -> bool {
        match self {
            Self::Clients(rows) => rows.is_empty(),
            Self::Items(_, rows) => rows.is_empty(),
        }
    }
}

struct ClientLine {
    href: String,
    name: String,
    devices: String,
    licences: Quantity,
    variance: Quantity,
    surplus: Option<Quantity>,
    status: Badge,
}

impl ClientLine {
    fn of(row: &ClientSummary) -> Self {
        let exact = |exact: Exact| micros(Some(exact)).unwrap_or(0);
        let (under, over) = (exact(row.under), exact(row.over));
        let variance = match row.licensing {
            Licensing::NoData => None,
            Licensing::UnderLicensed => Some(under),
            _ => Some(-over),
        };
        Self {
            href: Href::to(LIST)
                .with("client", row.client.id.to_string())
                .into(),
            name: row.client.name.clone(),
            devices: format::count(u64::try_from(row.devices).unwrap_or(0)),
            licences: Quantity::micros(exact(row.licences)),
            variance: Quantity::variance(variance),
            surplus: (under > 0 && over > 0).then(|| Quantity::micros(over)),
            status: licensing_badge(row.licensing),
        }
    }
}

struct ItemLine {
    href: String,
    client: String,
    item: String,
    code: String,
    /// Name, value, and whether it differs from what was agreed.
    numbers: Vec<(&'static str, Quantity, bool)>,
    variance: Quantity,
}

impl ItemLine {
    fn of(row: &ItemRow) -> Self {
        let six = super::six_numbers(row, |_| None);
        Self {
            href: format!("{LIST}/{}/{}", row.client_id, row.catalog_item_id),
            client: row.client_name.clone(),
            item: row.item_name.clone(),
            code: row.item_code.clone(),
            numbers: six
                .named()
                .into_iter()
                .map(|(name, number)| (name, Quantity::micros(number.micros), number.differs))
                .collect(),
            variance: Quantity::variance(micros(row.variance)),
        }
    }
}

pub async fn show(
    Frame { who, shell }: Frame,
    _may: May<Read>,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<View<ListPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let run = reconciliation::last_run(&mut tx, who.org).await?;
    let stats = stats(&who, &mut tx, &query).await?;
    let by_item = query.by_item()?;
    let (table, scope, pager) = if by_item {
        items(&who, &mut tx, &query).await?
    } else {
        clients(&app, &who, &mut tx, &query).await?
    };
    Ok(View(ListPage {
        as_of: run.map(|(day, at)| {
            let ago = Moment::ago(at.0, app.now().0, who.zone);
            (Moment::date(day.0), ago)
        }),
        is_running: reconciliation::is_running(&mut tx, who.org).await?,
        stats,
        tabs: tabs(&query, by_item),
        search: search(&query, by_item),
        kept: [
            ("view", query.view.clone()),
            ("client", query.client.clone()),
            ("licensing", query.licensing.clone()),
            ("sort", query.sort.clone()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect(),
        scope,
        table,
        is_filtered: query.href() != Href::to(LIST),
        may_work: who.may(Permission::Work),
        progress: ProgressPart::of(&mut tx, who.org).await?,
        shell: shell.titled("Reconciliation", Nav::Reconciliation),
        pager,
    }))
}

fn search(query: &ListQuery, by_item: bool) -> Field {
    let what = if by_item {
        "Client, item or code"
    } else {
        "Client name or reference"
    };
    Field::search("q", what).value(&query.q)
}

fn tabs(query: &ListQuery, by_item: bool) -> Tabs {
    let to = |view: &str| {
        let href = query.href().with("view", view).with("licensing", "");
        href.with("sort", "")
    };
    let is_differing = query.view == "differing";
    let tabs = Tabs::new("Depth");
    let tabs = tabs.tab("Clients", to("").with("client", ""), None, !by_item);
    tabs.tab("Items", to("items"), None, by_item && !is_differing)
        .tab("Differing items", to("differing"), None, is_differing)
}

/// How clients stand, each a filter.
async fn stats(who: &Who, tx: &mut Tx, query: &ListQuery) -> Result<Vec<Stat>, Fault> {
    let counts = clients::licensing_counts(who, tx).await?;
    let card = |licensing: Licensing, note: &str, tone: Tone| {
        let found = counts.iter().find(|(known, _)| *known == licensing);
        let count = found.map_or(0, |(_, count)| *count);
        let is_current = query.licensing == licensing.as_str();
        let to = if is_current { "" } else { licensing.as_str() };
        let tone = if count == 0 { Tone::Neutral } else { tone };
        Stat::count(licensing.title(), count as u64)
            .note(note)
            .tone(tone)
            .filter(Href::to(LIST).with("licensing", to), is_current)
    };
    Ok(vec![
        card(
            Licensing::UnderLicensed,
            "clients that use more than is licensed",
            Tone::Risk,
        ),
        card(
            Licensing::OverLicensed,
            "clients that pay for what is not used",
            Tone::Neutral,
        ),
        card(
            Licensing::Matched,
            "clients where every item agrees",
            Tone::Good,
        ),
    ])
}

type Shown = (Table, Option<String>, Pager);

async fn clients(app: &App, who: &Who, tx: &mut Tx, query: &ListQuery) -> Result<Shown, Fault> {
    let sort = ClientSort::Name;
    let window = query.paging.window(sort.as_str())?;
    let filter = query.clients()?;
    let (rows, total) = clients::list(app, who, tx, &filter, sort, &window).await?;
    let page = window.page(rows, |row| sort.place(row));
    let shown = format!(
        "{} of {}",
        format::count(page.items.len() as u64),
        format::counted(total as u64, "client", "clients")
    );
    let lines = page.items.iter().map(ClientLine::of).collect();
    let pager = pager(query, &window, shown, page.next_cursor);
    Ok((Table::Clients(lines), None, pager))
}

async fn items(who: &Who, tx: &mut Tx, query: &ListQuery) -> Result<Shown, Fault> {
    let sort = Sort::typed(&query.sort)?;
    let window = query.paging.window(sort.as_str())?;
    let found = rows(tx, who.org, &query.items(&window)?).await?;
    let page = window.page(found, ItemRow::place);
    let scope = page.items.first().map(|row| row.client_name.clone());
    let scope = scope.filter(|_| !query.client.is_empty());
    let head = |label: &str, mine: Sort, direction| {
        let href = query.href().with("sort", mine.as_str());
        SortHead::new(label, href, (sort == mine).then_some(direction))
    };
    let heads = vec![
        head("Client", Sort::Client, Direction::Ascending),
        head("Item", Sort::Item, Direction::Ascending),
        head("Variance", Sort::Variance, Direction::Descending).numeric(),
    ];
    let shown = format::counted(page.items.len() as u64, "line", "lines");
    let lines = page.items.iter().map(ItemLine::of).collect();
    let pager = pager(query, &window, shown, page.next_cursor);
    Ok((Table::Items(heads, lines), scope, pager))
}

fn pager(query: &ListQuery, window: &Window, shown: String, next: Option<String>) -> Pager {
    Pager {
        shown,
        first: window.after.as_ref().map(|_| query.href().into()),
        next: next.map(|cursor| query.href().with("cursor", cursor).into()),
        csv: Some(query.href().at("/reconciliation.csv").into()),
    }
}
