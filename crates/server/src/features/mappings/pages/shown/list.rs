//! Records by state, with suggestions to accept.

use askama::Template;

use super::{Asked, Noun, Record, Worths, badge, record_href};
use crate::{
    features::connections::vendor_title,
    http::{Permission, Who},
    paging::Page,
    ui::{Badge, Field, Figure, Href, Pager, Shell, Tabs, View, format},
};

#[derive(Template)]
#[template(path = "features/mappings/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    noun: &'static Noun,
    tabs: Tabs,
    search: Field,
    rows: Vec<Row>,
    is_filtered: bool,
    may_work: bool,
    has_suggestions: bool,
    pager: Pager,
}

struct Row {
    href: String,
    /// What the bulk form sends.
    key: String,
    is_suggested: bool,
    name: String,
    vendor: String,
    about: String,
    badge: Badge,
    target: Option<String>,
    reason: String,
    worth: Option<Figure>,
}

/// The list.
pub fn list_page(
    shell: Shell,
    who: &Who,
    noun: &'static Noun,
    asked: &Asked,
    counts: &[(String, i64)],
    page: Page<Record>,
    worths: &Worths,
) -> View<ListPage> {
    let next = page.next_cursor;
    let rows: Vec<Row> = page
        .items
        .into_iter()
        .map(|record| row(noun, record, worths))
        .collect();
    let shown = format::counted(rows.len() as u64, noun.record, noun.records);
    View(ListPage {
        shell: shell.titled(noun.title, noun.nav),
        noun,
        tabs: tabs(noun, asked, counts),
        search: Field::search("q", "Name").value(&asked.q),
        is_filtered: asked.href(noun) != Href::to(noun.path),
        may_work: who.may(Permission::Work),
        has_suggestions: rows.iter().any(|row| row.is_suggested),
        rows,
        pager: Pager {
            shown,
            first: asked
                .paging
                .cursor
                .as_ref()
                .map(|_| asked.href(noun).into()),
            next: next.map(|cursor| asked.href(noun).with("cursor", cursor).into()),
            csv: Some(asked.href(noun).at(format!("{}.csv", noun.path)).into()),
        },
    })
}

fn tabs(noun: &Noun, asked: &Asked, counts: &[(String, i64)]) -> Tabs {
    let count = |word: &str| {
        let found = counts.iter().find(|(state, _)| state == word);
        Some(found.map_or(0, |(_, count)| u64::try_from(*count).unwrap_or(0)))
    };
    let href = |word: &str| asked.href(noun).with("state", word);
    let tabs = Tabs::new("State").tab("All", href(""), None, asked.state.is_empty());
    [
        ("suggested", "Suggested"),
        ("unmapped", "Unmapped"),
        ("mapped", "Mapped"),
        ("ignored", "Ignored"),
    ]
    .into_iter()
    .fold(tabs, |tabs, (word, title)| {
        tabs.tab(title, href(word), count(word), asked.state == word)
    })
}

fn row(noun: &Noun, record: Record, worths: &Worths) -> Row {
    let is_open = matches!(record.state.as_str(), "suggested" | "unmapped");
    Row {
        href: record_href(noun, record.connection, &record.external_id),
        key: format!(
            "{}|{}|{}",
            record.connection, record.version, record.external_id
        ),
        is_suggested: record.state == "suggested",
        worth: worths.find(&record).filter(|_| is_open),
        badge: badge(&record),
        name: record.title().to_owned(),
        vendor: vendor_title(&record.vendor).to_owned(),
        about: record.about,
        target: record.target,
        reason: record.reason,
    }
}
