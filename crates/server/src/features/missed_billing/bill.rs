//! What a finding puts on the client's next draft, each with its reason.

use billing::{
    Micro, Money,
    charge::PricePer,
    explanation::{SourceKind, SourceRow},
    finding::{ApplyPart, billed_back, passed_on},
};
use serde_json::json;

use super::{FindingView, change::plain, evidence::written, place::Place, store};
use crate::{
    app::App,
    db::{OneOffId, Tx},
    fault::Fault,
    features::reconciliation::{self, id_of},
    http::Who,
};

/// One period's part of what is owed or given back joins the next draft.
pub async fn part(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    view: &FindingView,
    place: &Place,
    owed: &ApplyPart,
) -> Result<(), Fault> {
    let given_back = owed.amount.minor < 0;
    let quantity = view.evidence.finding.quantity;
    let description = format!(
        "{}: {} {} {}, {}",
        place.item.1,
        plain(quantity),
        if given_back { "too many" } else { "more" },
        if place.price_per == PricePer::Term {
            "for part of the term"
        } else {
            "of the month"
        },
        written(owed.period)
    );
    let signed = if given_back {
        Micro(quantity.0.saturating_neg())
    } else {
        quantity
    };
    let policy = reconciliation::policy(tx, who.org).await?;
    let rows = [found(view, signed)];
    let why = billed_back(signed, place.unit_price, owed, &policy, &rows);
    let explanation = json!({
        "rule": "bill_back", "finding": view.id, "part": owed, "quantity": quantity,
        "unit_price": place.unit_price, "explanation": why.map_err(Fault::internal)?,
    });
    let one_off = store::NewOneOff {
        id: app.new_id::<OneOffId>(),
        finding: view.id,
        client: view.client_id.ok_or(Fault::NotFound("this client"))?,
        line: place.line.as_ref().map(|line| line.id),
        description,
        item_code: None,
        net: owed.amount,
        tax_type: place.tax_type.clone(),
        account_code: place.account_code.clone(),
        starts_on: Some(owed.period.start()),
        ends_on: Some(owed.period.end()),
        explanation: explanation.to_string(),
        now: app.now(),
    };
    Ok(store::insert_one_off(tx, who.org, &one_off).await?)
}

/// The finding as the source of a line.
fn found(view: &FindingView, value: Micro) -> SourceRow {
    SourceRow {
        kind: SourceKind::Finding,
        id: id_of(view.id.0),
        value,
        on: None,
        seen_at: None,
    }
}

/// A distributor's charge is passed on as it stands on the bill.
pub async fn charge(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    view: &FindingView,
    place: &Place,
    net_minor: i64,
) -> Result<(), Fault> {
    let net = Money {
        minor: net_minor,
        currency: place.currency,
    };
    let policy = reconciliation::policy(tx, who.org).await?;
    let why = passed_on(net, &policy, &[found(view, view.evidence.finding.quantity)]);
    let explanation = json!({
        "rule": "passed_on", "finding": view.id, "net_minor": net_minor,
        "explanation": why.map_err(Fault::internal)?,
    });
    let period = match &view.evidence.finding.told {
        billing::finding::Told::UnbilledCharge { period, .. } => Some(*period),
        _ => None,
    };
    let one_off = store::NewOneOff {
        id: app.new_id::<OneOffId>(),
        finding: view.id,
        client: view.client_id.ok_or(Fault::NotFound("this client"))?,
        line: None,
        description: match period {
            Some(period) => format!("{}, {}", place.item.1, written(period)),
            None => place.item.1.clone(),
        },
        item_code: None,
        net,
        tax_type: place.tax_type.clone(),
        account_code: place.account_code.clone(),
        starts_on: period.map(billing::Period::start),
        ends_on: period.map(billing::Period::end),
        explanation: explanation.to_string(),
        now: app.now(),
    };
    Ok(store::insert_one_off(tx, who.org, &one_off).await?)
}
