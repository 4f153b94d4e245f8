//! The list of drafts and of what became of them.

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
    db::{ClientId, Day, GeneratedInvoiceId},
    fault::Fault,
    features::{
        deliveries::is_authorised,
        generated_invoices::{DraftView, Filter, StateSum, counts, list},
        home::Frame,
    },
    http::{After, May, Page, Paging, Permission, Read, Window, csv_file},
    ui::{Badge, Field, Figure, Moment, Nav, Pager, Shell, Tabs, View, address, format},
};

/// The tabs: the word in the address, the title, and the states in it.
const TABS: [(&str, &str, &[&str]); 6] = [
    ("draft", "Draft", &["draft"]),
    ("second", "Needs a second person", &["second"]),
    ("ready", "Ready to post", &["approved", "posting"]),
    ("sent", "Posted", &["posted", "part_paid", "paid"]),
    ("rejected", "Rejected", &["rejected"]),
    ("void", "Void", &["void"]),
];

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    status: String,
    client: String,
    q: String,
    /// What became of the last letter, where that is asked.
    delivery: String,
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
        let after = window.after.as_ref().and_then(|after| {
            Some((
                Day(after.text()?.parse().ok()?),
                GeneratedInvoiceId(after.id),
            ))
        });
        Ok(Filter {
            status: Some(self.status().to_owned()),
            client,
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            delivery: Some(self.delivery.clone()).filter(|word| !word.is_empty()),
            after,
            limit: window.rows(),
        })
    }

    fn at(&self, path: &str, status: &str, cursor: &str) -> String {
        let query = [
            ("status", status),
            ("client", &self.client),
            ("q", &self.q),
            ("delivery", &self.delivery),
            ("cursor", cursor),
        ];
        address(path, &query)
    }

    fn is_filtered(&self) -> bool {
        !self.client.is_empty() || !self.q.is_empty() || !self.delivery.is_empty()
    }
}

struct Row {
    href: String,
    client: String,
    /// Number once it has one, else the reference.
    named: String,
    state: Badge,
    issued: Moment,
    due: Option<Moment>,
    total: Figure,
    problem: Option<String>,
    /// What became of the letter with it, once there is something to send.
    delivery: Option<Badge>,
    /// Where it is sent, while it was not.
    send_href: Option<String>,
}

impl Row {
    fn of(draft: &DraftView, may_work: bool) -> Self {
        let is_sendable = is_authorised(draft);
        let is_open = matches!(draft.delivery.as_str(), "not_sent" | "failed");
        Self {
            delivery: (is_sendable || draft.delivery != "not_sent")
                .then(|| words::delivery(&draft.delivery)),
            send_href: (is_sendable && is_open && may_work)
                .then(|| format!("{}/send", place_of(draft.id))),
            href: place_of(draft.id),
            client: draft.client_name.clone(),
            named: draft
                .number
                .clone()
                .unwrap_or_else(|| draft.reference.clone()),
            state: words::state(draft),
            issued: Moment::date(draft.issued_on.0),
            due: draft.due_on.map(|day| Moment::date(day.0)),
            total: Figure::new(draft.total_minor, draft.currency.clone()),
            problem: draft.problem.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "features/generated_invoices/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    status: &'static str,
    client: String,
    tabs: Tabs,
    /// What the tab's invoices come to, one sum a currency.
    sums: Vec<Figure>,
    search: Field,
    /// Asked for where letters are sent.
    delivery: Option<Field>,
    rows: Vec<Row>,
    empty: (&'static str, &'static str),
    is_filtered: bool,
    may_work: bool,
    is_ready_tab: bool,
    is_draft_tab: bool,
    /// How many approved drafts can be posted now.
    ready: Option<String>,
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
    let page = window.page(found, |row| {
        After::of_text(&row.issued_on.to_string(), row.id.0)
    });
    let status = query.status();
    let may_work = who.may(Permission::Work);
    Ok(View(ListPage {
        shell: shell.titled("Generated invoices", Nav::GeneratedInvoices),
        status,
        client: query.client.clone(),
        tabs: tabs(&query, &sums),
        sums: tab_sums(&sums, status),
        search: Field::search("q", "Search client, reference or number").value(&query.q),
        rows: page
            .items
            .iter()
            .map(|draft| Row::of(draft, may_work))
            .collect(),
        empty: empty(status, query.is_filtered()),
        is_filtered: query.is_filtered(),
        may_work,
        delivery: (status == "sent").then(|| delivery_field(&query.delivery)),
        is_ready_tab: status == "ready",
        is_draft_tab: status == "draft",
        ready: ready(&sums),
        is_posting: page.items.iter().any(|draft| draft.status == "posting"),
        own_address: query.at(LIST, status, ""),
        pager: pager(&query, &page, &sums),
    }))
}

fn delivery_field(chosen: &str) -> Field {
    Field::select("delivery", "Letter")
        .option("", "All")
        .option("not_sent", "Not sent")
        .option("queued", "On its way")
        .option("sent", "Sent")
        .option("failed", "Failed")
        .value(chosen)
}

fn states_of(status: &str) -> &'static [&'static str] {
    TABS.iter()
        .find(|(word, _, _)| *word == status)
        .map_or(&[], |(_, _, states)| states)
}

fn count_of(sums: &[StateSum], states: &[&str]) -> u64 {
    let own = sums
        .iter()
        .filter(|sum| states.contains(&sum.status.as_str()));
    u64::try_from(own.map(|sum| sum.count).sum::<i64>()).unwrap_or(0)
}

fn tabs(query: &ListQuery, sums: &[StateSum]) -> Tabs {
    let current = query.status();
    let shown = TABS.into_iter().filter(|(word, _, states)| {
        !["void", "second"].contains(word) || *word == current || count_of(sums, states) > 0
    });
    shown.fold(
        Tabs::new("Generated invoices by state"),
        |tabs, (word, title, states)| {
            tabs.tab(
                title,
                query.at(LIST, word, ""),
                count_of(sums, states),
                word == current,
            )
        },
    )
}

fn tab_sums(sums: &[StateSum], status: &str) -> Vec<Figure> {
    let mut totals: Vec<(String, i64)> = Vec::new();
    for sum in sums
        .iter()
        .filter(|sum| states_of(status).contains(&sum.status.as_str()))
    {
        match totals
            .iter_mut()
            .find(|(currency, _)| *currency == sum.currency)
        {
            Some((_, total)) => *total = total.saturating_add(sum.total_minor),
            None => totals.push((sum.currency.clone(), sum.total_minor)),
        }
    }
    let per = if matches!(status, "draft" | "ready") {
        "to invoice"
    } else {
        "in all"
    };
    totals
        .into_iter()
        .map(|(currency, minor)| Figure::new(minor, currency).per(per))
        .collect()
}

fn ready(sums: &[StateSum]) -> Option<String> {
    let count = count_of(sums, &["approved"]);
    (count > 0).then(|| format!("Post {}", format::count(count)))
}

fn empty(status: &str, is_filtered: bool) -> (&'static str, &'static str) {
    if is_filtered {
        return ("No invoices match", "Clear the search to see all of them.");
    }
    match status {
        "second" => (
            "Nothing waits for a second person",
            "Drafts above your organization's limits wait here once one person has approved them.",
        ),
        "ready" => (
            "Nothing waits to be posted",
            "Approved drafts wait here until somebody posts them.",
        ),
        "sent" => (
            "Nothing is posted yet",
            "What you post appears here with what became of it.",
        ),
        "rejected" => (
            "Nothing is rejected",
            "Rejected drafts stay here with their reason.",
        ),
        "void" => (
            "Nothing is void",
            "What is voided in accounting appears here.",
        ),
        _ => (
            "No drafts",
            "Generate drafts for what can be invoiced by a day.",
        ),
    }
}

fn pager(query: &ListQuery, page: &Page<DraftView>, sums: &[StateSum]) -> Pager {
    let status = query.status();
    let shown = u64::try_from(page.items.len()).unwrap_or(0);
    let all = count_of(sums, states_of(status));
    let next = page
        .next_cursor
        .as_ref()
        .map(|cursor| query.at(LIST, status, cursor));
    Pager {
        shown: if query.is_filtered() || shown == all {
            format::counted(shown, "invoice", "invoices")
        } else {
            format!(
                "{} of {}",
                format::count(shown),
                format::counted(all, "invoice", "invoices")
            )
        },
        first: query
            .paging
            .cursor
            .is_some()
            .then(|| query.at(LIST, status, "")),
        next,
        csv: Some(query.at("/generated-invoices/export.csv", status, "")),
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
        "reference",
        "status",
        "issued_on",
        "due_on",
        "net",
        "tax",
        "total",
        "currency",
        "delivery",
    ];
    let rows = found.iter().map(|draft| {
        let digits = format::minor_digits(&draft.currency);
        let amount = |minor: i64| Decimal::new(minor, digits).to_string();
        vec![
            draft.number.clone().unwrap_or_default(),
            draft.client_name.clone(),
            draft.reference.clone(),
            draft.status.clone(),
            draft.issued_on.to_string(),
            draft.due_on.map(|day| day.to_string()).unwrap_or_default(),
            amount(draft.net_minor),
            amount(draft.tax_minor),
            amount(draft.total_minor),
            draft.currency.clone(),
            draft.delivery.clone(),
        ]
    });
    csv_file("generated-invoices", &header, rows)
}
