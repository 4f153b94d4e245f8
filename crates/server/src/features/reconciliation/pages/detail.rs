//! One client and item: six numbers, each leading to the rows it is made of.

use askama::Template;
use axum::extract::{Path, State};

use super::{LIST, micros, six_numbers};
use crate::{
    app::App,
    db::Exact,
    fault::Fault,
    features::{
        home::Frame,
        missed_billing::{self, ListFilter},
        reconciliation::{Behind, api},
    },
    http::{May, Permission, Read, Who},
    ui::{Column, Evidence, Figure, Href, Moment, Nav, Quantity, Shell, SixNumbers, View, format},
};

#[derive(Template)]
#[template(path = "features/reconciliation/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    title: String,
    client: String,
    client_href: String,
    item_href: String,
    back: String,
    service_on: Moment,
    numbers: SixNumbers,
    variance: Quantity,
    tables: Vec<Evidence>,
    findings: Vec<Finding>,
}

struct Finding {
    href: String,
    sentence: String,
    worth: Figure,
}

pub async fn show(
    Frame { who, shell }: Frame,
    _may: May<Read>,
    State(app): State<App>,
    Path((client, item)): Path<(String, String)>,
) -> Result<View<DetailPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let behind = api::shown(&who, &mut tx, who.org, &client, &item).await?;
    let row = &behind.numbers;
    let filter = ListFilter {
        client: Some(row.client_id),
        limit: 200,
        ..ListFilter::default()
    };
    let findings = missed_billing::list(&mut tx, who.org, &filter).await?;
    let of_item = findings
        .into_iter()
        .filter(|finding| finding.catalog_item_id == Some(row.catalog_item_id));
    Ok(View(DetailPage {
        title: row.item_name.clone(),
        client: row.client_name.clone(),
        client_href: format!("/clients/{}", row.client_id),
        item_href: format!("/catalog/{}", row.catalog_item_id),
        back: Href::to(LIST)
            .with("client", row.client_id.to_string())
            .into(),
        service_on: Moment::date(row.service_on.0),
        numbers: six_numbers(row, |name| Some(format!("#{name}"))),
        variance: Quantity::variance(micros(row.variance)),
        tables: tables(&behind, &who),
        findings: of_item
            .map(|finding| Finding {
                href: format!("/missed-billing/{}", finding.id),
                sentence: missed_billing::pages::told(&finding, &who),
                worth: Figure::new(finding.impact_minor, finding.currency).per("a month"),
            })
            .collect(),
        shell: shell.titled(
            format!("{}: {}", row.client_name, row.item_name),
            Nav::Reconciliation,
        ),
    }))
}

/// A table for each number that has a source, in the order money flows.
fn tables(behind: &Behind, who: &Who) -> Vec<Evidence> {
    let row = &behind.numbers;
    let all = [
        row.bought.map(|_| bought(behind, who)),
        row.deployed.map(|_| deployed(behind)),
        row.contracted.map(|_| contracted(behind)),
        row.invoiced.map(|_| invoiced(behind)),
    ];
    all.into_iter().flatten().collect()
}

fn quantity(exact: Exact) -> String {
    format::quantity(micros(Some(exact)).unwrap_or(0))
}

fn price(exact: Exact, currency: &str) -> String {
    format::unit_price(micros(Some(exact)).unwrap_or(0), currency)
}

fn bought(behind: &Behind, who: &Who) -> Evidence {
    let sees_cost = who.may(Permission::ReadCost);
    let mut columns = vec![
        Column::text("Subscription"),
        Column::date("Since"),
        Column::text("Ordered by"),
        Column::number("Quantity"),
        Column::number("Price"),
    ];
    columns.extend(sees_cost.then(|| Column::number("Cost")));
    let table = Evidence::new("Bought", "Subscriptions at the distributor", columns);
    behind
        .bought
        .iter()
        .fold(table.anchored("bought"), |table, row| {
            let mut cells = vec![
                row.product.clone(),
                format::date(row.since.0),
                row.ordered_by.clone().unwrap_or_default(),
                quantity(row.quantity),
                price(row.unit_price, &row.currency),
            ];
            cells.extend(row.unit_cost.map(|cost| price(cost, &row.currency)));
            let href = format!("/subscriptions/{}", row.subscription_id);
            table.row_at(Some(href), cells)
        })
}

fn deployed(behind: &Behind) -> Evidence {
    let columns = vec![
        Column::text("Counted for"),
        Column::text("Counted as"),
        Column::date("Counted on"),
        Column::number("Devices"),
    ];
    let table = Evidence::new(
        "Deployed",
        "The last complete count, or the last reading of a meter of your own",
        columns,
    );
    let table = behind
        .deployed
        .iter()
        .fold(table.anchored("deployed"), |table, row| {
            table.row(vec![
                row.company.clone(),
                row.meter.clone(),
                format::date(row.counted_on.0),
                quantity(row.count),
            ])
        });
    let client = behind.numbers.client_id;
    table.more("The devices of this client", format!("/clients/{client}"))
}

fn contracted(behind: &Behind) -> Evidence {
    let columns = vec![
        Column::text("Line"),
        Column::text("Quantity from"),
        Column::number("Quantity"),
        Column::number("Price"),
    ];
    let table = Evidence::new("Contracted", "Contract lines that run on this day", columns);
    behind
        .contracted
        .iter()
        .fold(table.anchored("contracted"), |table, row| {
            let cells = vec![
                format!("{} {}", row.reference, row.description),
                row.rule.clone(),
                row.quantity.map(quantity).unwrap_or_default(),
                price(row.unit_price, &row.currency),
            ];
            let href = format!(
                "/contracts/{}/lines/{}",
                row.contract_id, row.contract_line_id
            );
            table.row_at(Some(href), cells)
        })
}

fn invoiced(behind: &Behind) -> Evidence {
    let columns = vec![
        Column::text("Document"),
        Column::text("Line"),
        Column::date("Date"),
        Column::number("Quantity"),
        Column::number("Paid"),
        Column::number("Net"),
    ];
    let table = Evidence::new(
        "Invoiced and paid",
        "Lines whose period covers this day, credits taken off",
        columns,
    );
    behind
        .invoiced
        .iter()
        .fold(table.anchored("invoiced"), |table, row| {
            let href = match (row.invoice_id, row.generated_invoice_id) {
                (Some(id), _) => Some(format!("/invoices/{id}")),
                (None, Some(id)) => Some(format!("/generated-invoices/{id}")),
                (None, None) => None,
            };
            let cells = vec![
                row.number.clone(),
                row.description.clone(),
                format::date(row.issued_on.0),
                quantity(row.quantity),
                quantity(row.paid_quantity),
                format::money(row.net_minor, &row.currency),
            ];
            table.row_at(href, cells)
        })
}
