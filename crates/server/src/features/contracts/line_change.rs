//! A change of a contract line as a person or a program says it: one of four, from a day on.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    NewPrice, NewQuantity, NewSource, change::refuse_overlap, change_price, change_quantity,
    end_line, follow_subscription, input::micro, line,
};
use crate::{
    app::App,
    db::{ContractLineId, Tx},
    fault::Fault,
    http::Who,
    input::{self, Checks},
};

/// A change of a line from a day on: one of quantity, price, subscription or end.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LineChange {
    pub effective_on: String,
    /// Of a fixed line.
    pub quantity: Option<String>,
    pub unit_price: Option<String>,
    /// The vendor's id of one more subscription to follow.
    pub subscription: Option<String>,
    /// Nothing is owed from the day on.
    pub ended: bool,
}

/// Reads one change and makes it.
pub async fn apply_change(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: ContractLineId,
    change: &LineChange,
) -> Result<Uuid, Fault> {
    let mut checks = Checks::default();
    let on = checks.take("effective_on", input::day(&change.effective_on));
    let quantity = checks.optional("quantity", change.quantity.as_deref(), input::not_negative);
    let price = change.unit_price.as_deref();
    let unit_price = checks.optional("unit_price", price, input::not_negative);
    let subscription = change.subscription.as_deref();
    let subscription = checks.optional("subscription", subscription, |text| input::line(text, 200));
    let asked = [
        quantity.is_some(),
        unit_price.is_some(),
        subscription.is_some(),
        change.ended,
    ];
    if checks.is_fine() && asked.iter().filter(|asked| **asked).count() != 1 {
        checks.wrong(
            "quantity",
            "say one of quantity, unit_price, subscription or ended",
        );
    }
    let (Some(on), true) = (on, checks.is_fine()) else {
        return Err(checks.fault());
    };
    let (org, person) = (who.org, Some(who.person));
    let before = line(tx, org, id).await?;
    if quantity.is_some() {
        refuse_overlap(&before, "quantity", on)?;
    }
    if unit_price.is_some() {
        refuse_overlap(&before, "price", on)?;
    }
    if let Some(quantity) = quantity {
        let new = NewQuantity {
            effective_on: on,
            quantity: micro(quantity),
        };
        return change_quantity(app, org, person, tx, id, new, None).await;
    }
    if let Some(price) = unit_price {
        let new = NewPrice {
            effective_on: on,
            unit_price: micro(price),
        };
        return change_price(app, org, person, tx, id, new, None).await;
    }
    if let Some(subscription) = subscription {
        let new = NewSource {
            effective_on: on,
            subscription: &subscription,
        };
        return follow_subscription(app, org, person, tx, id, new, None).await;
    }
    end_line(app, org, person, tx, &before, on).await
}
