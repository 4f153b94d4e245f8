//! The list of findings with its tabs, sums and filters, and the same rows as CSV.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use billing::finding::Kind;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{LIST, place_of, words};
use crate::{
    app::App,
    db::{ClientId, FindingId, Tx},
    fault::Fault,
    features::{
        home::Frame,
        missed_billing::{Counts, FindingView, ListFilter, Sums, Tab, counts, list, sums},
        reconciliation,
    },
    http::{After, May, Page, Paging, Permission, Pick, Read, Who, Window, csv_file},
    ui::{Badge, Field, Figure, Nav, Pager, Shell, Stat, Tabs, View, address, format},
};

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    tab: String,
    kind: String,
    client: String,
    q: String,
    #[serde(flatten)]
    paging: Paging,
}

impl ListQuery {
    fn tab(&self) -> Tab {
        Tab::parse(&self.tab).unwrap_or_default()
    }

    fn client(&self) -> Result<Option<ClientId>, Fault> {
        match self.client.as_str() {
            "" => Ok(None),
            text => text
                .parse()
                .map(Some)
                .map_err(|_| Fault::NotFound("this client")),
        }
    }

    fn filter(&self, window: &Window) -> Result<ListFilter, Fault> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let after = window.after.as_ref().and_then(|after| {
            let rank = after.tail()?.parse().ok()?;
            Some((rank, after.int()?, FindingId(after.id)))
        });
        Ok(ListFilter {
            tab: self.tab(),
            kind: given(&self.kind),
            client: self.client()?,
            search: given(&self.q),
            after,
            limit: window.rows(),
        })
    }

    /// The same list, from its start or from a cursor.
    fn at(&self, path: &str, tab: Tab, cursor: &str) -> String {
        let tab = if tab == Tab::All { "" } else { tab.as_str() };
        let query = [
            ("tab", tab),
            ("kind", &self.kind),
            ("client", &self.client),
            ("q", &self.q),
            ("cursor", cursor),
        ];
        address(path, &query)
    }

    fn is_filtered(&self) -> bool {
        [&self.kind, &self.client, &self.q]
            .iter()
            .any(|text| !text.is_empty())
    }
}

struct Row {
    href: String,
    /// What a tick sends; none where there is nothing to apply.
    pick: Option<String>,
    about: String,
    sentence: String,
    kind: &'static str,
    severity: Badge,
    state: Option<Badge>,
    worth: Figure,
}

impl Row {
    fn of(view: &FindingView, who: &Who) -> Self {
        let pick = Pick {
            id: view.id,
            version: view.version,
        };
        Self {
            href: place_of(view.id),
            pick: view.can_be_applied().then(|| pick.to_string()),
            about: words::about(view),
            sentence: words::told(view, who),
            kind: words::kind_word(&view.kind),
            severity: words::severity(&view.severity),
            state: words::state(view),
            worth: words::worth(view),
        }
    }
}

#[derive(Template)]
#[template(path = "features/missed_billing/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    tabs: Tabs,
    stats: Vec<Stat>,
    search: Field,
    kinds: Field,
    /// Kept by the filters; none for the first tab.
    tab: Option<&'static str>,
    client: String,
    /// The one client it is about, where it was asked for.
    scope: Option<String>,
    rows: Vec<Row>,
    may_work: bool,
    empty: Empty,
    pager: Pager,
}

struct Empty {
    title: &'static str,
    text: &'static str,
    action: (&'static str, &'static str),
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Query(query): Query<ListQuery>,
) -> Result<View<ListPage>, Fault> {
    let window = query.paging.window("severity")?;
    let filter = query.filter(&window)?;
    let mut tx = app.db.read(who.org).await?;
    let counts = counts(&mut tx, who.org, filter.client).await?;
    let sums = sums(&mut tx, who.org, filter.client).await?;
    let page = page(&mut tx, &who, &filter, &window).await?;
    let is_compared = reconciliation::last_run(&mut tx, who.org).await?.is_some();
    drop(tx);
    let scope = page.items.first().and_then(|view| view.client_name.clone());
    Ok(View(ListPage {
        shell: shell.titled("Missed billing", Nav::MissedBilling),
        tabs: tabs(&query, &counts),
        stats: stats(&sums, &who.currency),
        search: Field::search("q", "Search client, product or reference").value(&query.q),
        kinds: kinds(&query),
        tab: (filter.tab != Tab::All).then(|| filter.tab.as_str()),
        scope: scope.filter(|_| filter.client.is_some()),
        client: query.client.clone(),
        rows: page.items.iter().map(|view| Row::of(view, &who)).collect(),
        may_work: who.may(Permission::Work),
        empty: empty(&query, is_compared),
        pager: pager(&query, &page, &counts),
    }))
}

async fn page(
    tx: &mut Tx,
    who: &Who,
    filter: &ListFilter,
    window: &Window,
) -> Result<Page<FindingView>, Fault> {
    let found = list(tx, who.org, filter).await?;
    Ok(window.page(found, |finding| {
        let (rank, impact, id) = finding.place;
        After::of_int(impact, id.0).with_tail(&rank.to_string())
    }))
}

fn tabs(query: &ListQuery, counts: &Counts) -> Tabs {
    let current = query.tab();
    Tab::ALL
        .into_iter()
        .fold(Tabs::new("Findings by state"), |tabs, tab| {
            let count = u64::try_from(counts.of(tab)).unwrap_or(0);
            tabs.tab(
                words::tab_title(tab),
                query.at(LIST, tab, ""),
                count,
                tab == current,
            )
        })
}

/// The sums of open findings by side. They are never netted against each other.
fn stats(sums: &[Sums], home: &str) -> Vec<Stat> {
    let side = |word: &str| {
        let of_side: Vec<&Sums> = sums.iter().filter(|sum| sum.side == word).collect();
        let count = of_side.iter().map(|sum| sum.findings).sum::<i64>();
        let amounts: Vec<(String, i64)> = of_side
            .iter()
            .map(|sum| (sum.currency.clone(), sum.impact_minor))
            .collect();
        (u64::try_from(count).unwrap_or(0), amounts)
    };
    let stat = |name: &str, word: &str| {
        let (count, amounts) = side(word);
        let note = format!("a month, {}", format::counted(count, "finding", "findings"));
        (count, Stat::sums(name, home, &amounts).note(note))
    };
    let (_, to_bill) = stat("To bill", "to_bill");
    let (_, to_give_back) = stat("To give back", "to_give_back");
    let (costing, cost) = stat("Costing you", "cost");
    let mut stats = vec![to_bill, to_give_back];
    stats.extend((costing > 0).then_some(cost));
    stats
}

fn kinds(query: &ListQuery) -> Field {
    let all = Field::select("kind", "Kind")
        .option("", "All kinds")
        .value(&query.kind);
    Kind::ALL.into_iter().fold(all, |field, kind| {
        field.option(kind.as_str(), words::kind_title(kind))
    })
}

fn pager(query: &ListQuery, page: &Page<FindingView>, counts: &Counts) -> Pager {
    let shown = u64::try_from(page.items.len()).unwrap_or(0);
    let of = u64::try_from(counts.of(query.tab())).unwrap_or(0);
    let first = query
        .paging
        .cursor
        .is_some()
        .then(|| query.at(LIST, query.tab(), ""));
    let next = page
        .next_cursor
        .as_ref()
        .map(|cursor| query.at(LIST, query.tab(), cursor));
    let is_all = first.is_none() && next.is_none();
    Pager {
        shown: if query.is_filtered() || is_all {
            format::counted(shown, "finding", "findings")
        } else {
            format!(
                "{} of {}",
                format::count(shown),
                format::counted(of, "finding", "findings")
            )
        },
        first,
        next,
        csv: Some(query.at("/missed-billing/export.csv", query.tab(), "")),
    }
}

fn empty(query: &ListQuery, is_compared: bool) -> Empty {
    if !is_compared {
        return Empty {
            title: "Nothing compared yet",
            text: "Connect your distributor, accounting and RMM, then sync: what is not billed \
                   shows up here.",
            action: ("Open integrations", "/settings/integrations"),
        };
    }
    if query.is_filtered() {
        return Empty {
            title: "No findings match",
            text: "Clear the search and the filters to see all of them.",
            action: ("Clear", LIST),
        };
    }
    let (title, text) = match query.tab() {
        Tab::All | Tab::Ready => (
            "Nothing is missed",
            "What was bought, counted, agreed and invoiced agrees at this moment.",
        ),
        Tab::Snoozed => (
            "Nothing is snoozed",
            "Snoozed findings wait here until their day.",
        ),
        Tab::Ignored => (
            "Nothing is ignored",
            "Ignored findings stay here with their reason.",
        ),
        Tab::Reviewed => (
            "Nothing is marked reviewed",
            "Reviewed findings leave Home for now.",
        ),
        Tab::Applied => (
            "Nothing is applied",
            "Applied findings close when the facts agree.",
        ),
        Tab::Closed => (
            "Nothing is closed",
            "Findings close when the facts agree again.",
        ),
    };
    Empty {
        title,
        text,
        action: ("Generated invoices", "/generated-invoices"),
    }
}

/// Every row of the filtered list.
pub async fn export(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Fault> {
    let filter = query.filter(&Window::everything("severity"))?;
    let mut tx = app.db.read(who.org).await?;
    let found = list(&mut tx, who.org, &filter).await?;
    drop(tx);
    let header = [
        "kind",
        "severity",
        "state",
        "client",
        "item",
        "what",
        "side",
        "impact_a_month",
        "currency",
        "estimated",
        "first_seen",
        "reference",
    ];
    let rows = found.iter().map(|view| {
        let digits = format::minor_digits(&view.currency);
        vec![
            view.kind.clone(),
            view.severity.clone(),
            view.state.clone(),
            view.client_name.clone().unwrap_or_default(),
            view.item_name.clone().unwrap_or_else(|| view.title.clone()),
            words::told(view, &who),
            view.side.clone(),
            Decimal::new(view.impact_minor, digits).to_string(),
            view.currency.clone(),
            view.estimated.to_string(),
            view.first_seen_on.to_string(),
            view.subject.clone(),
        ]
    });
    csv_file("missed-billing", &header, rows)
}
