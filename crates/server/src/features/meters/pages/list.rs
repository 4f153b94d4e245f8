//! Every meter.

use askama::Template;
use axum::{extract::State, response::Response};

use super::place_of;
use crate::{
    app::App,
    db::Day,
    fault::Fault,
    features::{
        home::Frame,
        meters::{self, Listed},
        reconciliation,
    },
    http::{May, Permission, Read, Who, csv_file},
    ui::{Badge, Moment, Nav, Shell, View, format},
};

struct Row {
    href: String,
    name: String,
    code: String,
    unit: String,
    fed_by: &'static str,
    items: String,
    lines: String,
    last_on: Option<Moment>,
    state: Option<Badge>,
}

#[derive(Template)]
#[template(path = "features/meters/templates/list.html")]
pub struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    may_work: bool,
}

fn counted(count: i64) -> String {
    format::count(u64::try_from(count).unwrap_or(0))
}

fn fed_by(meter: &Listed) -> &'static str {
    match meter.id {
        Some(_) => "Readings",
        None => "A connected tool",
    }
}

impl Row {
    fn of(meter: &Listed, is_silent: impl Fn(Day) -> bool) -> Self {
        let state = if meter.status == "archived" {
            Some(Badge::neutral("Archived"))
        } else {
            match (meter.last_on, meter.oldest_on) {
                (None, _) => Some(Badge::neutral("Nothing yet")),
                (Some(newest), _) if is_silent(newest) => Some(Badge::risk("Silent")),
                (_, Some(oldest)) if is_silent(oldest) => Some(Badge::risk("Silent for some")),
                _ => None,
            }
        };
        Self {
            href: match meter.id {
                Some(id) => place_of(id),
                None => place_of(&meter.code),
            },
            name: meter.name.clone(),
            code: meter.code.clone(),
            unit: meter.unit.clone(),
            fed_by: fed_by(meter),
            items: counted(meter.items),
            lines: counted(meter.lines),
            last_on: meter.last_on.map(|day| Moment::date(day.0)),
            state,
        }
    }
}

/// Whether a count is older than drafts take.
pub(super) fn is_silent(last_on: chrono::NaiveDate, app: &App, who: &Who, after: u16) -> bool {
    (who.today(app) - last_on).num_days() > i64::from(after)
}

pub async fn show(
    Frame { who, shell }: Frame,
    State(app): State<App>,
    _: May<Read>,
) -> Result<View<ListPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = meters::all(&mut tx, who.org, Day(who.today(&app))).await?;
    let after = reconciliation::policy(&mut tx, who.org)
        .await?
        .count_stale_after_days;
    drop(tx);
    let is_old = |day: Day| is_silent(day.0, &app, &who, after);
    let rows = found.iter().map(|meter| Row::of(meter, is_old));
    Ok(View(ListPage {
        rows: rows.collect(),
        may_work: who.may(Permission::Work),
        shell: shell.titled("Meters", Nav::Meters),
    }))
}

pub async fn export(State(app): State<App>, who: May<Read>) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let found = meters::all(&mut tx, who.org, Day(who.today(&app))).await?;
    drop(tx);
    let header = [
        "code",
        "name",
        "unit",
        "counted_by",
        "items",
        "contract_lines",
        "last_on",
        "status",
    ];
    let rows = found.iter().map(|meter| {
        vec![
            meter.code.clone(),
            meter.name.clone(),
            meter.unit.clone(),
            fed_by(meter).to_owned(),
            meter.items.to_string(),
            meter.lines.to_string(),
            meter.last_on.map(|day| day.to_string()).unwrap_or_default(),
            meter.status.clone(),
        ]
    });
    csv_file("meters", &header, rows)
}
