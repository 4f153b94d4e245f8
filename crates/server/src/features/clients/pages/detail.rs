//! One client with everything that is known about it.

use askama::Template;
use axum::extract::{Path, State};

use super::licensing_badge;
use crate::{
    app::App,
    db::{ClientId, Day, Exact, Tx},
    fault::Fault,
    features::{
        clients::{
            list::{self, ClientSummary},
            store,
        },
        contracts::{self, view::ContractSummary},
        home::Frame,
        missed_billing::{self, FindingView, ListFilter},
        reconciliation::{self, ItemRow},
        repeating_invoices, subscriptions,
    },
    http::{Paging, Permission, Who, Window},
    ui::{
        Badge, Column, Evidence, Figure, Href, Moment, Nav, Quantity, Shell, SixNumbers, Stat,
        View, format,
    },
};

#[derive(Template)]
#[template(path = "features/clients/templates/detail.html")]
pub struct DetailPage {
    shell: Shell,
    client: ClientSummary,
    badges: Vec<Badge>,
    stats: Vec<Stat>,
    may_work: bool,
    items: Vec<Item>,
    reconciled: Option<Moment>,
    findings: Vec<Finding>,
    subscriptions: Vec<subscriptions::pages::Row>,
    all_subscriptions: String,
    contracts: Vec<Contract>,
    repeating: Vec<Repeating>,
    invoices: Vec<Invoice>,
    devices: Evidence,
    records: Vec<Record>,
}

/// One catalog item of the client.
struct Item {
    code: String,
    name: String,
    href: String,
    numbers: SixNumbers,
    variance: Quantity,
}

struct Finding {
    href: String,
    sentence: String,
    impact: Figure,
    severity: Badge,
}

struct Contract {
    href: String,
    name: String,
    reference: String,
    state: Badge,
    mrr: Option<Figure>,
}

struct Repeating {
    href: String,
    name: String,
    about: String,
    state: Badge,
    total: Figure,
}

struct Invoice {
    href: String,
    number: String,
    issued: Moment,
    status: Badge,
    total: Figure,
    due: Figure,
}

struct Record {
    vendor: String,
    company: String,
    external_id: String,
    is_gone: bool,
}

const SUBSCRIPTIONS: &str = "10";
const INVOICES: i64 = 12;
const DEVICES: i64 = 50;
const FINDINGS: i64 = 20;
const REPEATING: i64 = 20;

pub async fn detail(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<View<DetailPage>, Fault> {
    let id: ClientId = id.parse().map_err(|_| Fault::NotFound("this client"))?;
    let today = Day(who.today(&app));
    let mut tx = app.db.read(who.org).await?;
    let client = list::summary(&app, &who, &mut tx, id).await?;
    let numbers = reconciliation::numbers_of_client(&mut tx, who.org, id).await?;
    let run = reconciliation::last_run(&mut tx, who.org).await?;
    let findings = findings(&who, &mut tx, id).await?;
    let subscriptions = held(&who, &mut tx, id, today).await?;
    let contracts = agreed(&who, &mut tx, id, today).await?;
    let repeating = repeating(&who, &mut tx, id).await?;
    let invoices = store::invoices(&mut tx, who.org, id, INVOICES).await?;
    let devices = store::client_devices(&mut tx, who.org, id, DEVICES).await?;
    let records = store::records(&mut tx, who.org, id).await?;
    let mut badges = vec![licensing_badge(client.licensing)];
    if client.client.own_use {
        badges.push(Badge::neutral("Own use"));
    }
    if client.client.is_archived() {
        badges.push(Badge::neutral("Archived"));
    }
    Ok(View(DetailPage {
        shell: shell.titled(client.client.name.clone(), Nav::Clients),
        stats: stats(&client, &who),
        badges,
        may_work: who.may(Permission::Work),
        items: numbers.into_iter().map(item).collect(),
        reconciled: run.map(|(_, at)| Moment::ago(at.0, app.now().0, who.zone)),
        findings,
        subscriptions,
        all_subscriptions: Href::to("/subscriptions")
            .with("client", id.to_string())
            .into(),
        contracts,
        repeating,
        invoices: invoices
            .into_iter()
            .map(|row| invoice(row, today))
            .collect(),
        devices: evidence(&devices, &who),
        records: records
            .into_iter()
            .map(|row| Record {
                vendor: row.vendor,
                company: row.company,
                external_id: row.external_id,
                is_gone: row.is_gone,
            })
            .collect(),
        client,
    }))
}

fn stats(client: &ClientSummary, who: &Who) -> Vec<Stat> {
    let quantity = |exact: Exact| format::quantity(exact.to_micros().unwrap_or(0));
    let mut stats = Vec::new();
    if who.may(Permission::ReadCost) {
        stats.push(match client.mrr_minor {
            Some(minor) => Stat::money(
                "MRR",
                Figure::new(minor, &client.client.currency).per("a month"),
            ),
            None => Stat::text("MRR", "none").note("no contract line measured yet"),
        });
    }
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    stats.push(Stat::count("Subscriptions", count(client.subscriptions)));
    stats.push(Stat::count("Devices", count(client.devices)).note("seen in the last 30 days"));
    stats.push(Stat::text("Licences", quantity(client.licences)).note("bought"));
    stats.push(Stat::text("Under", quantity(client.under)).note("used beyond what is licensed"));
    stats.push(Stat::text("Over", quantity(client.over)).note("licensed beyond what is used"));
    stats
}

fn item(row: ItemRow) -> Item {
    let behind = format!("/reconciliation/{}/{}", row.client_id, row.catalog_item_id);
    let variance = row.variance.and_then(|exact| exact.to_micros().ok());
    Item {
        numbers: reconciliation::pages::six_numbers(&row, |name| Some(format!("{behind}#{name}"))),
        href: behind,
        variance: Quantity::variance(variance),
        code: row.item_code,
        name: row.item_name,
    }
}

async fn findings(who: &Who, tx: &mut Tx, id: ClientId) -> Result<Vec<Finding>, Fault> {
    let filter = ListFilter {
        client: Some(id),
        limit: FINDINGS,
        ..ListFilter::default()
    };
    let rows = missed_billing::list(tx, who.org, &filter).await?;
    Ok(rows.into_iter().map(finding).collect())
}

fn finding(row: FindingView) -> Finding {
    let severity = match row.severity.as_str() {
        "high" => Badge::late("High"),
        "medium" => Badge::risk("Medium"),
        _ => Badge::neutral("Low"),
    };
    Finding {
        href: format!("/missed-billing/{}", row.id),
        sentence: row.sentence,
        impact: Figure::new(row.impact_minor, row.currency).per("a month"),
        severity,
    }
}

async fn held(
    who: &Who,
    tx: &mut Tx,
    id: ClientId,
    today: Day,
) -> Result<Vec<subscriptions::pages::Row>, Fault> {
    let filter = subscriptions::Filter {
        client: Some(id),
        ..subscriptions::Filter::default()
    };
    let paging = Paging {
        limit: Some(SUBSCRIPTIONS.to_owned()),
        ..Paging::default()
    };
    let window = paging.window("client")?;
    let rows = subscriptions::store::subscriptions(tx, who.org, &filter, today, &window).await?;
    let page = window.page(rows, subscriptions::place);
    let shown = page
        .items
        .into_iter()
        .map(|row| row.subscription.shown_to(who));
    Ok(shown
        .map(|row| subscriptions::pages::Row::of(&row))
        .collect())
}

async fn agreed(who: &Who, tx: &mut Tx, id: ClientId, today: Day) -> Result<Vec<Contract>, Fault> {
    let filter = contracts::store::ContractFilter {
        pattern: None,
        client: Some(id),
        standing: None,
        renewal_by: None,
        today,
        sort: "name",
    };
    let window = Window::everything("name");
    let rows = contracts::store::contracts(tx, who.org, &filter, &window).await?;
    Ok(rows
        .into_iter()
        .map(|row| ContractSummary::of(row, who, today))
        .map(|row| Contract {
            href: format!("/contracts/{}", row.contract.id),
            state: contracts::pages::standing_badge(row.standing),
            mrr: row
                .mrr_minor
                .map(|minor| Figure::new(minor, &row.contract.terms.currency)),
            reference: row.contract.terms.reference,
            name: row.contract.terms.name,
        })
        .collect())
}

async fn repeating(who: &Who, tx: &mut Tx, id: ClientId) -> Result<Vec<Repeating>, Fault> {
    let filter = repeating_invoices::Filter {
        client: Some(id),
        limit: REPEATING,
        ..repeating_invoices::Filter::default()
    };
    let rows = repeating_invoices::list(tx, who.org, &filter).await?;
    let shown = rows.into_iter().map(|row| Repeating {
        href: format!("{}/{}", repeating_invoices::pages::LIST, row.id),
        about: format!("every {}", row.every),
        state: repeating_invoices::pages::badge(row.state),
        total: Figure::new(row.total_minor, row.currency),
        name: row.name,
    });
    Ok(shown.collect())
}

fn invoice(row: store::ClientInvoice, today: Day) -> Invoice {
    let is_late = row.due_minor > 0 && row.due_on.is_some_and(|due| due < today);
    let status = match row.status.as_str() {
        "DRAFT" => Badge::neutral("Draft"),
        "SUBMITTED" => Badge::info("Awaiting approval"),
        "PAID" => Badge::good("Paid"),
        "AUTHORISED" if is_late => Badge::late("Overdue"),
        "AUTHORISED" => Badge::info("Awaiting payment"),
        other => Badge::neutral(other),
    };
    Invoice {
        href: format!("/invoices/{}", row.id),
        number: row.number,
        issued: Moment::date(row.issued_on.0),
        status,
        total: Figure::new(row.total_minor, &row.currency),
        due: Figure::new(row.due_minor, row.currency),
    }
}

fn evidence(devices: &[store::ClientDevice], who: &Who) -> Evidence {
    let columns = vec![
        Column::text("Device"),
        Column::text("Counts as"),
        Column::date("Last seen"),
    ];
    let table = Evidence::new("Devices", "monitoring", columns);
    devices.iter().fold(table, |table, device| {
        let seen = device
            .last_seen_at
            .map(|at| format::date(at.0.with_timezone(&who.zone).date_naive()));
        let meter = device.meter.clone().unwrap_or_else(|| device.class.clone());
        table.row(vec![
            device.name.clone(),
            meter,
            seen.unwrap_or_else(|| "never".to_owned()),
        ])
    })
}
