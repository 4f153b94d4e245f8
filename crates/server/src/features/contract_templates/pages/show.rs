//! The page of one template.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;

use super::{TEMPLATES, list::billed};
use crate::{
    db::Tx,
    fault::Fault,
    features::{
        catalog::{self, CatalogItem},
        contract_templates::{ContractTemplate, TemplateChange, TemplateInput},
        contracts::{
            LineInput, QuantityInput,
            pages::{
                TypedLine, Wrong, cycle_field, cycle_words, given, timing_field, timing_words,
            },
        },
        home::Frame,
        meters,
    },
    http::{Permission, Who},
    ui::{Badge, Field, Nav, Shell, View},
};

/// A template as a browser sends it, without its lines.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    version: i64,
    name: String,
    description: String,
    cycle: String,
    timing: String,
    term_months: String,
    currency: String,
    purchase_order: String,
}

impl Typed {
    /// What a new template most often is.
    pub(super) fn usual() -> Self {
        Self {
            cycle: "monthly".to_owned(),
            timing: "advance".to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn of(template: &ContractTemplate) -> Self {
        let input = TemplateInput::from(&template.terms);
        let months = input.term_months.map(|months| months.to_string());
        Self {
            version: template.version,
            name: input.name,
            description: input.description,
            cycle: input.cycle,
            timing: input.timing,
            term_months: months.unwrap_or_default(),
            currency: input.currency.unwrap_or_default(),
            purchase_order: input.purchase_order.unwrap_or_default(),
        }
    }

    /// What is no number at all is a term that cannot be.
    fn months(&self) -> Option<i64> {
        given(&self.term_months).map(|text| text.parse().unwrap_or(0))
    }

    pub(super) fn input(&self) -> TemplateInput {
        TemplateInput {
            name: self.name.clone(),
            description: self.description.clone(),
            cycle: self.cycle.clone(),
            timing: self.timing.clone(),
            term_months: self.months(),
            currency: given(&self.currency),
            purchase_order: given(&self.purchase_order),
            ..TemplateInput::default()
        }
    }

    pub(super) fn change(&self) -> TemplateChange {
        let input = self.input();
        TemplateChange {
            version: self.version,
            name: Some(input.name),
            description: Some(input.description),
            cycle: Some(input.cycle),
            timing: Some(input.timing),
            term_months: Some(input.term_months),
            currency: Some(input.currency),
            purchase_order: Some(input.purchase_order),
            ..TemplateChange::default()
        }
    }

    fn fields(&self, wrong: &Wrong, may_work: bool) -> Vec<Field> {
        let fields = [
            Field::text("name", "Name")
                .value(&self.name)
                .error(wrong.about("name"))
                .required(),
            cycle_field("cycle", "Invoiced", &self.cycle)
                .id("terms-cycle")
                .error(wrong.about("cycle"))
                .required(),
            timing_field("timing", "When", &self.timing)
                .id("terms-timing")
                .error(wrong.about("timing")),
            Field::decimal("term_months", "Term")
                .value(&self.term_months)
                .error(wrong.about("term_months"))
                .suffix("months")
                .hint("Empty where it has no end."),
            Field::text("currency", "Currency")
                .value(&self.currency)
                .error(wrong.about("currency"))
                .hint("Of its prices, such as GBP; the client's if it is empty."),
            Field::text("purchase_order", "Purchase order")
                .value(&self.purchase_order)
                .error(wrong.about("purchase_order"))
                .hint("A note to replace once the client has given a number."),
            Field::textarea("description", "Description")
                .id("terms-description")
                .value(&self.description)
                .error(wrong.about("description"))
                .hint("For your own people."),
        ];
        fields
            .into_iter()
            .map(|field| field.disabled(!may_work))
            .collect()
    }
}

#[derive(Template)]
#[template(path = "features/contract_templates/templates/one.html")]
struct OnePage {
    shell: Shell,
    title: String,
    action: String,
    template: Option<ContractTemplate>,
    version: i64,
    lead: String,
    archived: Option<Badge>,
    fields: Vec<Field>,
    problem: Option<String>,
    lines: Vec<Row>,
    /// The place of the line in the form, as people count; empty adds one.
    at: String,
    sold: Vec<Field>,
    counted: Vec<Field>,
    cycled: Vec<Field>,
    booked: Vec<Field>,
    line_problem: Option<String>,
    items: Vec<(String, String)>,
    tax_types: Vec<(String, String)>,
    accounts: Vec<(String, String)>,
    meters: Vec<(String, String)>,
    may_work: bool,
}

struct Row {
    at: usize,
    href: String,
    item: String,
    code: String,
    rule: String,
    price: String,
    billed: String,
}

/// What stands in the two forms, and what was wrong with either.
pub(super) struct Shown<'t> {
    pub(super) typed: &'t Typed,
    pub(super) line: TypedLine,
    pub(super) fault: Option<&'t Fault>,
    pub(super) line_fault: Option<&'t Fault>,
}

impl<'t> Shown<'t> {
    /// The terms as typed, and an empty line.
    pub(super) fn terms(typed: &'t Typed, fault: Option<&'t Fault>) -> Self {
        Self {
            typed,
            line: TypedLine {
                source: "fixed".to_owned(),
                ..TypedLine::default()
            },
            fault,
            line_fault: None,
        }
    }
}

pub(super) async fn page(
    Frame { who, shell }: Frame,
    tx: &mut Tx,
    template: Option<ContractTemplate>,
    shown: Shown<'_>,
) -> Result<Response, Fault> {
    let (title, action) = match &template {
        None => ("New template".to_owned(), format!("{TEMPLATES}/create")),
        Some(template) => (
            template.terms.name.clone(),
            format!("{TEMPLATES}/{}", template.id),
        ),
    };
    let may_work = who.may(Permission::Work);
    let (wrong, about_line) = (Wrong::of(shown.fault), Wrong::of(shown.line_fault));
    let currency = shown.typed.currency.clone();
    let items = catalog::store::active_items(tx, who.org).await?;
    let status = shown
        .fault
        .or(shown.line_fault)
        .map_or(StatusCode::OK, Fault::status);
    let page = OnePage {
        shell: shell.titled(title.clone(), Nav::ContractTemplates),
        lead: template.as_ref().map(billed).unwrap_or_default(),
        archived: template
            .as_ref()
            .filter(|template| template.is_archived())
            .map(|_| Badge::neutral("Archived")),
        version: template.as_ref().map_or(1, |template| template.version),
        lines: rows(tx, &who, template.as_ref(), &items).await?,
        title,
        action,
        fields: shown.typed.fields(&wrong, may_work),
        problem: shown.fault.map(ToString::to_string),
        at: shown.line.at.clone(),
        sold: shown.line.sold(&about_line, &currency),
        counted: shown.line.counted(&about_line),
        cycled: shown.line.cycled(&about_line),
        booked: shown.line.booked(&about_line),
        line_problem: shown.line_fault.map(ToString::to_string),
        items: items
            .into_iter()
            .map(|item| (item.code, item.name))
            .collect(),
        tax_types: catalog::store::tax_types(tx, who.org).await?,
        accounts: catalog::store::revenue_accounts(tx, who.org).await?,
        meters: meters::choices(tx, who.org).await?,
        may_work,
        template,
    };
    Ok((status, View(page)).into_response())
}

async fn rows(
    tx: &mut Tx,
    who: &Who,
    template: Option<&ContractTemplate>,
    items: &[CatalogItem],
) -> Result<Vec<Row>, Fault> {
    let Some(template) = template else {
        return Ok(Vec::new());
    };
    let mut rows = Vec::new();
    for (index, line) in template.terms.lines.0.iter().enumerate() {
        let active = items.iter().find(|item| item.id.to_string() == line.item);
        let item = match active {
            Some(item) => Some(item.clone()),
            None => catalog::item_named(tx, who.org, &line.item).await?,
        };
        rows.push(row(template, index + 1, line, item));
    }
    Ok(rows)
}

fn row(template: &ContractTemplate, at: usize, line: &LineInput, item: Option<CatalogItem>) -> Row {
    let (code, name) = item.map_or_else(
        || (String::new(), "an item that is gone".to_owned()),
        |item| (item.code, item.name),
    );
    let terms = &template.terms;
    let or = |own: &Option<String>, contract: String| own.clone().unwrap_or(contract);
    let per = match line.price_per.as_deref() {
        Some("term") => "a period",
        _ => "a month",
    };
    Row {
        at,
        href: format!("{TEMPLATES}/{}?line={at}#line", template.id),
        item: line.description.clone().unwrap_or(name),
        code,
        rule: quantity_words(&line.quantity),
        price: match &line.unit_price {
            Some(price) => format!("{price} {per}"),
            None => "the catalog's".to_owned(),
        },
        billed: format!(
            "{} {}",
            cycle_words(&or(&line.cycle, terms.cycle.text())),
            timing_words(&or(&line.timing, terms.timing.text()))
        ),
    }
}

/// How a line will get its quantity, in words.
fn quantity_words(quantity: &QuantityInput) -> String {
    let or = |text: &Option<String>, other: &str| text.clone().unwrap_or(other.to_owned());
    let mut words = match quantity.source.as_str() {
        "fixed" => format!("Fixed at {}", or(&quantity.quantity, "0")),
        "subscription" => "Follows the client's subscriptions of it".to_owned(),
        _ => format!("Counts {}", or(&quantity.meter, "a meter")),
    };
    for exclusion in &quantity.exclusions {
        words = format!("{words}, less {} excluded", exclusion.quantity);
    }
    if let Some(included) = &quantity.included {
        words = format!("{words}, {included} included");
    }
    if let Some(minimum) = &quantity.minimum {
        words = format!("{words}, at least {minimum}");
    }
    words
}
