//! Ending a contract: what is still owed until then, before anybody confirms.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{contract_id, forms::Wrong};
use crate::{
    app::App,
    db::{Day, Tx},
    fault::Fault,
    features::{
        contracts::{self, Contract, ContractChange, Owed, OwedPeriod, owed},
        home::Frame,
    },
    http::{May, Work},
    ui::{Badge, Field, Figure, Flash, Moment, Nav, Shell, View, format, see_other},
};

/// The end of a contract.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct End {
    version: i64,
    ends_on: String,
}

#[derive(Template)]
#[template(path = "features/contracts/templates/end.html")]
struct EndPage {
    shell: Shell,
    contract: Contract,
    ends_on: Field,
    problem: Option<String>,
    shown: Option<Shown>,
}

struct Shown {
    end: Moment,
    typed: String,
    periods: Vec<Row>,
    total: Figure,
    beyond: Vec<Row>,
}

struct Row {
    what: String,
    kind: String,
    period: String,
    net: Option<Figure>,
    state: Badge,
}

impl Row {
    fn of(period: OwedPeriod, currency: &str) -> Self {
        Self {
            what: period.description,
            kind: period.charge_kind.replace('_', " "),
            period: format::period(period.starts_on.0, period.ends_on.0),
            net: period.net_minor.map(|minor| Figure::new(minor, currency)),
            state: match (period.state.as_str(), period.net_minor) {
                ("drafted", _) => Badge::info("On a draft"),
                ("posted", _) => Badge::good("Invoiced"),
                (_, None) => Badge::risk("Not counted yet"),
                _ => Badge::neutral("To invoice"),
            },
        }
    }
}

impl Shown {
    fn of(owed: Owed, end: Day) -> Self {
        let Owed {
            currency,
            net_minor,
            periods,
            beyond,
        } = owed;
        let rows = |periods: Vec<OwedPeriod>| {
            let rows = periods.into_iter();
            rows.map(|period| Row::of(period, &currency)).collect()
        };
        Self {
            end: Moment::date(end.0),
            typed: end.to_string(),
            periods: rows(periods),
            beyond: rows(beyond),
            total: Figure::new(net_minor, &currency).per("to invoice"),
        }
    }
}

pub async fn show(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Query(typed): Query<End>,
) -> Result<Response, Fault> {
    let id = contract_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let contract = contracts::contract(&mut tx, who.org, id).await?;
    if contract.terms.status != "active" {
        return Err(Fault::conflict(
            "not_active",
            "only an active contract can be ended",
        ));
    }
    if typed.ends_on.is_empty() {
        tx.rollback().await?;
        let usual = contract.terms.ends_on.unwrap_or(Day(who.today(&app)));
        let typed = End {
            ends_on: usual.to_string(),
            ..typed
        };
        return Ok(page(shell, contract, &typed, None, None));
    }
    // The end itself, in a transaction that is never committed.
    let change = typed.change(contract.version);
    let rehearsed = rehearse(&app, &who, &mut tx, &contract, &change).await;
    tx.rollback().await?;
    match rehearsed {
        Ok((owed, end)) => {
            let shown = Shown::of(owed, end);
            Ok(page(shell, contract, &typed, None, Some(shown)))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            Ok(page(shell, contract, &typed, Some(&fault), None))
        }
        Err(other) => Err(other),
    }
}

async fn rehearse(
    app: &App,
    who: &crate::http::Who,
    tx: &mut Tx,
    contract: &Contract,
    change: &ContractChange,
) -> Result<(Owed, Day), Fault> {
    let ended = contracts::update(app, who, tx, contract.id, change).await?;
    let end = ended.terms.ends_on.unwrap_or(Day(who.today(app)));
    Ok((owed(tx, who.org, &ended, end).await?, end))
}

impl End {
    fn change(&self, version: i64) -> ContractChange {
        ContractChange {
            version,
            ends_on: Some(Some(self.ends_on.clone())),
            status: Some("ended".to_owned()),
            ..ContractChange::default()
        }
    }
}

fn page(
    shell: Shell,
    contract: Contract,
    typed: &End,
    fault: Option<&Fault>,
    shown: Option<Shown>,
) -> Response {
    let page = EndPage {
        shell: shell.titled(contract.terms.name.clone(), Nav::Contracts),
        ends_on: Field::date("ends_on", "First day without it")
            .value(&typed.ends_on)
            .error(Wrong::of(fault).about("ends_on"))
            .required(),
        problem: fault.map(ToString::to_string),
        shown,
        contract,
    };
    let status = fault.map_or(StatusCode::OK, Fault::status);
    (status, View(page)).into_response()
}

pub async fn end(
    Frame { shell, .. }: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<End>,
) -> Result<Response, Fault> {
    let id = contract_id(&id)?;
    let change = typed.change(typed.version);
    let mut tx = app.db.write(who.org).await?;
    match contracts::update(&app, &who, &mut tx, id, &change).await {
        Ok(contract) => {
            tx.commit().await?;
            let day = contract.terms.ends_on.map(|day| format::date(day.0));
            let flash = Flash::done(format!(
                "{} ends on {}; nothing is billed from then on.",
                contract.terms.name,
                day.unwrap_or_default()
            ));
            Ok(see_other(&format!("/contracts/{id}"), &flash))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            let contract = contracts::contract(&mut tx, who.org, id).await?;
            Ok(page(shell, contract, &typed, Some(&fault), None))
        }
        Err(other) => Err(other),
    }
}
