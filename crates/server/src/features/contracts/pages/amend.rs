//! A change of a line before it is made: before and after, and the button that makes it.

use askama::Template;
use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};

use super::{contract_id, forms::TypedChange, line, line_id};
use crate::{
    app::App,
    fault::Fault,
    features::{
        contracts::{self, Contract, Rehearsal, rehearse_change},
        home::Frame,
    },
    http::{May, Permission, Who, Work},
    ui::{Compare, Nav, Shell, View, format},
};

#[derive(Template)]
#[template(path = "features/contracts/templates/amend.html")]
struct AmendPage {
    shell: Shell,
    contract: Contract,
    back: String,
    description: String,
    from: String,
    compare: Compare,
    notes: Vec<String>,
    typed: TypedChange,
    is_end: bool,
}

/// Shows what the change would come to. Nothing is kept.
pub async fn preview(
    frame: Frame,
    who: May<Work>,
    State(app): State<App>,
    Path((id, line_of)): Path<(String, String)>,
    Form(typed): Form<TypedChange>,
) -> Result<Response, Fault> {
    let (id, line_id) = (contract_id(&id)?, line_id(&line_of)?);
    let mut tx = app.db.write(who.org).await?;
    let rehearsed = rehearse_change(&app, &who, &mut tx, line_id, &typed.change()).await;
    tx.rollback().await?;
    let mut tx = app.db.read(who.org).await?;
    let rehearsal = match rehearsed {
        Ok(rehearsal) => rehearsal,
        Err(fault @ (Fault::Invalid { .. } | Fault::Conflict { .. })) => {
            return line::page(&app, frame, &mut tx, line_id, &typed, Some(&fault)).await;
        }
        Err(other) => return Err(other),
    };
    let contract = contracts::contract(&mut tx, who.org, id).await?;
    let page = AmendPage {
        shell: frame
            .shell
            .titled(rehearsal.description.clone(), Nav::Contracts),
        back: format!("/contracts/{id}/lines/{line_id}"),
        from: format::date(rehearsal.effective_on.0),
        compare: compare(&rehearsal, &frame.who),
        is_end: typed.kind == "ended",
        description: rehearsal.description,
        notes: rehearsal.notes,
        typed,
        contract,
    };
    Ok(View(page).into_response())
}

fn compare(rehearsal: &Rehearsal, who: &Who) -> Compare {
    let Rehearsal {
        before,
        after,
        currency,
        ..
    } = rehearsal;
    let quantity = |exact: Option<crate::db::Exact>| {
        Some(exact.map_or("not counted yet".to_owned(), |exact| exact.to_string()))
    };
    let price = |exact: crate::db::Exact| {
        Some(format::unit_price(exact.to_micros().unwrap_or(0), currency))
    };
    let ends = |day: Option<crate::db::Day>| {
        Some(day.map_or("goes on".to_owned(), |day| format::date(day.0)))
    };
    let money = |minor: Option<i64>| {
        Some(minor.map_or("not known yet".to_owned(), |minor| {
            format::money(minor, currency)
        }))
    };
    let mut compare = Compare::new("Now", "With the change")
        .row(
            "Quantity",
            quantity(before.quantity),
            quantity(after.quantity),
        )
        .row(
            "Unit price",
            price(before.unit_price),
            price(after.unit_price),
        )
        .row("Ends before", ends(before.ends_on), ends(after.ends_on));
    if who.may(Permission::ReadCost) {
        compare = compare.row(
            "A month",
            money(before.monthly_minor),
            money(after.monthly_minor),
        );
    }
    if let (Some(start), Some(end)) = (rehearsal.invoice_starts_on, rehearsal.invoice_ends_on) {
        compare = compare.row(
            format!("Invoice of {}, before tax", format::period(start.0, end.0)),
            money(rehearsal.invoice_before_minor),
            money(rehearsal.invoice_after_minor),
        );
    }
    compare
}
