//! What a contract agreed of its anniversaries, line by line.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::contract_id;
use crate::{
    app::App,
    db::{Day, Tx},
    fault::Fault,
    features::{
        contracts::{
            self, Contract, ContractUplift, Line, UpliftInput, UpliftLineInput, lines_of_contract,
            renew::can_rise,
        },
        home::Frame,
    },
    http::{May, Who, Work},
    ui::{Field, Flash, Moment, Nav, Shell, UnitPrice, View, see_other},
};

/// Rises as a browser sends them: the three lists go together.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    announce_days: String,
    line: Vec<String>,
    /// none | percent | amount
    kind: Vec<String>,
    value: Vec<String>,
}

impl Typed {
    fn of(uplift: &ContractUplift, lines: &[Line]) -> Self {
        let mut typed = Self {
            version: uplift.version,
            announce_days: uplift.announce_days.to_string(),
            ..Self::default()
        };
        for line in lines {
            let agreed = uplift.lines.iter().find(|one| one.line == line.id);
            let percent = agreed.and_then(|agreed| agreed.percent);
            let amount = agreed.and_then(|agreed| agreed.amount);
            let (kind, value) = match (percent, amount) {
                (Some(percent), _) => ("percent", percent.to_string()),
                (None, Some(amount)) => ("amount", amount.to_string()),
                (None, None) => ("none", String::new()),
            };
            typed.line.push(line.id.to_string());
            typed.kind.push(kind.to_owned());
            typed.value.push(value);
        }
        typed
    }

    fn rows(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let pairs = self.line.iter().zip(&self.kind).zip(&self.value);
        pairs.map(|((line, kind), value)| (line.as_str(), kind.as_str(), value.as_str()))
    }

    fn input(&self) -> UpliftInput {
        let rising = self.rows().filter(|(_, kind, _)| *kind != "none");
        UpliftInput {
            version: self.version,
            // What is no number at all is a time that cannot be.
            announce_days: self.announce_days.trim().parse().unwrap_or(-1),
            lines: rising
                .map(|(line, kind, value)| UpliftLineInput {
                    line: line.to_owned(),
                    percent: (kind == "percent").then(|| value.to_owned()),
                    amount: (kind == "amount").then(|| value.to_owned()),
                })
                .collect(),
        }
    }
}

#[derive(Template)]
#[template(path = "features/contracts/templates/uplift.html")]
struct UpliftPage {
    shell: Shell,
    contract: Contract,
    next: Moment,
    version: i64,
    announce_days: Field,
    rows: Vec<Row>,
    problem: Option<String>,
}

struct Row {
    id: String,
    what: String,
    price: UnitPrice,
    kind: Field,
    value: Field,
}

pub async fn show(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let contract = contracts::contract(&mut tx, who.org, contract_id(&id)?).await?;
    page(&app, frame, &mut tx, contract, None, None).await
}

pub async fn set(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let contract = contracts::contract(&mut tx, who.org, contract_id(&id)?).await?;
    let set = contracts::set_uplift(&app, &who, &mut tx, &contract, &typed.input()).await;
    match set {
        Ok(uplift) => {
            tx.commit().await?;
            let flash = Flash::done(if uplift.lines.is_empty() {
                "No price rises on its anniversaries any more."
            } else {
                "Kept. You will look at each rise before it happens."
            });
            Ok(see_other(&format!("/contracts/{}", contract.id), &flash))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            page(&app, frame, &mut tx, contract, Some(typed), Some(&fault)).await
        }
        Err(other) => Err(other),
    }
}

/// The complaints by line: those of the rules count only lines that rise.
fn complaints(typed: &Typed, fault: Option<&Fault>) -> BTreeMap<String, String> {
    let fields = fault.map(Fault::fields).unwrap_or_default();
    let rising = typed.rows().filter(|(_, kind, _)| *kind != "none");
    let mut found = BTreeMap::new();
    for (at, (line, _, _)) in rising.enumerate() {
        let prefix = format!("lines[{at}].");
        let about = fields.iter().find(|(name, _)| name.starts_with(&prefix));
        if let Some((_, message)) = about {
            found.insert(line.to_owned(), message.clone());
        }
    }
    found
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    contract: Contract,
    typed: Option<Typed>,
    fault: Option<&Fault>,
) -> Result<Response, Fault> {
    let today = Day(Who::today(&who, app));
    let uplift = contracts::uplift(tx, who.org, &contract, today).await?;
    let mut lines = lines_of_contract(tx, who.org, contract.id).await?;
    lines.retain(|line| can_rise(line, today.max(line.terms.starts_on)));
    let typed = typed.unwrap_or_else(|| Typed::of(&uplift, &lines));
    let wrong = complaints(&typed, fault);
    let rows = lines.iter().enumerate().map(|(at, line)| {
        let id = line.id.to_string();
        let said = typed.rows().find(|(line, _, _)| *line == id);
        let (_, kind, value) = said.unwrap_or(("", "none", ""));
        Row {
            what: line.terms.description.clone(),
            price: UnitPrice::micros(line.price_on(today).0, &line.currency),
            kind: Field::select("kind", &format!("Rise of {}", line.terms.description))
                .id(format!("kind-{at}"))
                .option("none", "Does not rise")
                .option("percent", "By per cent")
                .option("amount", format!("By {} a unit", line.currency))
                .value(kind),
            value: Field::decimal("value", &format!("How much, {}", line.terms.description))
                .id(format!("value-{at}"))
                .value(value)
                .error(wrong.get(&id).cloned()),
            id,
        }
    });
    let announce = fault.map(Fault::fields).unwrap_or_default();
    let page = UpliftPage {
        shell: shell.titled(contract.terms.name.clone(), Nav::Contracts),
        next: Moment::date(uplift.next_on.0),
        version: typed.version,
        announce_days: Field::decimal("announce_days", "To be reviewed")
            .value(&typed.announce_days)
            .error(announce.get("announce_days").cloned())
            .suffix("days ahead")
            .required(),
        rows: rows.collect(),
        problem: fault.map(ToString::to_string),
        contract,
    };
    let status = fault.map_or(StatusCode::OK, Fault::status);
    Ok((status, View(page)).into_response())
}
