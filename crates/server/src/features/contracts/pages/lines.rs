//! The lines of a contract: those it has, and the form that adds one.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};

use super::{
    contract_id,
    create::steps,
    detail::{LineRow, line_rows},
    forms::Wrong,
    line_id,
    typed_line::TypedLine,
};
use crate::{
    app::App,
    db::{ContractId, Day, Tx},
    fault::Fault,
    features::{
        catalog,
        contracts::{self, Contract, lines_of_contract},
        home::Frame,
        meters, subscriptions,
    },
    http::{May, Who, Window, Work},
    ui::{Field, Flash, Nav, Shell, Tabs, View, see_other},
};

#[derive(Template)]
#[template(path = "features/contracts/templates/lines.html")]
struct LinesPage {
    shell: Shell,
    steps: Option<Tabs>,
    contract: Contract,
    lines: Vec<LineRow>,
    sold: Vec<Field>,
    counted: Vec<Field>,
    timed: Vec<Field>,
    booked: Vec<Field>,
    tax_types: Vec<(String, String)>,
    accounts: Vec<(String, String)>,
    meters: Vec<(String, String)>,
    /// Live subscriptions of the client that no line follows.
    subscriptions: Vec<Choice>,
    about_subscriptions: Option<String>,
    items: Vec<(String, String)>,
    problem: Option<String>,
}

struct Choice {
    external_id: String,
    what: String,
    is_ticked: bool,
}

pub async fn lines(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(who.org).await?;
    let typed = TypedLine {
        source: "fixed".to_owned(),
        ..TypedLine::default()
    };
    page(&app, frame, &mut tx, contract_id(&id)?, &typed, None).await
}

pub async fn add(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path(id): Path<String>,
    axum_extra::extract::Form(typed): axum_extra::extract::Form<TypedLine>,
) -> Result<Response, Fault> {
    let id = contract_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    let person = Some(who.person);
    let added = contracts::add_line(&app, who.org, person, &mut tx, id, &typed.input()).await;
    match added {
        Ok(_) => {
            tx.commit().await?;
            let flash = Flash::done("The line was added.");
            Ok(see_other(&format!("/contracts/{id}/lines"), &flash))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            page(&app, frame, &mut tx, id, &typed, Some(&fault)).await
        }
        Err(other) => Err(other),
    }
}

pub async fn remove(
    who: May<Work>,
    State(app): State<App>,
    Path((id, line)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let id = contract_id(&id)?;
    let mut tx = app.db.write(who.org).await?;
    contracts::remove_draft_line(&app, &who, &mut tx, id, line_id(&line)?).await?;
    tx.commit().await?;
    let flash = Flash::done("The line was removed.");
    Ok(see_other(&format!("/contracts/{id}/lines"), &flash))
}

async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    id: ContractId,
    typed: &TypedLine,
    fault: Option<&Fault>,
) -> Result<Response, Fault> {
    let contract = contracts::contract(tx, who.org, id).await?;
    let today = Day(who.today(app));
    let lines = lines_of_contract(tx, who.org, id).await?;
    let items = catalog::store::active_items(tx, who.org).await?;
    let wrong = Wrong::of(fault);
    let title = if contract.terms.is_draft() {
        "New contract"
    } else {
        "Add a line"
    };
    let page = LinesPage {
        shell: shell.titled(title, Nav::Contracts),
        steps: contract.terms.is_draft().then(|| steps(Some(id), 2)),
        lines: line_rows(&lines, &who, today.max(contract.terms.starts_on)),
        sold: typed.sold(&wrong, &contract.terms.currency),
        counted: typed.counted(&wrong),
        timed: typed.timed(&wrong),
        booked: typed.booked(&wrong),
        tax_types: catalog::store::tax_types(tx, who.org).await?,
        accounts: catalog::store::revenue_accounts(tx, who.org).await?,
        meters: meters::choices(tx, who.org).await?,
        subscriptions: choices(tx, &who, &contract, &lines, today, typed).await?,
        about_subscriptions: TypedLine::about_subscriptions(&wrong),
        items: items
            .into_iter()
            .map(|item| (item.code, item.name))
            .collect(),
        problem: fault.map(ToString::to_string),
        contract,
    };
    let status = fault.map_or(StatusCode::OK, Fault::status);
    Ok((status, View(page)).into_response())
}

async fn choices(
    tx: &mut Tx,
    who: &Who,
    contract: &Contract,
    lines: &[contracts::Line],
    today: Day,
    typed: &TypedLine,
) -> Result<Vec<Choice>, Fault> {
    let filter = subscriptions::Filter {
        client: Some(contract.terms.client_id),
        ..subscriptions::Filter::default()
    };
    let window = Window::everything("client");
    let rows = subscriptions::store::subscriptions(tx, who.org, &filter, today, &window).await?;
    let is_followed = |external_id: &str| {
        lines
            .iter()
            .flat_map(|line| &line.follows)
            .any(|follow| follow.subscription_external_id == external_id)
    };
    Ok(rows
        .into_iter()
        .map(|row| row.subscription)
        .filter(|row| row.status != "cancelled" && row.contract_line.is_none())
        .filter(|row| !is_followed(&row.external_id))
        .map(|row| Choice {
            is_ticked: typed.subscription.contains(&row.external_id),
            what: format!("{} × {}", row.quantity, row.product),
            external_id: row.external_id,
        })
        .collect())
}
