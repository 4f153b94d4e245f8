//! One line: how it came to its quantity, and the forms that change it from a day on.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    contract_id,
    detail::{Covered, LineRow, covered, line_rows, told},
    forms::{TypedChange, Wrong},
    line_id,
};
use crate::{
    app::App,
    db::{ContractLineId, Day, Tx},
    fault::Fault,
    features::{
        contracts::{
            self, Contract, Line, apply_change, coverage::WaiveInput, line::next_period_start,
            store,
        },
        home::Frame,
        subscriptions,
    },
    http::{May, Permission, Who, Window, Work},
    ui::{Event, Field, Flash, Nav, Shell, View, see_other},
};

#[derive(Template)]
#[template(path = "features/contracts/templates/line.html")]
struct LinePage {
    shell: Shell,
    contract: Contract,
    row: LineRow,
    reference: String,
    changes: Vec<Change>,
    follows: Vec<String>,
    coverage: Vec<Covered>,
    problem: Option<String>,
    may_change: bool,
    is_fixed: bool,
    may_follow: bool,
    from: Vec<Field>,
    quantity: Field,
    unit_price: Field,
    subscription: Field,
    waive_from: Field,
    waive_because: Field,
}

struct Change {
    id: Uuid,
    event: Event,
    can_be_undone: bool,
}

pub async fn line_page(
    frame: Frame,
    State(app): State<App>,
    Path((_, line)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let mut tx = app.db.read(frame.who.org).await?;
    let typed = TypedChange::default();
    page(&app, frame, &mut tx, line_id(&line)?, &typed, None).await
}

pub(super) async fn page(
    app: &App,
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    id: ContractLineId,
    typed: &TypedChange,
    fault: Option<&Fault>,
) -> Result<Response, Fault> {
    let today = Day(who.today(app));
    let line = contracts::line(tx, who.org, id).await?;
    let contract = contracts::contract(tx, who.org, line.contract_id).await?;
    let row = line_rows(std::slice::from_ref(&line), &who, today)
        .pop()
        .ok_or(Fault::NotFound("this contract line"))?;
    let window = Window::everything("starts_on");
    let coverage = store::coverage(tx, who.org, None, Some(id), &window).await?;
    let coverage = coverage.into_iter().rev().map(covered).collect();
    let wrong = Wrong::of(fault);
    let next = next_period_start(&line, today.0)?.map(|day| day.to_string());
    let typed = TypedChange {
        effective_on: match typed.effective_on.as_str() {
            "" => next.unwrap_or_default(),
            day => day.to_owned(),
        },
        ..typed.clone()
    };
    let subscription = choices(tx, &who, &contract, &line, today, &typed).await?;
    let follows_some =
        line.terms.rule.rule.source == billing::quantity::QuantitySource::Subscription;
    let page = LinePage {
        shell: shell.titled(line.item_name.clone(), Nav::Contracts),
        reference: line.terms.reference.clone(),
        changes: changes(&line, &who),
        follows: line
            .follows
            .iter()
            .map(|follow| match follow.counts_from {
                None => follow.subscription_external_id.clone(),
                Some(day) => format!("{} from {day}", follow.subscription_external_id),
            })
            .collect(),
        coverage,
        problem: fault.map(ToString::to_string),
        may_change: who.may(Permission::Work) && contract.terms.status == "active",
        is_fixed: line.is_fixed(),
        may_follow: follows_some,
        from: ["quantity", "price", "subscription", "ended"]
            .iter()
            .map(|kind| typed.on(&wrong, kind))
            .collect(),
        quantity: typed.quantity(&wrong),
        unit_price: typed.unit_price(&wrong, &line.currency),
        subscription,
        waive_from: Field::date("starts_on", "Period that starts on").required(),
        waive_because: Field::text("reason", "Because").required(),
        row,
        contract,
    };
    let status = fault.map_or(StatusCode::OK, Fault::status);
    Ok((status, View(page)).into_response())
}

/// What happened to the line, newest first.
fn changes(line: &Line, who: &Who) -> Vec<Change> {
    let changes = line.events.iter().rev().map(|event| Change {
        id: event.id,
        event: told(line, event, who),
        can_be_undone: event.undone_at.is_none(),
    });
    changes.collect()
}

async fn choices(
    tx: &mut Tx,
    who: &Who,
    contract: &Contract,
    line: &Line,
    today: Day,
    typed: &TypedChange,
) -> Result<Field, Fault> {
    let filter = subscriptions::Filter {
        client: Some(contract.terms.client_id),
        ..subscriptions::Filter::default()
    };
    let window = Window::everything("client");
    let rows = subscriptions::store::subscriptions(tx, who.org, &filter, today, &window).await?;
    let field = Field::select("subscription", "Subscription").value(&typed.subscription);
    let open = rows
        .into_iter()
        .map(|row| row.subscription)
        .filter(|row| row.contract_line.is_none() && row.status != "cancelled");
    Ok(open
        // Those of the line's own item first: they are what it is usually about.
        .map(|row| {
            let is_own = row.catalog_item_id == Some(line.terms.catalog_item_id);
            let mark = if is_own { "" } else { " (another item)" };
            let what = format!("{} × {}{mark}", row.quantity, row.product);
            (!is_own, row.external_id, what)
        })
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .fold(field, |field, (_, id, what)| field.option(id, what)))
}

pub async fn change_line(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path((id, line)): Path<(String, String)>,
    Form(typed): Form<TypedChange>,
) -> Result<Response, Fault> {
    let (id, line) = (contract_id(&id)?, line_id(&line)?);
    let mut tx = app.db.write(who.org).await?;
    match apply_change(&app, &who, &mut tx, line, &typed.change()).await {
        Ok(event) => {
            tx.commit().await?;
            let back = format!("/contracts/{id}/lines/{line}");
            let flash = Flash::done("The line was changed.");
            let undo = format!("{back}/changes/{event}/undo");
            Ok(see_other(&back, &flash.undo(undo)))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            page(&app, frame, &mut tx, line, &typed, Some(&fault)).await
        }
        Err(other) => Err(other),
    }
}

pub async fn undo(
    who: May<Work>,
    State(app): State<App>,
    Path((id, line, event)): Path<(String, String, String)>,
) -> Result<Response, Fault> {
    let event: Uuid = event.parse().map_err(|_| Fault::NotFound("this change"))?;
    let mut tx = app.db.write(who.org).await?;
    contracts::undo_change(&app, who.org, Some(who.person), &mut tx, event).await?;
    tx.commit().await?;
    let back = format!("/contracts/{}/lines/{}", contract_id(&id)?, line_id(&line)?);
    Ok(see_other(&back, &Flash::done("The change was taken back.")))
}

/// A period to give up.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Waive {
    starts_on: String,
    reason: String,
}

pub async fn waive(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path((id, line)): Path<(String, String)>,
    Form(typed): Form<Waive>,
) -> Result<Response, Fault> {
    let (id, line) = (contract_id(&id)?, line_id(&line)?);
    let input = WaiveInput {
        line: line.to_string(),
        starts_on: typed.starts_on,
        charge_kind: None,
        reason: typed.reason,
    };
    let mut tx = app.db.write(who.org).await?;
    let person = Some(who.person);
    match contracts::coverage::waive_typed(&app, who.org, person, &mut tx, &input).await {
        Ok(_) => {
            tx.commit().await?;
            let back = format!("/contracts/{id}/lines/{line}");
            Ok(see_other(&back, &Flash::done("The period was waived.")))
        }
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            let typed = TypedChange::default();
            page(&app, frame, &mut tx, line, &typed, Some(&fault)).await
        }
        Err(other) => Err(other),
    }
}
