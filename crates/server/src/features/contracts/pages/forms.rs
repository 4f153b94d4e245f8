//! What a browser sends for contracts and lines, and the fields it is asked with.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    fault::Fault,
    features::contracts::{Contract, ContractInput, ExclusionInput, LineInput, QuantityInput},
    ui::Field,
};

/// What was wrong, by field.
pub struct Wrong(BTreeMap<String, String>);

impl Wrong {
    pub fn of(fault: Option<&Fault>) -> Self {
        Self(fault.map(Fault::fields).unwrap_or_default())
    }

    fn about(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

/// Client and basics.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Basics {
    pub version: i64,
    pub client: String,
    pub name: String,
    pub reference: String,
    pub starts_on: String,
    pub ends_on: String,
    pub bill_from: String,
    pub cycle: String,
    pub timing: String,
    pub purchase_order: String,
}

fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

impl Basics {
    pub fn of(contract: &Contract) -> Self {
        let terms = &contract.terms;
        Self {
            version: contract.version,
            client: contract.client_reference.clone(),
            name: terms.name.clone(),
            reference: terms.reference.clone(),
            starts_on: terms.starts_on.to_string(),
            ends_on: terms.ends_on.map(|day| day.to_string()).unwrap_or_default(),
            bill_from: terms.bill_from.to_string(),
            cycle: terms.cycle.text(),
            timing: terms.timing.text(),
            purchase_order: terms.purchase_order.clone().unwrap_or_default(),
        }
    }

    /// A draft of it, with the lines it has.
    pub fn input(&self, lines: Vec<LineInput>) -> ContractInput {
        ContractInput {
            reference: given(&self.reference),
            client: self.client.clone(),
            name: self.name.clone(),
            currency: None,
            status: Some("draft".to_owned()),
            starts_on: self.starts_on.clone(),
            ends_on: given(&self.ends_on),
            bill_from: given(&self.bill_from),
            cycle: self.cycle.clone(),
            timing: self.timing.clone(),
            purchase_order: given(&self.purchase_order),
            lines,
        }
    }

    pub fn fields(&self, wrong: &Wrong, is_new: bool) -> Vec<Field> {
        vec![
            Field::text("client", "Client")
                .value(&self.client)
                .error(wrong.about("client").or_else(|| wrong.about("currency")))
                .list("clients")
                .hint("Type a reference or part of a name.")
                .required(),
            Field::text("name", "Name")
                .value(&self.name)
                .error(wrong.about("name"))
                .required(),
            Field::text("reference", "Reference")
                .value(&self.reference)
                .error(wrong.about("reference"))
                .hint("Your own number; we choose one if it is empty.")
                .disabled(!is_new),
            Field::date("starts_on", "Starts on")
                .value(&self.starts_on)
                .error(wrong.about("starts_on"))
                .required(),
            Field::date("ends_on", "Term ends before")
                .value(&self.ends_on)
                .error(wrong.about("ends_on"))
                .hint("The first day after the term. It rolls on until you end it."),
            Field::date("bill_from", "First day billed here")
                .value(&self.bill_from)
                .error(wrong.about("bill_from"))
                .hint("Nothing earlier is ever missing. The start if it is empty."),
            cycle_field("cycle", "Invoiced", &self.cycle)
                .error(wrong.about("cycle"))
                .required(),
            timing_field("timing", "When", &self.timing).error(wrong.about("timing")),
            Field::text("purchase_order", "Purchase order")
                .value(&self.purchase_order)
                .error(wrong.about("purchase_order"))
                .hint("Printed as the reference of every invoice."),
        ]
    }
}

fn cycle_field(name: &str, label: &str, chosen: &str) -> Field {
    Field::select(name, label)
        .option("monthly", "Monthly")
        .option("quarterly", "Quarterly")
        .option("half_yearly", "Half-yearly")
        .option("annual", "Annual")
        .option("weekly", "Weekly")
        .value(chosen)
}

fn timing_field(name: &str, label: &str, chosen: &str) -> Field {
    Field::select(name, label)
        .option("advance", "In advance")
        .option("arrears", "In arrears")
        .value(chosen)
}

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
    pub cycle: String,
    pub timing: String,
    pub starts_on: String,
    pub ends_on: String,
}

impl TypedLine {
    pub fn input(&self) -> LineInput {
        let follows = self.source == "subscription";
        let is_metered = self.source == "meter";
        let exclusion = given(&self.excluded).map(|quantity| ExclusionInput {
            quantity,
            reason: self.excluded_because.clone(),
            expires_on: None,
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
            tax_type: None,
            account_code: None,
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
        ]
    }

    /// When.
    pub fn timed(&self, wrong: &Wrong) -> Vec<Field> {
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
            Field::date("starts_on", "Starts on")
                .value(&self.starts_on)
                .error(wrong.about("starts_on"))
                .hint("With the contract if it is empty."),
            Field::date("ends_on", "Ends before")
                .value(&self.ends_on)
                .error(wrong.about("ends_on")),
        ]
    }

    /// The complaint about ticked subscriptions, if there is one.
    pub fn about_subscriptions(wrong: &Wrong) -> Option<String> {
        wrong.about("quantity.subscriptions")
    }
}

/// A change of a line from a day.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TypedChange {
    /// quantity | price | subscription | ended
    pub kind: String,
    pub effective_on: String,
    pub quantity: String,
    pub unit_price: String,
    pub subscription: String,
}

impl TypedChange {
    pub fn change(&self) -> crate::features::contracts::LineChange {
        let only = |kind: &str, value: &str| {
            (self.kind == kind)
                .then(|| value.to_owned())
                .filter(|value| !value.is_empty())
        };
        crate::features::contracts::LineChange {
            effective_on: self.effective_on.clone(),
            quantity: only("quantity", &self.quantity),
            unit_price: only("price", &self.unit_price),
            subscription: only("subscription", &self.subscription),
            ended: self.kind == "ended",
        }
    }

    pub fn on(&self, wrong: &Wrong, id: &str) -> Field {
        Field::date("effective_on", "From")
            .id(format!("{id}-effective-on"))
            .value(&self.effective_on)
            .error(wrong.about("effective_on"))
            .required()
    }

    pub fn quantity(&self, wrong: &Wrong) -> Field {
        Field::decimal("quantity", "New quantity")
            .value(&self.quantity)
            .error(wrong.about("quantity"))
            .required()
    }

    pub fn unit_price(&self, wrong: &Wrong, currency: &str) -> Field {
        Field::decimal("unit_price", "New unit price")
            .value(&self.unit_price)
            .error(wrong.about("unit_price"))
            .prefix(currency)
            .required()
    }
}
