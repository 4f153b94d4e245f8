//! The change of the contract that settles a finding, and the one-offs that go with it.

use billing::{
    Micro,
    finding::{ApplyWhen, Evidence, Kind},
};

use super::{FindingView, apply::Compared, place::Place, store};
use crate::{
    app::App,
    db::{Day, FindingId, Tx},
    fault::Fault,
    features::contracts::{
        self, Applied, LineInput, NewPrice, NewQuantity, NewSource, QuantityInput,
    },
    http::Who,
};

/// What would be different in the contract from the next period on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Quantity {
        from: Micro,
        to: Micro,
    },
    Follow {
        subscriptions: Vec<String>,
    },
    NewLine {
        quantity: Micro,
    },
    Price {
        from: Micro,
        to: Micro,
    },
    /// The contract is right; only an invoice was not.
    None,
}

impl Change {
    pub fn sentence(&self, place: &Place) -> String {
        let (_, item) = &place.item;
        let contract = &place.contract_reference;
        match self {
            Self::Quantity { from, to } => {
                format!(
                    "{item} in {contract}: {} becomes {}.",
                    plain(*from),
                    plain(*to)
                )
            }
            Self::Follow { subscriptions } => format!(
                "{item} in {contract} also follows {} more subscription(s).",
                subscriptions.len()
            ),
            Self::NewLine { quantity } => format!(
                "{contract} gets a line: {} of {item} at {}.",
                plain(*quantity),
                plain(place.unit_price)
            ),
            Self::Price { from, to } => format!(
                "{item} in {contract}: the price {} becomes {}.",
                plain(*from),
                plain(*to)
            ),
            Self::None => "The contract stays as it is.".to_owned(),
        }
    }
}

impl Change {
    pub fn compared(&self, place: &Place) -> Option<Compared> {
        let (_, item) = &place.item;
        let (what, before, after) = match self {
            Self::Quantity { from, to } => (
                format!("Quantity of {item}"),
                Some(plain(*from)),
                plain(*to),
            ),
            Self::Follow { subscriptions } => {
                let now = place.line.as_ref().map_or(0, |line| line.follows.len());
                (
                    format!("Subscriptions that {item} follows"),
                    Some(now.to_string()),
                    (now + subscriptions.len()).to_string(),
                )
            }
            Self::NewLine { quantity } => (
                item.clone(),
                None,
                format!("{} at {}", plain(*quantity), plain(place.unit_price)),
            ),
            Self::Price { from, to } => {
                (format!("Price of {item}"), Some(plain(*from)), plain(*to))
            }
            Self::None => return None,
        };
        Some(Compared {
            what,
            before,
            after,
        })
    }
}

pub(super) fn plain(micro: Micro) -> String {
    micro.decimal().normalize().to_string()
}

/// The change that would settle the finding.
pub fn proposed(view: &FindingView, place: &Place) -> Result<Change, Fault> {
    let finding = &view.evidence.finding;
    Ok(match (finding.kind(), &place.line) {
        (Kind::QuantityGap | Kind::UnbilledDevice, Some(line)) if line.is_fixed() => {
            let from = line
                .fixed_quantity_on(Day(place.invoiced_until))
                .unwrap_or(Micro::ZERO);
            Change::Quantity {
                from,
                to: from.plus(finding.quantity),
            }
        }
        (Kind::QuantityGap, Some(line)) => {
            let follows = |id: &String| {
                line.follows
                    .iter()
                    .any(|followed| followed.subscription_external_id == *id)
            };
            let subscriptions = subscriptions(view)
                .into_iter()
                .filter(|id| !follows(id))
                .collect();
            Change::Follow { subscriptions }
        }
        (Kind::UnbilledProduct | Kind::UnbilledDevice, None) => Change::NewLine {
            quantity: finding.quantity,
        },
        (Kind::BelowCost | Kind::CostRise, Some(line)) => {
            let from = line.price_on(Day(place.invoiced_until));
            Change::Price {
                from,
                to: restored_price(view, from)?,
            }
        }
        _ => Change::None,
    })
}

fn subscriptions(view: &FindingView) -> Vec<String> {
    let places = view
        .evidence
        .rows
        .iter()
        .filter_map(|row| match (&row.seen, &row.place) {
            (
                Evidence::Subscription { .. },
                super::evidence::Place::Subscription { external_id, .. },
            ) => Some(external_id.clone()),
            _ => None,
        });
    places.collect()
}

/// A price that restores the margin: after a rise in proportion to the cost, below cost at the
/// usual 20 % on top. Rounded up to whole cents.
fn restored_price(view: &FindingView, price: Micro) -> Result<Micro, Fault> {
    use billing::finding::Told;
    const CENT: i128 = 10_000;
    let (numerator, denominator) = match &view.evidence.finding.told {
        Told::CostRise {
            cost_before,
            cost_now,
            ..
        } if cost_before.is_positive() => (
            i128::from(price.0) * i128::from(cost_now.0),
            i128::from(cost_before.0),
        ),
        Told::BelowCost { unit_cost, .. } => (i128::from(unit_cost.0) * 6, 5),
        _ => return Ok(price),
    };
    let cents = (numerator + denominator * CENT - 1) / (denominator * CENT);
    i64::try_from(cents * CENT)
        .map(Micro)
        .map_err(Fault::internal)
}

/// Changes the contract, from where invoicing has not been yet.
pub async fn make(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    view: &FindingView,
    place: &Place,
    change: &Change,
    when: ApplyWhen,
) -> Result<(), Fault> {
    let applied = Some(Applied {
        finding: view.id,
        when: when.as_str(),
    });
    let (org, person) = (who.org, Some(who.person));
    let on = Day(place.invoiced_until);
    match (change, &place.line) {
        (Change::None, _) => {}
        (Change::Quantity { to, .. }, Some(line)) => {
            let new = NewQuantity {
                effective_on: on,
                quantity: *to,
            };
            contracts::change_quantity(app, org, person, tx, line.id, new, applied).await?;
        }
        (Change::Price { to, .. }, Some(line)) => {
            let new = NewPrice {
                effective_on: on,
                unit_price: *to,
            };
            contracts::change_price(app, org, person, tx, line.id, new, applied).await?;
        }
        (Change::Follow { subscriptions }, Some(line)) => {
            for subscription in subscriptions {
                let new = NewSource {
                    effective_on: on,
                    subscription,
                };
                contracts::follow_subscription(app, org, person, tx, line.id, new, applied).await?;
            }
        }
        (Change::NewLine { quantity }, _) => {
            let input = new_line(view, place, *quantity);
            let line = contracts::add_line(app, org, person, tx, place.contract, &input).await?;
            store::remember_line(tx, org, view.id, line).await?;
        }
        (_, None) => {
            return Err(Fault::conflict(
                "no_line",
                "the contract has no line for this any more",
            ));
        }
    }
    Ok(())
}

/// A new line takes its quantity from where it was found: the subscriptions, or the devices.
fn new_line(view: &FindingView, place: &Place, quantity: Micro) -> LineInput {
    let subscriptions = subscriptions(view);
    let source = if view.kind == Kind::UnbilledProduct.as_str() && !subscriptions.is_empty() {
        QuantityInput {
            source: "subscription".to_owned(),
            subscriptions,
            ..QuantityInput::default()
        }
    } else {
        QuantityInput {
            source: "fixed".to_owned(),
            quantity: Some(plain(quantity)),
            ..QuantityInput::default()
        }
    };
    LineInput {
        item: place.item.0.clone(),
        unit_price: Some(plain(place.unit_price)),
        quantity: source,
        starts_on: Some(place.invoiced_until.to_string()),
        anchor_on: Some(place.schedule.start().to_string()),
        ..LineInput::default()
    }
}

/// Records on the line's coverage that the past is given up.
pub async fn waive(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    view: &FindingView,
    place: &Place,
    period: billing::Period,
) -> Result<(), Fault> {
    let Some(line) = &place.line else {
        return Ok(());
    };
    let reason = format!("waived with finding {}", view.id);
    let (start, end) = (Day(period.start()), Day(period.end()));
    store::waive(tx, who.org, app.new_id(), line.id, (start, end), &reason).await?;
    Ok(())
}

/// Takes the contract's changes back that came from a finding.
pub async fn undo(app: &App, who: &Who, tx: &mut Tx, finding: FindingId) -> Result<(), Fault> {
    for event in store::contract_events(tx, who.org, finding).await? {
        contracts::undo_change(app, who.org, Some(who.person), tx, event).await?;
    }
    if let Some(line) = store::line_made_for(tx, who.org, finding).await? {
        let line = contracts::line(tx, who.org, line).await?;
        if store::covered_until(tx, who.org, line.id).await?.is_some() {
            return Err(Fault::conflict(
                "already_drafted",
                "the new line stands on a draft already; reject that draft first",
            ));
        }
        store::remove_line(tx, who.org, line.id).await?;
    }
    Ok(())
}
