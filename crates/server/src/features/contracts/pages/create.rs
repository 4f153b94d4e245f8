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
        contract_templates,
        contracts::{self, Contract, ContractChange, ContractInput, lines_of_contract},
        home::Frame,
        mappings,
    },
    http::{May, Who, Work},
    ui::{Field, Figure, Flash, Moment, Nav, Shell, Tabs, View, see_other},
};

#[derive(Template)]
#[template(path = "features/contracts/templates/basics.html")]
struct BasicsPage {
    shell: Shell,
    steps: Tabs,
    action: String,
    version: i64,
    /// Which template to begin from, of a contract that is not there yet.
    template: Option<Field>,
    filled_from: String,
    fields: Vec<Field>,
    clients: Vec<(String, String)>,
    notice: Option<String>,
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
    template: String,
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
        template: asked.template,
        ..Basics::default()
    };
    if typed.template.is_empty() {
        return page(frame, &mut tx, None, &typed, Said::Nothing).await;
    }
    take_over(frame, &mut tx, typed).await
}

/// The form with what the chosen template says.
async fn take_over(frame: Frame, tx: &mut Tx, mut typed: Basics) -> Result<Response, Fault> {
    let found = match typed.template.parse() {
        Ok(id) => contract_templates::store::template(tx, frame.who.org, id).await?,
        Err(_) => None,
    };
    let Some(template) = found else {
        let fault = Fault::field("template", "there is no such template; choose another");
        return page(frame, tx, None, &typed, Said::Wrong(&fault)).await;
    };
    typed.take_over(&template);
    let said = format!(
        "Filled in from {}. Look it over, then go on to its lines.",
        template.terms.name
    );
    page(frame, tx, None, &typed, Said::News(said)).await
}

pub async fn create(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Form(typed): Form<Basics>,
) -> Result<Response, Fault> {
    let mut tx = app.db.write(who.org).await?;
    if !typed.template.is_empty() && typed.template != typed.filled_from {
        return take_over(frame, &mut tx, typed).await;
    }
    match begin(&app, &who, &mut tx, &typed).await {
        Ok((contract, left_out)) => {
            tx.commit().await?;
            let mut said = if typed.template.is_empty() {
                "The draft is kept. Now its lines.".to_owned()
            } else {
                "The draft is kept, with the template's lines at today's prices.".to_owned()
            };
            if !left_out.is_empty() {
                let items = left_out.join(", ");
                said = format!("{said} Left out, as no subscription of it is free: {items}.");
            }
            Ok(see_other(
                &format!("/contracts/{}/lines", contract.id),
                &Flash::done(said),
            ))
        }
        Err(fault) => refused(frame, &mut tx, None, &typed, fault).await,
    }
}

/// The draft, and the items of its template that found no subscription to follow.
async fn begin(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    typed: &Basics,
) -> Result<(Contract, Vec<String>), Fault> {
    let typed = typed.input(Vec::new());
    let filled = contract_templates::filled(app, who, tx, &typed).await?;
    let made = contracts::create(app, who, tx, &filled.input).await?;
    let (Created::New(contract) | Created::AlreadyThere(contract)) = made;
    Ok((contract, filled.left_out))
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
        Said::Nothing,
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
pub(super) async fn draft(tx: &mut Tx, who: &Who, id: ContractId) -> Result<Contract, Fault> {
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
            page(frame, tx, id, typed, Said::Wrong(&fault)).await
        }
        other => Err(other),
    }
}

/// What the form has to say about itself.
enum Said<'f> {
    Nothing,
    News(String),
    Wrong(&'f Fault),
}

async fn page(
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    id: Option<ContractId>,
    typed: &Basics,
    said: Said<'_>,
) -> Result<Response, Fault> {
    let (notice, fault) = match said {
        Said::Nothing => (None, None),
        Said::News(news) => (Some(news), None),
        Said::Wrong(fault) => (None, Some(fault)),
    };
    let wrong = Wrong::of(fault);
    let templates = contract_templates::choices(tx, who.org).await?;
    let asks_for_one = id.is_none() && !templates.is_empty();
    let clients = mappings::store::known_clients(tx, who.org).await?;
    let page = BasicsPage {
        shell: shell.titled("New contract", Nav::Contracts),
        steps: steps(id, 1),
        action: match id {
            None => "/contracts/create".to_owned(),
            Some(id) => format!("/contracts/{id}/basics"),
        },
        version: typed.version,
        template: asks_for_one.then(|| typed.template_field(&wrong, &templates)),
        filled_from: typed.filled_from.clone(),
        fields: typed.fields(&wrong, id.is_none()),
        notice,
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
