//! The list of credit notes and of what became of them.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{LIST, place_of, words};
use crate::{
    app::App,
    db::ClientId,
    fault::Fault,
    features::{
        credit_notes::{
            Filter, NoteSum, NoteView,
            api::{after, place},
            counts, list,
        },
        home::Frame,
    },
    http::{May, Page, Paging, Permission, Read, Window, csv_file},
    ui::{Badge, Field, Figure, Moment, Nav, Pager, Shell, Tabs, View, address, format},
};

/// The tabs: the word in the address, the title, and the states in it.
const TABS: [(&str, &str, &[&str]); 5] = [
    ("draft", "Draft", &["draft"]),
    ("ready", "Ready to post", &["approved", "posting"]),
    ("sent", "Posted", &["posted", "allocated"]),
    ("rejected", "Rejected", &["rejected"]),
    ("void", "Void", &["void"]),
];

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
    fn status(&self) -> &'static str {
        let known = TABS.iter().find(|(word, _, _)| *word == self.status);
        known.map_or("draft", |(word, _, _)| word)
    }

    fn filter(&self, window: &Window) -> Result<Filter, Fault> {
        let client: Option<ClientId> = match self.client.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| Fault::NotFound("this client"))?),
        };
        Ok(Filter {
            status: Some(self.status().to_owned()),
            client,
            invoice: None,
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            after: window.after.as_ref().and_then(place),
            limit: window.rows(),
        })
    }

    fn at(&self, path: &str, status: &str, cursor: &str) -> String {
        let query = [
            ("status", status),
            ("client", &self.client),
            ("q", &self.q),
            ("cursor", cursor),
        ];
        address(path, &query)
    }

    fn is_filtered(&self) -> bool {
        !self.client.is_empty() || !self.q.is_empty()
    }
}

struct Row {
    href: String,
    client: String,
    /// Number once it has one, else the reason.
    named: String,
    invoice: String,
    state: Badge,
    issued: Moment,
    total: Figure,
    problem: Option<String>,
}

impl Row {
    fn of(note: &NoteView) -> Self {
        Self {
            href: place_of(note.id),
            client: note.client_name.clone(),
            named: note.number.clone().unwrap_or_else(|| note.reason.clone()),
            invoice: note.invoice_number.clone().unwrap_or_default(),
            state: words::state(note),
            issued: Moment::date(note.issued_on.0),
            total: Figure::new(note.total_minor, note.currency.clone()),
            problem: note.problem.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "features/credit_notes/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    status: &'static str,
    client: String,
    tabs: Tabs,
    search: Field,
    rows: Vec<Row>,
    empty: (&'static str, &'static str),
    is_filtered: bool,
    may_work: bool,
    /// Something is on its way: the page looks again by itself.
    is_posting: bool,
    own_address: String,
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
    let mut tx = app.db.read(who.org).await?;
    let sums = counts(&mut tx, who.org).await?;
    let found = list(&mut tx, who.org, &filter).await?;
    drop(tx);
    let page = window.page(found, after);
    let status = query.status();
    Ok(View(ListPage {
        shell: shell.titled("Credit notes", Nav::CreditNotes),
        status,
        client: query.client.clone(),
        tabs: tabs(&query, &sums),
        search: Field::search("q", "Search client, reason or number").value(&query.q),
        rows: page.items.iter().map(Row::of).collect(),
        empty: empty(status, query.is_filtered()),
        is_filtered: query.is_filtered(),
        may_work: who.may(Permission::Work),
        is_posting: page.items.iter().any(|note| note.status == "posting"),
        own_address: query.at(LIST, status, ""),
        pager: pager(&query, &page, &sums),
    }))
}

fn count_of(sums: &[NoteSum], states: &[&str]) -> u64 {
    let own = sums
        .iter()
        .filter(|sum| states.contains(&sum.status.as_str()));
    u64::try_from(own.map(|sum| sum.count).sum::<i64>()).unwrap_or(0)
}

fn tabs(query: &ListQuery, sums: &[NoteSum]) -> Tabs {
    let current = query.status();
    TABS.into_iter().fold(
        Tabs::new("Credit notes by state"),
        |tabs, (word, title, states)| {
            let count = count_of(sums, states);
            tabs.tab(title, query.at(LIST, word, ""), count, word == current)
        },
    )
}

fn empty(status: &str, is_filtered: bool) -> (&'static str, &'static str) {
    if is_filtered {
        return (
            "No credit notes match",
            "Clear the search to see all of them.",
        );
    }
    match status {
        "ready" => (
            "Nothing waits to be posted",
            "Approved credit notes wait here until somebody posts them.",
        ),
        "sent" => (
            "Nothing is posted yet",
            "What you post appears here with what became of it.",
        ),
        "rejected" => (
            "Nothing is rejected",
            "Rejected credit notes stay here with their reason.",
        ),
        "void" => (
            "Nothing is void",
            "What is voided in accounting appears here.",
        ),
        _ => (
            "No drafts",
            "Credit a posted invoice from its page, or make a free credit note for a client.",
        ),
    }
}

fn pager(query: &ListQuery, page: &Page<NoteView>, sums: &[NoteSum]) -> Pager {
    let status = query.status();
    let shown = u64::try_from(page.items.len()).unwrap_or(0);
    let states = TABS.iter().find(|(word, _, _)| *word == status);
    let all = states.map_or(0, |(_, _, states)| count_of(sums, states));
    let counted = |count| format::counted(count, "credit note", "credit notes");
    Pager {
        shown: if query.is_filtered() || shown == all {
            counted(shown)
        } else {
            format!("{} of {}", format::count(shown), counted(all))
        },
        first: query
            .paging
            .cursor
            .is_some()
            .then(|| query.at(LIST, status, "")),
        next: page
            .next_cursor
            .as_ref()
            .map(|cursor| query.at(LIST, status, cursor)),
        csv: Some(query.at("/credit-notes/export.csv", status, "")),
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
    let found = list(&mut tx, who.org, &filter).await?;
    drop(tx);
    let header = [
        "number",
        "client",
        "invoice",
        "reason",
        "status",
        "issued_on",
        "net",
        "tax",
        "total",
        "allocated",
        "currency",
    ];
    let rows = found.iter().map(|note| {
        let digits = format::minor_digits(&note.currency);
        let amount = |minor: i64| Decimal::new(minor, digits).to_string();
        vec![
            note.number.clone().unwrap_or_default(),
            note.client_name.clone(),
            note.invoice_number.clone().unwrap_or_default(),
            note.reason.clone(),
            note.status.clone(),
            note.issued_on.to_string(),
            amount(note.net_minor),
            amount(note.tax_minor),
            amount(note.total_minor),
            amount(note.allocated_minor),
            note.currency.clone(),
        ]
    });
    csv_file("credit-notes", &header, rows)
}
