//! What a browser sends for contracts and lines, and the fields it is asked with.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    fault::Fault,
    features::{
        contract_templates::ContractTemplate,
        contracts::{Contract, ContractInput, LineInput},
    },
    ui::Field,
};

/// What was wrong, by field.
pub struct Wrong(BTreeMap<String, String>);

impl Wrong {
    pub fn of(fault: Option<&Fault>) -> Self {
        Self(fault.map(Fault::fields).unwrap_or_default())
    }

    pub fn about(&self, name: &str) -> Option<String> {
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
    /// A template's id.
    pub template: String,
    /// The template whose terms stand in the other fields already.
    pub filled_from: String,
}

pub fn given(text: &str) -> Option<String> {
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
            template: String::new(),
            filled_from: String::new(),
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
            template: given(&self.template),
        }
    }

    /// Puts in what a template says; what only this contract can say stays.
    pub fn take_over(&mut self, template: &ContractTemplate) {
        let terms = &template.terms;
        if self.name.trim().is_empty() {
            self.name.clone_from(&terms.name);
        }
        self.cycle = terms.cycle.text();
        self.timing = terms.timing.text();
        self.purchase_order = terms.purchase_order.clone().unwrap_or_default();
        if self.ends_on.trim().is_empty() {
            self.ends_on = terms.ends_on(&self.starts_on).unwrap_or_default();
        }
        self.template = template.id.to_string();
        self.filled_from.clone_from(&self.template);
    }

    /// Which template to begin from: its id and name.
    pub fn template_field(&self, wrong: &Wrong, templates: &[(String, String)]) -> Field {
        let field = Field::select("template", "Begin from a template")
            .option("", "None: an empty contract")
            .value(&self.template)
            .error(wrong.about("template"))
            .hint("Next puts in what it says, and you see it before anything is kept.");
        templates
            .iter()
            .fold(field, |field, (id, name)| field.option(id, name))
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

pub fn cycle_field(name: &str, label: &str, chosen: &str) -> Field {
    Field::select(name, label)
        .option("monthly", "Monthly")
        .option("quarterly", "Quarterly")
        .option("half_yearly", "Half-yearly")
        .option("annual", "Annual")
        .option("weekly", "Weekly")
        .value(chosen)
}

pub fn timing_field(name: &str, label: &str, chosen: &str) -> Field {
    Field::select(name, label)
        .option("advance", "In advance")
        .option("arrears", "In arrears")
        .value(chosen)
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
