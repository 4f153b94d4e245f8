//! All clients with how they are invoiced.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use super::terms;
use crate::{
    app::App,
    db::ClientId,
    fault::Fault,
    features::{
        entity_profiles::store::{self, ListedProfile, ProfileFilter},
        home::Frame,
    },
    http::{After, CsvFile, May, Paging, Read, Window},
    ui::{Field, Nav, Pager, Shell, Tabs, View, address, format},
};

const LIST: &str = "/entity-profiles";

#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    /// `incomplete`, or nothing for all.
    show: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn is_incomplete(&self) -> bool {
        self.show == "incomplete"
    }

    fn filter(&self, window: &Window) -> ProfileFilter {
        let after = window.after.as_ref();
        let after = after.and_then(|after| Some((after.text()?.to_owned(), ClientId(after.id))));
        ProfileFilter {
            search: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            without_email: self.is_incomplete(),
            after,
            limit: window.rows(),
        }
    }

    fn at(&self, path: &str, show: &str, cursor: &str) -> String {
        address(path, &[("q", &self.q), ("show", show), ("cursor", cursor)])
    }
}

struct Row {
    href: String,
    client: String,
    legal_name: String,
    contact: String,
    email: String,
    tax_number: String,
    terms: String,
    wants_reference: bool,
}

impl Row {
    fn of(row: &ListedProfile) -> Self {
        Self {
            href: format!("/clients/{}/billing", row.client_id),
            client: row.name.clone(),
            legal_name: row.legal_name.clone().unwrap_or_default(),
            contact: row.contact_name.clone().unwrap_or_default(),
            email: row.email.clone().unwrap_or_default(),
            tax_number: row.tax_number.clone().unwrap_or_default(),
            terms: terms(row),
            wants_reference: row.is_reference_required.unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "features/entity_profiles/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    tabs: Tabs,
    show: String,
    search: Field,
    rows: Vec<Row>,
    is_searched: bool,
    is_incomplete: bool,
    pager: Pager,
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _may: May<Read>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let window = asked.paging.window("name")?;
    let mut tx = app.db.read(who.org).await?;
    let rows = store::list(&mut tx, who.org, &asked.filter(&window)).await?;
    let (all, incomplete) = store::counts(&mut tx, who.org).await?;
    drop(tx);
    let page = window.page(rows, |row| After::of_text(&row.name_key, row.client_id.0));
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    let shown = u64::try_from(page.items.len()).unwrap_or(0);
    let show = if asked.is_incomplete() {
        "incomplete"
    } else {
        ""
    };
    let next = page.next_cursor.as_ref();
    Ok(View(ListPage {
        shell: shell.titled("Entity profiles", Nav::EntityProfiles),
        tabs: Tabs::new("Entity profiles")
            .tab("All", asked.at(LIST, "", ""), count(all), show.is_empty())
            .tab(
                "Without e-mail",
                asked.at(LIST, "incomplete", ""),
                count(incomplete),
                !show.is_empty(),
            ),
        search: Field::search("q", "Client, legal name or e-mail").value(&asked.q),
        rows: page.items.iter().map(Row::of).collect(),
        is_searched: !asked.q.trim().is_empty(),
        is_incomplete: asked.is_incomplete(),
        pager: Pager {
            shown: format::counted(shown, "client", "clients"),
            first: asked
                .paging
                .cursor
                .is_some()
                .then(|| asked.at(LIST, show, "")),
            next: next.map(|cursor| asked.at(LIST, show, cursor)),
            csv: Some(asked.at("/entity-profiles.csv", show, "")),
        },
        show: show.to_owned(),
    }))
}

/// Every row of the filtered list.
pub async fn csv(
    who: May<Read>,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let filter = asked.filter(&Window::everything("name"));
    let mut tx = app.db.read(who.org).await?;
    let rows = store::list(&mut tx, who.org, &filter).await?;
    drop(tx);
    let head = [
        "reference",
        "client",
        "legal_name",
        "tax_number",
        "contact",
        "email",
        "terms_days",
        "terms_from",
        "reference_required",
    ];
    let mut file = CsvFile::new("entity-profiles", &head)?;
    for row in rows {
        file.row(&[
            row.reference,
            row.name,
            row.legal_name.unwrap_or_default(),
            row.tax_number.unwrap_or_default(),
            row.contact_name.unwrap_or_default(),
            row.email.unwrap_or_default(),
            row.terms_days
                .map(|days| days.to_string())
                .unwrap_or_default(),
            row.terms_from.unwrap_or_default(),
            row.is_reference_required.unwrap_or_default().to_string(),
        ])?;
    }
    file.into_response()
}
