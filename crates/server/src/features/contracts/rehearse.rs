//! What a change of a line would come to, before it is made: the change itself, in a transaction
//! that its caller never commits, so that what is shown is what would happen.

use billing::{
    Money, Policy,
    charge::{Charge, History, Run, charges},
    coverage::{ChargeKind, Key},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Contract, Line, LineChange, Word, apply_change, contract,
    coverage::Coverage,
    history_of, line, lines_of_contract,
    measure::quantity_on,
    preview::{self, Coming},
    store,
};
use crate::{
    app::App,
    db::{ContractLineId, Day, Exact, Tx},
    fault::Fault,
    features::reconciliation,
    http::{Who, Window},
    input,
    ui::format,
};

/// A change of a line before it is made.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = LineChangePreview)]
pub struct Rehearsal {
    pub line: ContractLineId,
    pub description: String,
    pub currency: String,
    pub effective_on: Day,
    pub before: Stand,
    pub after: Stand,
    /// The next invoice that is another with the change, or else the next; without tax.
    pub invoice_starts_on: Option<Day>,
    pub invoice_ends_on: Option<Day>,
    pub invoice_before_minor: Option<i64>,
    pub invoice_after_minor: Option<i64>,
    /// What it does to periods that were invoiced and to changes that were made before, in
    /// sentences.
    pub notes: Vec<String>,
}

/// Where a line stands on the day of the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = LineStand)]
pub struct Stand {
    /// Null before its source was first read.
    pub quantity: Option<Exact>,
    pub unit_price: Exact,
    pub monthly_minor: Option<i64>,
    pub ends_on: Option<Day>,
}

/// One line before or after.
struct Side {
    line: Line,
    history: History,
}

impl Side {
    async fn of(who: &Who, tx: &mut Tx, id: ContractLineId, until: Day) -> Result<Self, Fault> {
        let line = line(tx, who.org, id).await?;
        let history = history_of(tx, who.org, &line, until.0).await?;
        Ok(Self { line, history })
    }

    fn stand(&self, day: Day) -> Result<Stand, Fault> {
        let quantity = quantity_on(&self.line, &self.history, day)?;
        let monthly = match quantity {
            Some(quantity) => Some(self.line.monthly_value(quantity, day)?.minor),
            None => None,
        };
        Ok(Stand {
            quantity: quantity.map(|quantity| Exact::from_micros(quantity.0)),
            unit_price: Exact::from_micros(self.line.price_on(day).0),
            monthly_minor: monthly,
            ends_on: self.line.terms.ends_on,
        })
    }

    /// What the line is charged, or nothing where it cannot be worked out.
    fn charges(&self, policy: &Policy, run: &Run<'_>) -> Result<Option<Vec<Charge>>, Fault> {
        let terms = self.line.billing_terms()?;
        Ok(charges(&terms, &self.history, policy, run).ok())
    }
}

/// The change with what it comes to. The caller gives a transaction for writing and drops it.
///
/// # Errors
/// Those of the change itself.
pub async fn rehearse_change(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractLineId,
    change: &LineChange,
) -> Result<Rehearsal, Fault> {
    let today = Day(who.today(app));
    let day = input::day(&change.effective_on)
        .map_err(|message| Fault::field("effective_on", message))?;
    let until = today.max(day);
    let before = Side::of(who, tx, id, until).await?;
    let agreed = contract(tx, who.org, before.line.contract_id).await?;
    let everything = Window::everything("starts_on");
    let coverage = store::coverage(tx, who.org, None, Some(id), &everything).await?;
    let policy = reconciliation::policy(tx, who.org).await?;
    let coming = coming(who, tx, &agreed, today).await?;
    apply_change(app, who, tx, id, change).await?;
    let mut after = Side::of(who, tx, id, until).await?;
    // What was known before has been invoiced, or stands in the invoice without the change.
    for event in &mut after.history.events {
        event.is_billed = before.history.events.contains(event);
    }
    let mut next = None;
    for invoice in coming
        .iter()
        .filter(|coming| !is_invoiced(&coverage, coming))
    {
        let Some(more) = difference(&before, &after, &policy, &coverage, invoice, day)? else {
            continue;
        };
        if next.is_none() || !more.total.is_zero() {
            next = Some((invoice, more));
        }
        if !more.total.is_zero() {
            break;
        }
    }
    let caught_up = next.as_ref().map_or(0, |(_, more)| more.caught_up.minor);
    let totals = next.as_ref().map(|(invoice, more)| {
        let without = invoice.total.map(|total| total.minor);
        (without, without.map(|without| without + more.total.minor))
    });
    let window = next.map(|(invoice, _)| invoice.window);
    Ok(Rehearsal {
        line: id,
        description: before.line.terms.description.clone(),
        currency: before.line.currency.clone(),
        effective_on: day,
        before: before.stand(day)?,
        after: after.stand(day)?,
        invoice_starts_on: window.map(|window| Day(window.start())),
        invoice_ends_on: window.map(|window| Day(window.end())),
        invoice_before_minor: totals.and_then(|(without, _)| without),
        invoice_after_minor: totals.and_then(|(_, with)| with),
        notes: notes(&before.line, change, day, &coverage, caught_up),
    })
}

const INVOICES: usize = 12;

async fn coming(
    who: &Who,
    tx: &mut Tx,
    contract: &Contract,
    today: Day,
) -> Result<Vec<Coming>, Fault> {
    let lines = lines_of_contract(tx, who.org, contract.id).await?;
    preview::coming(tx, who.org, contract, &lines, today.0, INVOICES).await
}

fn on_a_document(row: &Coverage) -> bool {
    matches!(row.state.as_str(), "drafted" | "posted")
        && matches!(row.charge_kind.as_str(), "recurring" | "usage")
}

fn is_invoiced(coverage: &[Coverage], coming: &Coming) -> bool {
    let documents = coverage.iter().filter(|row| on_a_document(row));
    let mut starts = documents.map(|row| row.starts_on.0);
    starts.any(|start| coming.window.contains(start))
}

/// How an invoice differs with the change.
#[derive(Clone, Copy)]
struct More {
    total: Money,
    /// Of it, for days that were invoiced before.
    caught_up: Money,
}

fn difference(
    before: &Side,
    after: &Side,
    policy: &Policy,
    coverage: &[Coverage],
    invoice: &Coming,
    day: Day,
) -> Result<Option<More>, Fault> {
    let documents = coverage.iter().filter(|row| on_a_document(row));
    let covered: Result<Vec<Key>, Fault> = documents
        .map(|row| {
            let kind = Word::try_from(row.charge_kind.clone()).map_err(Fault::internal)?;
            Ok(Key {
                period_start: row.starts_on.0,
                kind: kind.0,
            })
        })
        .collect();
    let covered = covered?;
    let alone = Run::alone(invoice.window);
    let run = Run {
        catch_up_from: alone.catch_up_from.min(day.0),
        covered: &covered,
        ..alone
    };
    let (Some(was), Some(is)) = (
        before.charges(policy, &alone)?,
        after.charges(policy, &run)?,
    ) else {
        return Ok(None);
    };
    let currency = before.line.currency()?;
    let sum = |charges: &[Charge], of: fn(ChargeKind) -> bool| {
        let nets = charges.iter().filter(|charge| of(charge.kind()));
        Money::sum(currency, nets.map(|charge| charge.net)).map_err(Fault::internal)
    };
    let caught_up = sum(&is, is_late)?;
    let own = sum(&is, |kind| !is_late(kind))?
        .checked_sub(sum(&was, |kind| !is_late(kind))?)
        .map_err(Fault::internal)?;
    let total = own.checked_add(caught_up).map_err(Fault::internal)?;
    Ok(Some(More { total, caught_up }))
}

fn is_late(kind: ChargeKind) -> bool {
    matches!(
        kind,
        ChargeKind::CatchUp | ChargeKind::PriceStep | ChargeKind::Correction
    )
}

/// What the change does to what was invoiced, and what other changes do to it.
fn notes(
    line: &Line,
    change: &LineChange,
    day: Day,
    coverage: &[Coverage],
    caught_up: i64,
) -> Vec<String> {
    let mut notes = Vec::new();
    let invoiced: Vec<String> = coverage
        .iter()
        .filter(|row| on_a_document(row))
        .filter(|row| row.ends_on > day)
        .map(|row| format::period(row.starts_on.0, row.ends_on.0))
        .collect();
    if !invoiced.is_empty() {
        let periods = match invoiced.as_slice() {
            [first, .., last] if invoiced.len() > 2 => format!("{first} to {last}"),
            few => few.join(" and "),
        };
        let amount = format::money(caught_up.saturating_abs(), &line.currency);
        let then = if change.ended {
            "nothing of it is given back by itself; make a credit note for the days after the end"
                .to_owned()
        } else if change.unit_price.is_some() && caught_up == 0 {
            "the old price stays there, and the new one counts from the next period".to_owned()
        } else {
            match caught_up {
                1.. => format!("the next invoice has a catch-up of {amount}"),
                0 => "by your policy nothing changes there, and the change counts from the next period"
                    .to_owned(),
                _ => format!("the next invoice gives {amount} back"),
            }
        };
        let are = if invoiced.len() == 1 { "is" } else { "are" };
        notes.push(format!("{periods} {are} invoiced or on a draft: {then}."));
    }
    let kind = if change.unit_price.is_some() {
        "price"
    } else {
        "quantity"
    };
    let later = line
        .live_events()
        .find(|event| event.kind == kind && event.effective_on > day);
    if let Some(later) = later.filter(|_| !change.ended && change.subscription.is_none()) {
        let to = later.after_value.map(|after| after.to_string());
        notes.push(format!(
            "From {} on, the change to {} that was made before takes over.",
            format::date(later.effective_on.0),
            to.unwrap_or_default()
        ));
    }
    notes
}
