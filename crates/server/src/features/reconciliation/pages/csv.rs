//! The rows now filtered as files for a spreadsheet.

use axum::{
    extract::{Query, State},
    response::Response,
};

use super::list::ListQuery;
use crate::{
    app::App,
    db::Exact,
    fault::Fault,
    features::{
        clients::list::{self as clients, ClientSort, ClientSummary},
        reconciliation::{ItemRow, rows},
    },
    http::{CsvFile, May, Read, Window},
};

/// Every row of the filtered list.
pub async fn export(
    State(app): State<App>,
    who: May<Read>,
    Query(query): Query<ListQuery>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    if query.by_item()? {
        let filter = query.items(&Window::everything("client"))?;
        return items_csv(rows(&mut tx, who.org, &filter).await?);
    }
    let sort = ClientSort::Name;
    let window = Window::everything(sort.as_str());
    let filter = query.clients()?;
    let (rows, _) = clients::list(&app, &who, &mut tx, &filter, sort, &window).await?;
    clients_csv(rows)
}

fn clients_csv(rows: Vec<ClientSummary>) -> Result<Response, Fault> {
    let head = [
        "reference",
        "client",
        "devices",
        "licences",
        "under",
        "over",
        "status",
    ];
    let mut file = CsvFile::new("reconciliation", &head)?;
    for row in rows {
        file.row(&[
            row.client.reference,
            row.client.name,
            row.devices.to_string(),
            row.licences.to_string(),
            row.under.to_string(),
            row.over.to_string(),
            row.licensing.as_str().to_owned(),
        ])?;
    }
    file.into_response()
}

fn items_csv(rows: Vec<ItemRow>) -> Result<Response, Fault> {
    let head = [
        "client",
        "item_code",
        "item",
        "service_on",
        "bought",
        "assigned",
        "deployed",
        "contracted",
        "invoiced",
        "paid",
        "variance",
    ];
    let mut file = CsvFile::new("reconciliation", &head)?;
    // A missing source is an empty cell, never 0.
    let cell = |exact: Option<Exact>| exact.map(|exact| exact.to_string()).unwrap_or_default();
    for row in rows {
        file.row(&[
            row.client_name,
            row.item_code,
            row.item_name,
            row.service_on.to_string(),
            cell(row.bought),
            cell(row.assigned),
            cell(row.deployed),
            cell(row.contracted),
            cell(row.invoiced),
            cell(row.paid),
            cell(row.variance),
        ])?;
    }
    file.into_response()
}
