//! Applying a finding: the contract is changed from the next period on, and what is owed or given
//! back for periods already invoiced waits as one-offs for the client's next draft.
//!
//! The contract's own change always starts where invoicing has not been yet, so that its
//! catch-up never bills again what a one-off already does.

use billing::{
    Micro,
    finding::{ApplyAmount, ApplyWhen, Finding, Kind, Shortfall, apply_amounts},
    money::Money,
};
use chrono::NaiveDate;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{
    FindingView, State,
    act::{current, tell},
    bill, change,
    place::{Place, place_of},
    store::{self, NewState},
};
use crate::{
    app::App,
    db::{FindingId, Tx},
    fault::Fault,
    features::reconciliation,
    http::Who,
};

/// One choice of when a correction starts to count.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OptionView {
    /// `next_period`, `from_now`, `bill_back` or `waive_past`.
    pub when: &'static str,
    /// What joins the next draft because of it; negative where money is given back.
    pub now_minor: i64,
    pub currency: String,
    /// What changes in the contract, as a sentence.
    pub change: String,
    /// The same as before and after; none where the contract stays as it is.
    pub compared: Option<Compared>,
    #[serde(skip)]
    amount: Option<ApplyAmount>,
}

/// One thing of the contract that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Compared {
    pub what: String,
    /// None where it is new.
    pub before: Option<String>,
    pub after: String,
}

pub fn when(word: &str) -> Result<ApplyWhen, Fault> {
    ApplyWhen::parse(word).ok_or_else(|| {
        Fault::field(
            "when",
            "choose next_period, from_now, bill_back or waive_past",
        )
    })
}

/// The choices a finding offers, with their amounts; none where BillingOne cannot settle it.
pub async fn options(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    view: &FindingView,
) -> Result<Vec<OptionView>, Fault> {
    if !view.can_be_applied() {
        return Ok(Vec::new());
    }
    match place_of(tx, who, view, who.today(app)).await {
        Ok(place) => choices(tx, who, view, &place).await,
        // Said when applying, where the person can do something about it.
        Err(Fault::Conflict { .. }) => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

async fn choices(
    tx: &mut Tx,
    who: &Who,
    view: &FindingView,
    place: &Place,
) -> Result<Vec<OptionView>, Fault> {
    let finding = &view.evidence.finding;
    let change = change::proposed(view, place)?;
    let sentence = change.sentence(place);
    let compared = change.compared(place);
    let choice = |when: ApplyWhen, now: Money, amount| OptionView {
        when: when.as_str(),
        now_minor: now.minor,
        currency: now.currency.code().to_owned(),
        change: sentence.clone(),
        compared: compared.clone(),
        amount,
    };
    let none = Money::zero(place.currency);
    match finding.kind() {
        Kind::BelowCost | Kind::CostRise => Ok(vec![choice(ApplyWhen::NextPeriod, none, None)]),
        Kind::UnbilledCharge => {
            let owed = finding.one_off.unwrap_or(none);
            Ok(vec![
                choice(ApplyWhen::BillBack, owed, None),
                choice(ApplyWhen::WaivePast, none, None),
            ])
        }
        _ => {
            let policy = reconciliation::policy(tx, who.org).await?;
            let shortfall = shortfall(finding, place);
            let amounts = apply_amounts(&shortfall, &policy).map_err(Fault::internal)?;
            let choices = amounts.into_iter().map(|amount| {
                let (when, now) = (amount.when, amount.now);
                choice(when, now, Some(amount))
            });
            Ok(choices.collect())
        }
    }
}

fn shortfall(finding: &Finding, place: &Place) -> Shortfall {
    let too_many = finding.kind() == Kind::OverBilled;
    let quantity = if too_many {
        Micro(finding.quantity.0.saturating_neg())
    } else {
        finding.quantity
    };
    Shortfall {
        quantity,
        unit_price: place.unit_price,
        price_per: place.price_per,
        currency: place.currency,
        schedule: place.schedule.clone(),
        since: evidenced(finding, place),
        bill_from: place.bill_from,
        invoiced_until: place.invoiced_until,
        today: place.today,
    }
}

/// The day to bill back from. What is wrong with an invoice is wrong from its period's start.
fn evidenced(finding: &Finding, place: &Place) -> NaiveDate {
    let period_start = place
        .schedule
        .tile_at(place.today)
        .map_or(place.today, |tile| tile.service.start());
    match finding.kind() {
        Kind::InvoiceShort | Kind::OverBilled => period_start,
        _ => finding.since.unwrap_or(place.today),
    }
}

/// Makes the change, as of the finding's `version`.
pub async fn apply(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: FindingId,
    version: i64,
    when: ApplyWhen,
) -> Result<(), Fault> {
    let view = current(tx, who, id, version).await?;
    if !view.can_be_applied() {
        return Err(Fault::conflict(
            "not_applicable",
            "this finding cannot be applied as it stands; it may be settled already",
        ));
    }
    let place = place_of(tx, who, &view, who.today(app)).await?;
    let choices = choices(tx, who, &view, &place).await?;
    let chosen = choices
        .into_iter()
        .find(|choice| choice.when == when.as_str());
    let chosen = chosen.ok_or_else(|| {
        Fault::field(
            "when",
            "this moment is not offered for this kind of finding",
        )
    })?;
    let change = change::proposed(&view, &place)?;
    change::make(app, who, tx, &view, &place, &change, when).await?;
    put_forward(app, who, tx, &view, &place, &chosen).await?;
    let applied = NewState {
        state: State::Applied.as_str(),
        accepted_impact_minor: Some(view.impact_minor),
        ..NewState::open()
    };
    store::set_state(tx, who.org, id, &applied).await?;
    let detail = json!({
        "when": chosen.when, "now_minor": chosen.now_minor, "currency": chosen.currency,
        "change": chosen.change,
    });
    crate::failpoint::reach("apply.before_commit");
    tell(app, who, tx, id, State::Applied.as_str(), &detail).await
}

/// Puts what is owed now in front of the next draft, and records what is given up.
async fn put_forward(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    view: &FindingView,
    place: &Place,
    chosen: &OptionView,
) -> Result<(), Fault> {
    if view.kind == Kind::UnbilledCharge.as_str() && chosen.now_minor != 0 {
        return bill::charge(app, who, tx, view, place, chosen.now_minor).await;
    }
    let Some(amount) = &chosen.amount else {
        return Ok(());
    };
    for part in &amount.parts {
        bill::part(app, who, tx, view, place, part).await?;
    }
    for period in &amount.waived {
        change::waive(app, who, tx, view, place, *period).await?;
    }
    Ok(())
}

/// Takes an applied change back, unless part of it is on a draft already.
pub(super) async fn take_back(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    view: &FindingView,
) -> Result<(), Fault> {
    if store::drafted_one_offs(tx, who.org, view.id).await? > 0 {
        return Err(Fault::conflict(
            "already_drafted",
            "a draft already contains this; reject that draft first",
        ));
    }
    store::withdraw_one_offs(tx, who.org, view.id).await?;
    store::unwaive(tx, who.org, view.id).await?;
    change::undo(app, who, tx, view.id).await
}
