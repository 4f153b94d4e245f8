//! Renewing a contract: the new end, the lines that rise, before and after, then the button.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::{Form, Query};
use billing::period::add_months;
use chrono::Datelike as _;
use serde::Deserialize;

use super::{
    contract_id,
    forms::{Wrong, given},
};
use crate::{
    app::App,
    db::{ContractId, Day, Tx},
    fault::Fault,
    features::{
        contracts::{
            self, Contract, Line, RenewalInput, Renewed, Rise, lines_of_contract,
            renew::{can_rise, first_day},
        },
        home::Frame,
    },
    http::{May, Permission, Who, Work},
    ui::{Field, Figure, Flash, Moment, Nav, Shell, UnitPrice, View, format, see_other},
};

/// A new term as a browser sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    ends_on: String,
    percent: String,
    /// Ticked lines, by id.
    line: Vec<String>,
}

impl Typed {
    fn input(&self, version: i64) -> RenewalInput {
        RenewalInput {
            version,
            ends_on: self.ends_on.clone(),
            percent: given(&self.percent),
            lines: Some(self.line.clone()),
        }
    }

    fn fields(&self, wrong: &Wrong) -> Vec<Field> {
        vec![
            Field::date("ends_on", "New term ends before")
                .value(&self.ends_on)
                .error(wrong.about("ends_on"))
                .hint("The first day after the new term.")
                .required(),
            Field::decimal("percent", "Prices rise by")
                .value(&self.percent)
                .error(wrong.about("percent"))
                .suffix("%")
                .hint("On the first day of the new term; empty where they stay."),
        ]
    }
}

#[derive(Template)]
#[template(path = "features/contracts/templates/renew.html")]
struct RenewPage {
    shell: Shell,
    contract: Contract,
    first: Moment,
    fields: Vec<Field>,
    lines: Vec<Choice>,
    problem: Option<String>,
    shown: Option<Shown>,
}

struct Choice {
    id: String,
    what: String,
    price: UnitPrice,
    is_ticked: bool,
}

/// What renewing would come to, and what was typed for it.
struct Shown {
    version: i64,
    ends_on: String,
    percent: String,
    line: Vec<String>,
    ends: Moment,
    rises: Vec<RiseRow>,
    sum: Option<(Figure, Figure)>,
    is_late: bool,
}

/// One price before and after, as every page about rises shows it.
pub struct RiseRow {
    pub what: String,
    pub before: UnitPrice,
    pub after: UnitPrice,
    pub monthly: Option<(Figure, Figure)>,
}

impl RiseRow {
    pub fn of(rise: &Rise, who: &Who) -> Self {
        let price = |exact: crate::db::Exact| {
            UnitPrice::micros(exact.to_micros().unwrap_or(0), &rise.currency)
        };
        let monthly = rise.monthly_before_minor.zip(rise.monthly_after_minor);
        Self {
            what: rise.description.clone(),
            before: price(rise.before),
            after: price(rise.after),
            monthly: monthly
                .filter(|_| who.may(Permission::ReadCost))
                .map(|(before, after)| {
                    (
                        Figure::new(before, &rise.currency),
                        Figure::new(after, &rise.currency),
                    )
                }),
        }
    }
}

pub async fn show(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Query(mut typed): Query<Typed>,
) -> Result<Response, Fault> {
    let id = contract_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let contract = contracts::contract(&mut tx, who.org, id).await?;
    let first = first_day(&contract)?;
    let lines = lines_of_contract(&mut tx, who.org, id).await?;
    if typed.ends_on.is_empty() {
        typed.ends_on = usual_end(&contract, first).to_string();
        typed.line = recurring(&lines, first)
            .map(|line| line.id.to_string())
            .collect();
        tx.rollback().await?;
        return Ok(page(frame, contract, &lines, first, &typed, None, None));
    }
    // The renewal itself, in a transaction that is never committed.
    let input = typed.input(contract.version);
    let renewed = contracts::renew(&app, &who, &mut tx, id, &input).await;
    tx.rollback().await?;
    match renewed {
        Ok(renewed) => {
            let is_late = first < Day(who.today(&app));
            let shown = shown(&renewed, &typed, contract.version, &who, is_late);
            Ok(page(
                frame,
                contract,
                &lines,
                first,
                &typed,
                None,
                Some(shown),
            ))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            let fault = Some(&fault);
            Ok(page(frame, contract, &lines, first, &typed, fault, None))
        }
        Err(other) => Err(other),
    }
}

fn recurring(lines: &[Line], first: Day) -> impl Iterator<Item = &Line> {
    lines.iter().filter(move |line| can_rise(line, first))
}

/// As long as the term before, or a year where that was not whole months.
fn usual_end(contract: &Contract, first: Day) -> Day {
    let start = contract.terms.starts_on.0;
    let later = |from: chrono::NaiveDate, months| add_months(from, months, start.day());
    let months = (1..=120)
        .find(|months| later(start, *months) == first.0)
        .unwrap_or(12);
    // A contract that was renewed before began long ago: a year is what most terms have.
    Day(later(first.0, if months > 36 { 12 } else { months }))
}

fn shown(renewed: &Renewed, typed: &Typed, version: i64, who: &Who, is_late: bool) -> Shown {
    let sum = |pick: fn(&Rise) -> Option<i64>| -> Option<i64> {
        renewed.rises.iter().map(pick).sum::<Option<i64>>()
    };
    let currency = &renewed.contract.terms.currency;
    let both = sum(|rise| rise.monthly_before_minor).zip(sum(|rise| rise.monthly_after_minor));
    let sees = who.may(Permission::ReadCost) && !renewed.rises.is_empty();
    Shown {
        version,
        ends_on: typed.ends_on.clone(),
        percent: typed.percent.clone(),
        line: typed.line.clone(),
        ends: Moment::date(renewed.renewal.ends_on.0),
        rises: renewed
            .rises
            .iter()
            .map(|rise| RiseRow::of(rise, who))
            .collect(),
        sum: both.filter(|_| sees).map(|(before, after)| {
            (
                Figure::new(before, currency).per("a month"),
                Figure::new(after, currency).per("a month"),
            )
        }),
        is_late: is_late && !renewed.rises.is_empty(),
    }
}

fn page(
    Frame { shell, .. }: Frame,
    contract: Contract,
    lines: &[Line],
    first: Day,
    typed: &Typed,
    fault: Option<&Fault>,
    shown: Option<Shown>,
) -> Response {
    let choices = recurring(lines, first).map(|line| Choice {
        id: line.id.to_string(),
        what: line.terms.description.clone(),
        price: UnitPrice::micros(line.price_on(first).0, &line.currency),
        is_ticked: typed.line.contains(&line.id.to_string()),
    });
    let page = RenewPage {
        shell: shell.titled(contract.terms.name.clone(), Nav::Contracts),
        first: Moment::date(first.0),
        fields: typed.fields(&Wrong::of(fault)),
        lines: choices.collect(),
        problem: fault.map(ToString::to_string),
        shown,
        contract,
    };
    let status = fault.map_or(StatusCode::OK, Fault::status);
    (status, View(page)).into_response()
}

pub async fn renew(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let id = contract_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let input = typed.input(typed.version);
    match contracts::renew(&app, &who, &mut tx, id, &input).await {
        Ok(renewed) => {
            tx.commit().await?;
            let flash = Flash::done(format!(
                "{} is renewed until {}.",
                renewed.contract.terms.name,
                format::date(renewed.renewal.ends_on.0)
            ));
            Ok(see_other(&format!("/contracts/{id}"), &flash))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            tx.rollback().await?;
            refused(frame, &app, &who, id, &typed, &fault).await
        }
        Err(other) => Err(other),
    }
}

async fn refused(
    frame: Frame,
    app: &App,
    who: &Who,
    id: ContractId,
    typed: &Typed,
    fault: &Fault,
) -> Result<Response, Fault> {
    let mut tx: Tx = app.db.read(who.org).await?;
    let contract = contracts::contract(&mut tx, who.org, id).await?;
    let first = first_day(&contract)?;
    let lines = lines_of_contract(&mut tx, who.org, id).await?;
    Ok(page(
        frame,
        contract,
        &lines,
        first,
        typed,
        Some(fault),
        None,
    ))
}
