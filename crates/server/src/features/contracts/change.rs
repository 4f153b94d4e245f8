//! What happens to an active contract's lines: from a day on a quantity, a price or a source is
//! another. Each is an event; the line's own text stays as it was agreed. Undo marks the event
//! and never removes it.

use billing::Micro;
use uuid::Uuid;

use super::{
    line::{Line, LineEvent},
    lines::line,
    measure_contract, store,
};
use crate::{
    app::App,
    db::{At, ContractId, ContractLineId, Day, Exact, FindingId, OrgId, PersonId, Tx},
    fault::Fault,
    features::audit::{self, Act},
};

/// How a finding led to a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    pub finding: FindingId,
    /// next_period | from_now | bill_back | waive_past
    pub when: &'static str,
}

/// `applied_as` of a price that rose on the contract's anniversary or with its renewal.
pub const UPLIFT: &str = "uplift";

/// How a change came about, as its event keeps it.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    applied_as: Option<&'static str>,
    finding: Option<FindingId>,
}

impl From<Option<Applied>> for Mark {
    fn from(applied: Option<Applied>) -> Self {
        Self {
            applied_as: applied.map(|applied| applied.when),
            finding: applied.map(|applied| applied.finding),
        }
    }
}

/// A quantity from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewQuantity {
    pub effective_on: Day,
    pub quantity: Micro,
}

/// A unit price from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewPrice {
    pub effective_on: Day,
    pub unit_price: Micro,
}

/// One more subscription that a line follows from a day on, by the vendor's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSource<'a> {
    pub effective_on: Day,
    pub subscription: &'a str,
}

/// Sets a fixed line's quantity from a day on; the event's id, by which it can be undone.
///
/// # Errors
/// 409 for a line that follows subscriptions or a meter (its quantity is not said but found), a
/// draft or a line that is over; 422 for a day outside the line.
pub async fn change_quantity(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    id: ContractLineId,
    new: NewQuantity,
    applied: Option<Applied>,
) -> Result<Uuid, Fault> {
    let line = changeable(tx, org, id, new.effective_on).await?;
    if new.quantity.is_negative() {
        return Err(Fault::field("quantity", "this cannot be negative"));
    }
    let Some(before) = line.fixed_quantity_on(new.effective_on) else {
        return Err(Fault::conflict(
            "not_fixed",
            "this line takes its quantity from subscriptions or a meter; change what it follows",
        ));
    };
    let event = Event {
        kind: "quantity",
        effective_on: new.effective_on,
        before: Some(before),
        after: Some(new.quantity),
        subscription: None,
    };
    write(app, org, person, tx, &line, event, applied.into()).await
}

/// Sets a line's unit price from a day on.
pub async fn change_price(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    id: ContractLineId,
    new: NewPrice,
    applied: Option<Applied>,
) -> Result<Uuid, Fault> {
    set_price(app, org, person, tx, id, new, applied.into()).await
}

/// The same for a rise that was agreed ahead.
pub async fn uplift_price(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    id: ContractLineId,
    new: NewPrice,
) -> Result<Uuid, Fault> {
    let mark = Mark {
        applied_as: Some(UPLIFT),
        finding: None,
    };
    set_price(app, org, person, tx, id, new, mark).await
}

async fn set_price(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    id: ContractLineId,
    new: NewPrice,
    mark: Mark,
) -> Result<Uuid, Fault> {
    let NewPrice {
        effective_on,
        unit_price,
    } = new;
    let line = changeable(tx, org, id, effective_on).await?;
    if unit_price.is_negative() {
        return Err(Fault::field("unit_price", "this cannot be negative"));
    }
    let event = Event {
        kind: "price",
        effective_on,
        before: Some(line.price_on(effective_on)),
        after: Some(unit_price),
        subscription: None,
    };
    let id = write(app, org, person, tx, &line, event, mark).await?;
    store::set_priced_on(tx, org, line.id, effective_on).await?;
    Ok(id)
}

/// Lets a line follow one more subscription from a day on.
///
/// # Errors
/// 409 where another line follows it already, or where the line does not follow subscriptions.
pub async fn follow_subscription(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    id: ContractLineId,
    new: NewSource<'_>,
    applied: Option<Applied>,
) -> Result<Uuid, Fault> {
    let NewSource {
        effective_on,
        subscription,
    } = new;
    let line = changeable(tx, org, id, effective_on).await?;
    if line.terms.rule.rule.source != billing::quantity::QuantitySource::Subscription {
        return Err(Fault::conflict(
            "not_following",
            "this line does not take its quantity from subscriptions",
        ));
    }
    if let Some((_, _, reference)) = store::follower(tx, org, subscription, effective_on).await? {
        return Err(Fault::conflict(
            "already_followed",
            format!("this subscription already feeds line {reference}"),
        ));
    }
    store::follow(tx, org, line.id, subscription, Some(effective_on)).await?;
    let event = Event {
        kind: "subscription",
        effective_on,
        before: None,
        after: None,
        subscription: Some(subscription),
    };
    write(app, org, person, tx, &line, event, applied.into()).await
}

/// Ends a line: nothing is owed from the day on.
pub async fn end_line(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    line: &Line,
    ends_on: Day,
) -> Result<Uuid, Fault> {
    if ends_on <= line.terms.starts_on {
        return Err(Fault::field("effective_on", "a line ends after it starts"));
    }
    store::set_line_end(tx, org, line.id, Some(ends_on)).await?;
    let event = Event {
        kind: "ended",
        effective_on: ends_on,
        before: None,
        after: None,
        subscription: None,
    };
    write(app, org, person, tx, line, event, Mark::default()).await
}

/// Refuses a second change of a kind on one day: which of the two was meant is for a person to
/// say.
pub fn refuse_overlap(line: &Line, kind: &str, effective_on: Day) -> Result<(), Fault> {
    let same = line
        .live_events()
        .find(|event| event.kind == kind && event.effective_on == effective_on);
    let Some(same) = same else { return Ok(()) };
    let what = if kind == "price" { "price" } else { "quantity" };
    let to = same.after_value.map(|after| after.to_string());
    Err(Fault::conflict(
        "overlaps",
        format!(
            "the {what} of {} already changes to {} on {effective_on}; take that change back \
             first, or choose another day",
            line.terms.description,
            to.unwrap_or_default(),
        ),
    ))
}

/// A line of an active contract on a day it runs.
async fn changeable(
    tx: &mut Tx,
    org: OrgId,
    id: ContractLineId,
    effective_on: Day,
) -> Result<Line, Fault> {
    let line = line(tx, org, id).await?;
    if line.contract_status == "draft" {
        return Err(Fault::conflict(
            "still_a_draft",
            "this contract is a draft; change the draft itself",
        ));
    }
    if effective_on < line.terms.starts_on {
        return Err(Fault::field(
            "effective_on",
            format!(
                "this line starts on {}; nothing can change earlier",
                line.terms.starts_on
            ),
        ));
    }
    if line.terms.ends_on.is_some_and(|end| end <= effective_on) {
        return Err(Fault::field("effective_on", "this line has ended by then"));
    }
    Ok(line)
}

struct Event<'a> {
    kind: &'static str,
    effective_on: Day,
    before: Option<Micro>,
    after: Option<Micro>,
    subscription: Option<&'a str>,
}

async fn write(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    line: &Line,
    event: Event<'_>,
    mark: Mark,
) -> Result<Uuid, Fault> {
    let exact = |number: Micro| Exact::from_micros(number.0);
    let row = LineEvent {
        id: app.new_id(),
        line_id: line.id,
        effective_on: event.effective_on,
        kind: event.kind.to_owned(),
        before_value: event.before.map(exact),
        after_value: event.after.map(exact),
        subscription_external_id: event.subscription.map(str::to_owned),
        applied_as: mark.applied_as.map(str::to_owned),
        finding_id: mark.finding,
        person_id: person,
        recorded_at: At(app.now().0),
        undone_at: None,
    };
    store::insert_event(tx, org, &row).await?;
    measure_now(app, tx, org, line.contract_id).await?;
    record(app, org, person, tx, "contract_line.changed", line.id, &row).await?;
    Ok(row.id)
}

/// Measures a contract's lines today, in the organization's zone.
pub(super) async fn measure_now(
    app: &App,
    tx: &mut Tx,
    org: OrgId,
    contract: ContractId,
) -> Result<(), Fault> {
    let zone = store::time_zone(tx, org).await?;
    let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
    let today = Day(app.now().0.with_timezone(&zone).date_naive());
    measure_contract(tx, org, contract, today).await
}

pub(super) async fn record(
    app: &App,
    org: OrgId,
    person: Option<PersonId>,
    tx: &mut Tx,
    action: &str,
    line: ContractLineId,
    detail: &impl serde::Serialize,
) -> Result<(), Fault> {
    let act = Act {
        org,
        person,
        action,
        subject_kind: "contract_line",
        subject: Some(line.0),
    };
    audit::record(app, tx, act, detail).await
}
