//! A contract line as a browser sends it, and the fields it is asked with.

use serde::Deserialize;

use super::forms::{Wrong, given};
use crate::{
    features::contracts::{ExclusionInput, LineInput, QuantityInput},
    ui::Field,
};

/// A line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TypedLine {
    pub item: String,
    pub description: String,
    pub unit_price: String,
    pub price_per: String,
    pub source: String,
    pub quantity: String,
    /// Ticked subscriptions, by the vendor's id.
    pub subscription: Vec<String>,
    pub meter: String,
    pub counting: String,
    pub minimum: String,
    pub included: String,
    pub excluded: String,
    pub excluded_because: String,
    /// The first day on which they are billed again.
    pub excluded_until: String,
    pub cycle: String,
    pub timing: String,
    pub starts_on: String,
    pub ends_on: String,
    pub tax_type: String,
    pub account_code: String,
    /// Of a template: the version that was seen, and the place of the line it replaces; none adds
    /// one.
    pub version: i64,
    pub at: String,
}

impl TypedLine {
    /// A line as it is shown to be changed.
    pub fn of(input: &LineInput, item: String) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let quantity = &input.quantity;
        let excluded = quantity.exclusions.first();
        Self {
            item,
            description: text(&input.description),
            unit_price: text(&input.unit_price),
            price_per: text(&input.price_per),
            source: quantity.source.clone(),
            quantity: text(&quantity.quantity),
            subscription: quantity.subscriptions.clone(),
            meter: text(&quantity.meter),
            counting: text(&quantity.counting),
            minimum: text(&quantity.minimum),
            included: text(&quantity.included),
            excluded: excluded.map(|one| one.quantity.clone()).unwrap_or_default(),
            excluded_because: excluded.map(|one| one.reason.clone()).unwrap_or_default(),
            excluded_until: excluded
                .and_then(|one| one.expires_on.clone())
                .unwrap_or_default(),
            cycle: text(&input.cycle),
            timing: text(&input.timing),
            tax_type: text(&input.tax_type),
            account_code: text(&input.account_code),
            ..Self::default()
        }
    }

    pub fn input(&self) -> LineInput {
        let follows = self.source == "subscription";
        let is_metered = self.source == "meter";
        let exclusion = given(&self.excluded).map(|quantity| ExclusionInput {
            quantity,
            reason: self.excluded_because.clone(),
            expires_on: given(&self.excluded_until),
        });
        LineInput {
            reference: None,
            item: self.item.clone(),
            description: given(&self.description),
            unit_price: given(&self.unit_price),
            price_per: given(&self.price_per),
            cycle: given(&self.cycle),
            timing: given(&self.timing),
            quantity: QuantityInput {
                source: self.source.clone(),
                quantity: given(&self.quantity).filter(|_| !follows && !is_metered),
                subscriptions: if follows {
                    self.subscription.clone()
                } else {
                    Vec::new()
                },
                meter: given(&self.meter).filter(|_| is_metered),
                counting: given(&self.counting).filter(|_| is_metered),
                exclusions: exclusion.into_iter().collect(),
                included: given(&self.included),
                minimum: given(&self.minimum),
                rounding: None,
            },
            tax_type: given(&self.tax_type),
            account_code: given(&self.account_code),
            starts_on: given(&self.starts_on),
            ends_on: given(&self.ends_on),
            anchor_on: None,
        }
    }

    /// What is sold at what price.
    pub fn sold(&self, wrong: &Wrong, currency: &str) -> Vec<Field> {
        vec![
            Field::text("item", "Item")
                .value(&self.item)
                .error(wrong.about("item"))
                .list("items")
                .hint("Type a code or part of a name.")
                .required(),
            Field::text("description", "What the client reads")
                .value(&self.description)
                .error(wrong.about("description"))
                .hint("The item's name if it is empty."),
            Field::decimal("unit_price", "Unit price")
                .value(&self.unit_price)
                .error(wrong.about("unit_price"))
                .prefix(currency)
                .hint("The catalog's price if it is empty."),
            Field::select("price_per", "The price is for")
                .option("month", "One month")
                .option("term", "The line's whole period")
                .value(&self.price_per)
                .error(wrong.about("price_per")),
        ]
    }

    /// How many.
    pub fn counted(&self, wrong: &Wrong) -> Vec<Field> {
        let about = |name: &str| wrong.about(&format!("quantity.{name}"));
        vec![
            Field::select("source", "Quantity comes from")
                .option("fixed", "A fixed number")
                .option("subscription", "Subscriptions")
                .option("meter", "A meter")
                .value(&self.source)
                .error(about("source")),
            Field::decimal("quantity", "Fixed number")
                .value(&self.quantity)
                .error(about("quantity")),
            Field::text("meter", "Meter")
                .value(&self.meter)
                .error(about("meter"))
                .list("meters"),
            Field::select("counting", "A period counts")
                .option("last_day", "Its last day")
                .option("peak", "Its peak")
                .option("average", "Its average")
                .option("any_day", "Any day")
                .value(&self.counting)
                .error(about("counting")),
            Field::decimal("minimum", "At least")
                .value(&self.minimum)
                .error(about("minimum")),
            Field::decimal("included", "Included in the price")
                .value(&self.included)
                .error(about("included")),
            Field::decimal("excluded", "Not billed")
                .value(&self.excluded)
                .error(about("exclusions[0].quantity")),
            Field::text("excluded_because", "Not billed because")
                .value(&self.excluded_because)
                .error(about("exclusions[0].reason")),
            Field::date("excluded_until", "Billed again from")
                .value(&self.excluded_until)
                .error(about("exclusions[0].expires_on"))
                .hint("Empty while it has no end."),
        ]
    }

    /// How it is taxed and booked.
    pub fn booked(&self, wrong: &Wrong) -> Vec<Field> {
        vec![
            Field::text("tax_type", "Tax code")
                .value(&self.tax_type)
                .error(wrong.about("tax_type"))
                .list("tax-types")
                .hint("The item's if it is empty."),
            Field::text("account_code", "Revenue account")
                .value(&self.account_code)
                .error(wrong.about("account_code"))
                .list("accounts")
                .hint("The item's if it is empty."),
        ]
    }

    /// How often, and when within a period.
    pub fn cycled(&self, wrong: &Wrong) -> Vec<Field> {
        vec![
            Field::select("cycle", "Invoiced")
                .option("", "With the contract")
                .option("monthly", "Monthly")
                .option("quarterly", "Quarterly")
                .option("half_yearly", "Half-yearly")
                .option("annual", "Annual")
                .option("two_yearly", "Every two years")
                .option("three_yearly", "Every three years")
                .option("weekly", "Weekly")
                .option("once", "Once")
                .value(&self.cycle)
                .error(wrong.about("cycle")),
            Field::select("timing", "When")
                .option("", "As the contract")
                .option("advance", "In advance")
                .option("arrears", "In arrears")
                .value(&self.timing)
                .error(wrong.about("timing")),
        ]
    }

    /// When.
    pub fn timed(&self, wrong: &Wrong) -> Vec<Field> {
        let mut fields = self.cycled(wrong);
        fields.extend([
            Field::date("starts_on", "Starts on")
                .value(&self.starts_on)
                .error(wrong.about("starts_on"))
                .hint("With the contract if it is empty."),
            Field::date("ends_on", "Ends before")
                .value(&self.ends_on)
                .error(wrong.about("ends_on")),
        ]);
        fields
    }

    /// The complaint about ticked subscriptions, if there is one.
    pub fn about_subscriptions(wrong: &Wrong) -> Option<String> {
        wrong.about("quantity.subscriptions")
    }
}
