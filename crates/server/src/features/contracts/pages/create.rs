//! Making a contract: client and basics, lines, review. The draft is kept from the first step on,
//! so that it can be gone on with on another device.

use askama::Template;
use axum::{
    Form,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{
    contract_id,
    detail::{LineRow, line_rows},
    forms::{Basics, Wrong},
};
use crate::{
    app::App,
    db::{ContractId, Day, Tx},
    fault::Fault,
    features::{
        catalog::Created,
        contracts::{self, Contract, ContractChange, ContractInput, lines_of_contract},
        home::Frame,
        mappings,
    },
    http::{May, Work},
    ui::{Field, Figure, Flash, Moment, Nav, Shell, Tabs, View, see_other},
};

#[derive(Template)]
#[template(path = "features/contracts/templates/basics.html")]
struct BasicsPage {
    shell: Shell,
    steps: Tabs,
    action: String,
    version: i64,
    fields: Vec<Field>,
    clients: Vec<(String, String)>,
    problem: Option<String>,
}

/// The three steps; those of a contract that is not there yet lead nowhere.
pub(super) fn steps(id: Option<ContractId>, at: usize) -> Tabs {
    let href = |step: &str| match id {
        Some(id) => format!("/contracts/{id}/{step}"),
        None => "/contracts/create".to_owned(),
    };
    Tabs::new("Steps")
        .tab("1. Client and basics", href("basics"), None, at == 1)
        .tab("2. Lines", href("lines"), None, at == 2)
        .tab("3. Review", href("review"), None, at == 3)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct For {
    client: String,
}

pub async fn new(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Query(asked): Query<For>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let first = chrono::Datelike::with_day(&who.today(&app), 1);
    let client = crate::features::clients::client_named(&mut tx, who.org, &asked.client).await?;
    let typed = Basics {
        client: client.map(|client| client.reference).unwrap_or_default(),
        starts_on: first.map(|day| day.to_string()).unwrap_or_default(),
        cycle: "monthly".to_owned(),
        timing: "advance".to_owned(),
        ..Basics::default()
    };
    page(frame, &mut tx, None, &typed, None).await
}

pub async fn create(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Form(typed): Form<Basics>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let input = typed.input(Vec::new());
    match contracts::create(&app, &who, &mut tx, &input).await {
        Ok(Created::New(contract) | Created::AlreadyThere(contract)) => {
            tx.commit().await?;
            let flash = Flash::done("The draft is kept. Now its lines.");
            Ok(see_other(
                &format!("/contracts/{}/lines", contract.id),
                &flash,
            ))
        }
        Err(fault) => refused(frame, &mut tx, None, &typed, fault).await,
    }
}

/// Step one of a draft that is there.
pub async fn basics(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let contract = draft(&mut tx, &who, contract_id(&id)?).await?;
    page(
        frame,
        &mut tx,
        Some(contract.id),
        &Basics::of(&contract),
        None,
    )
    .await
}

pub async fn change_basics(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Basics>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    let before = draft(&mut tx, &who, contract_id(&id)?).await?;
    let lines = ContractInput::of(&mut tx, who.org, &before).await?.lines;
    let input = typed.input(lines);
    let changed =
        contracts::replace_draft(&app, &who, &mut tx, before.id, typed.version, &input).await;
    match changed {
        Ok(contract) => {
            tx.commit().await?;
            let flash = Flash::done("The draft was saved.");
            Ok(see_other(
                &format!("/contracts/{}/lines", contract.id),
                &flash,
            ))
        }
        Err(fault) => refused(frame, &mut tx, Some(before.id), &typed, fault).await,
    }
}

/// A contract that is still a draft.
pub(super) async fn draft(
    tx: &mut Tx,
    who: &crate::http::Who,
    id: ContractId,
) -> Result<Contract, Fault> {
    let contract = contracts::contract(tx, who.org, id).await?;
    if contract.terms.is_draft() {
        Ok(contract)
    } else {
        Err(Fault::conflict(
            "not_a_draft",
            "this contract is no longer a draft; change its lines from a day on instead",
        ))
    }
}

async fn refused(
    frame: Frame,
    tx: &mut Tx,
    id: Option<ContractId>,
    typed: &Basics,
    fault: Fault,
) -> Result<Response, Fault> {
    match fault {
        Fault::Invalid { .. } | Fault::Conflict { .. } => {
            page(frame, tx, id, typed, Some(&fault)).await
        }
        other => Err(other),
    }
}

async fn page(
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    id: Option<ContractId>,
    typed: &Basics,
    fault: Option<&Fault>,
) -> Result<Response, Fault> {
    let clients = mappings::store::known_clients(tx, who.org).await?;
    let page = BasicsPage {
        shell: shell.titled("New contract", Nav::Contracts),
        steps: steps(id, 1),
        action: match id {
            None => "/contracts/create".to_owned(),
            Some(id) => format!("/contracts/{id}/basics"),
        },
        version: typed.version,
        fields: typed.fields(&Wrong::of(fault), id.is_none()),
        clients: clients
            .into_iter()
            .map(|client| (client.reference, client.name))
            .collect(),
        problem: fault.map(ToString::to_string),
    };
    let status = fault.map_or(StatusCode::OK, Fault::status);
    Ok((status, View(page)).into_response())
}

#[derive(Template)]
#[template(path = "features/contracts/templates/review.html")]
pub struct ReviewPage {
    shell: Shell,
    steps: Tabs,
    contract: Contract,
    starts: Moment,
    bill_from: Moment,
    ends: Option<Moment>,
    lines: Vec<LineRow>,
    monthly: Option<Figure>,
}

/// The last step: everything once more.
pub async fn review(
    Frame { who, shell }: Frame,
    _: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<View<ReviewPage>, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let contract = draft(&mut tx, &who, contract_id(&id)?).await?;
    let lines = lines_of_contract(&mut tx, who.org, contract.id).await?;
    let today = Day(who.today(&app)).max(contract.terms.starts_on);
    let mut total = Some(0);
    for line in &lines {
        let quantity = line
            .quantity_now
            .map(|exact| billing::Micro(exact.to_micros().unwrap_or(0)));
        let quantity = quantity.or_else(|| line.fixed_quantity_on(today));
        total = match (total, quantity) {
            (Some(sum), Some(quantity)) => Some(sum + line.monthly_value(quantity, today)?.minor),
            _ => None,
        };
    }
    Ok(View(ReviewPage {
        shell: shell.titled("New contract", Nav::Contracts),
        steps: steps(Some(contract.id), 3),
        starts: Moment::date(contract.terms.starts_on.0),
        bill_from: Moment::date(contract.terms.bill_from.0),
        ends: contract.terms.ends_on.map(|day| Moment::date(day.0)),
        monthly: total.map(|minor| Figure::new(minor, &contract.terms.currency).per("a month")),
        lines: line_rows(&lines, &who, today),
        contract,
    }))
}

#[derive(Debug, Deserialize)]
pub struct Version {
    version: i64,
}

pub async fn activate(
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    Form(typed): Form<Version>,
) -> Result<Response, Fault> {
    let change = ContractChange {
        version: typed.version,
        status: Some("active".to_owned()),
        ..ContractChange::default()
    };
    let mut tx = app.db.write(who.org).await?;
    let id = contract_id(&id)?;
    let contract = match contracts::update(&app, &who, &mut tx, id, &change).await {
        Ok(contract) => contract,
        // Without lines there is one thing to do, and the step before does it.
        Err(fault @ Fault::Invalid { .. }) => {
            let flash = Flash::problem(fault.to_string());
            return Ok(see_other(&format!("/contracts/{id}/lines"), &flash));
        }
        Err(other) => return Err(other),
    };
    tx.commit().await?;
    let flash = Flash::done(format!("{} is active.", contract.terms.name));
    Ok(see_other(&format!("/contracts/{id}"), &flash))
}
