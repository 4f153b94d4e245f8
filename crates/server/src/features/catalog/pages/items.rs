//! The catalog as a list.

use askama::Template;
use axum::{
    extract::{Query, State},
    response::Response,
};
use serde::Deserialize;

use crate::{
    app::App,
    db::Exact,
    fault::Fault,
    features::{
        catalog::store::{self, ItemFilter},
        clients::search_pattern,
        home::Frame,
    },
    http::{After, CsvFile, Paging, Permission, Window},
    ui::{Badge, Field, Href, Nav, Pager, Shell, UnitPrice, View, format},
};

/// What the list is asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    status: String,
    #[serde(flatten)]
    paging: Paging,
}

impl Asked {
    fn href(&self) -> Href {
        Href::to("/catalog")
            .with("q", &self.q)
            .with("status", &self.status)
    }

    fn filter(&self) -> ItemFilter {
        ItemFilter {
            pattern: search_pattern(&self.q),
            status: match self.status.as_str() {
                "" => Some("active".to_owned()),
                "all" => None,
                other => Some(other.to_owned()),
            },
            meter: None,
        }
    }
}

#[derive(Template)]
#[template(path = "features/catalog/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    search: Field,
    status: Field,
    rows: Vec<Row>,
    sees_cost: bool,
    may_work: bool,
    is_filtered: bool,
    pager: Pager,
}

struct Row {
    href: String,
    code: String,
    name: String,
    price: UnitPrice,
    cost: Option<UnitPrice>,
    meter: Option<String>,
    products: String,
    archived: Option<Badge>,
}

fn unit_price(exact: Exact, currency: &str) -> UnitPrice {
    UnitPrice::micros(exact.to_micros().unwrap_or(0), currency)
}

pub async fn list(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<View<ListPage>, Fault> {
    let window = asked.paging.window("name")?;
    let mut tx = app.db.read(who.org).await?;
    let rows = store::items(&mut tx, who.org, &asked.filter(), &window).await?;
    let page = window.page(rows, |row| After::of_text(&row.name_key, row.item.id.0));
    let pager = Pager {
        shown: format::counted(page.items.len() as u64, "item", "items"),
        first: window.after.as_ref().map(|_| asked.href().into()),
        next: page
            .next_cursor
            .as_ref()
            .map(|cursor| asked.href().with("cursor", cursor).into()),
        csv: Some(asked.href().at("/catalog.csv").into()),
    };
    let rows = page.items.into_iter().map(|row| {
        let products = format::count(u64::try_from(row.products).unwrap_or(0));
        let item = row.item.shown_to(&who);
        Row {
            href: format!("/catalog/{}", item.id),
            price: unit_price(item.unit_price, &item.currency),
            cost: item.unit_cost.map(|cost| unit_price(cost, &item.currency)),
            archived: item.is_archived().then(|| Badge::neutral("Archived")),
            code: item.code,
            name: item.name,
            meter: item.meter,
            products,
        }
    });
    Ok(View(ListPage {
        rows: rows.collect(),
        shell: shell.titled("Catalog", Nav::Catalog),
        search: Field::search("q", "Name or code").value(&asked.q),
        status: Field::select("status", "Show")
            .option("", "Active")
            .option("archived", "Archived")
            .option("all", "All")
            .value(&asked.status),
        sees_cost: who.may(Permission::ReadCost),
        may_work: who.may(Permission::Work),
        is_filtered: !asked.q.is_empty() || !asked.status.is_empty(),
        pager,
    }))
}

/// The rows now filtered, in the columns that the import reads.
pub async fn csv(
    Frame { who, .. }: Frame,
    State(app): State<App>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let window = Window::everything("name");
    let rows = store::items(&mut tx, who.org, &asked.filter(), &window).await?;
    let head = [
        "code",
        "name",
        "description",
        "unit_price",
        "unit_cost",
        "tax",
        "account_code",
        "meter",
        "currency",
        "status",
    ];
    let mut file = CsvFile::new("catalog", &head)?;
    for row in rows {
        let item = row.item.shown_to(&who);
        file.row(&[
            item.code,
            item.name,
            item.description,
            item.unit_price.to_string(),
            item.unit_cost
                .map(|cost| cost.to_string())
                .unwrap_or_default(),
            item.tax_type,
            item.account_code,
            item.meter.unwrap_or_default(),
            item.currency,
            item.status,
        ])?;
    }
    file.into_response()
}
