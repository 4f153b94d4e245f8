//! From a template to a contract's text, and back.

use std::collections::BTreeSet;

use billing::period::add_months;
use chrono::{Datelike as _, NaiveDate};

use super::{TemplateInput, TemplateTerms, template, template_id};
use crate::{
    app::App,
    db::{CatalogItemId, ClientId, Day, Tx},
    fault::Fault,
    features::{
        catalog, clients,
        contracts::{self, Contract, ContractInput, LineInput},
        subscriptions,
    },
    http::{Who, Window},
    input,
};

/// A contract's text with what it leaves to its template.
#[derive(Debug)]
pub struct Filled {
    pub input: ContractInput,
    /// Items whose line follows subscriptions, of which the client has none: left out.
    pub left_out: Vec<String>,
}

/// Puts a template's terms and lines where the caller said nothing.
///
/// # Errors
/// 422 for a template that is not there, is archived, or has prices in another currency.
pub async fn filled(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    said: &ContractInput,
) -> Result<Filled, Fault> {
    let mut input = said.clone();
    let mut left_out = Vec::new();
    let Some(name) = input.template.take().filter(|name| !name.trim().is_empty()) else {
        return Ok(Filled { input, left_out });
    };
    let wrong = |message: &str| Fault::field("template", message);
    let found = match template_id(name.trim()) {
        Ok(id) => template(tx, who.org, id).await,
        Err(fault) => Err(fault),
    };
    let template = match found {
        Err(Fault::NotFound(_)) => {
            return Err(wrong("there is no such template; choose one from the list"));
        }
        other => other?,
    };
    if template.is_archived() {
        return Err(wrong(
            "this template is archived; make it active first or choose another",
        ));
    }
    let terms = template.terms;
    let client = clients::client_named(tx, who.org, &input.client).await?;
    if let (Some(client), Some(currency)) = (&client, &terms.currency)
        && client.currency != *currency
    {
        return Err(wrong(&format!(
            "its prices are in {currency} and {} is invoiced in {}; choose another template",
            client.name, client.currency
        )));
    }
    fill_terms(&mut input, &terms);
    if input.lines.is_empty() {
        let mut open = Open::of(app, who, tx, client.map(|client| client.id)).await?;
        for line in &terms.lines.0 {
            match open.lines(tx, who, line).await? {
                Ok(line) => input.lines.push(line),
                Err(item) => left_out.push(item),
            }
        }
    }
    Ok(Filled { input, left_out })
}

fn fill_terms(input: &mut ContractInput, terms: &TemplateTerms) {
    let fill = |field: &mut String, own: String| {
        if field.trim().is_empty() {
            *field = own;
        }
    };
    fill(&mut input.name, terms.name.clone());
    fill(&mut input.cycle, terms.cycle.text());
    fill(&mut input.timing, terms.timing.text());
    if input.purchase_order.is_none() {
        input.purchase_order.clone_from(&terms.purchase_order);
    }
    if input.ends_on.is_none() {
        input.ends_on = terms.ends_on(&input.starts_on);
    }
}

impl TemplateTerms {
    /// The first day after a term that begins on a day, as they are typed.
    pub fn ends_on(&self, starts_on: &str) -> Option<String> {
        let start = input::day(starts_on).ok()?;
        Some(after_months(start.0, self.term_months?).to_string())
    }
}

/// The first day after so many months; the 31st passes through shorter months.
fn after_months(start: NaiveDate, months: i64) -> NaiveDate {
    add_months(start, months, start.day())
}

/// The client's subscriptions that no line follows, each given to one line only.
struct Open {
    rows: Vec<(CatalogItemId, String)>,
    given: BTreeSet<String>,
}

impl Open {
    async fn of(
        app: &App,
        who: &Who,
        tx: &mut Tx,
        client: Option<ClientId>,
    ) -> Result<Self, Fault> {
        let mut open = Self {
            rows: Vec::new(),
            given: BTreeSet::new(),
        };
        if client.is_none() {
            return Ok(open);
        }
        let filter = subscriptions::Filter {
            client,
            ..subscriptions::Filter::default()
        };
        let window = Window::everything("client");
        let today = Day(who.today(app));
        let rows =
            subscriptions::store::subscriptions(tx, who.org, &filter, today, &window).await?;
        open.rows = rows
            .into_iter()
            .map(|row| row.subscription)
            .filter(|row| row.contract_line.is_none() && row.status != "cancelled")
            .filter_map(|row| Some((row.catalog_item_id?, row.external_id)))
            .collect();
        Ok(open)
    }

    /// The line as a contract has it, or the item that the client has no subscription of.
    async fn lines(
        &mut self,
        tx: &mut Tx,
        who: &Who,
        line: &LineInput,
    ) -> Result<Result<LineInput, String>, Fault> {
        if line.quantity.source != "subscription" {
            return Ok(Ok(line.clone()));
        }
        let item = catalog::item_named(tx, who.org, &line.item).await?;
        let Some(item) = item else {
            // The check of the contract says that there is no such item.
            return Ok(Ok(line.clone()));
        };
        let fits =
            |row: &&(CatalogItemId, String)| row.0 == item.id && !self.given.contains(&row.1);
        let found: Vec<String> = self
            .rows
            .iter()
            .filter(fits)
            .map(|(_, external_id)| external_id.clone())
            .collect();
        if found.is_empty() {
            return Ok(Err(item.name));
        }
        self.given.extend(found.iter().cloned());
        let mut line = line.clone();
        line.quantity.subscriptions = found;
        Ok(Ok(line))
    }
}

/// A template that says what a contract says today.
pub async fn of_contract(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    contract: &Contract,
) -> Result<TemplateInput, Fault> {
    let today = Day(who.today(app));
    let terms = &contract.terms;
    let lines = contracts::lines_of_contract(tx, who.org, contract.id).await?;
    let running = lines
        .iter()
        .filter(|line| line.terms.ends_on.is_none_or(|end| end > today));
    Ok(TemplateInput {
        name: terms.name.clone(),
        description: String::new(),
        cycle: terms.cycle.text(),
        timing: terms.timing.text(),
        term_months: terms
            .ends_on
            .and_then(|end| months_between(terms.starts_on, end)),
        currency: Some(terms.currency.clone()),
        purchase_order: None,
        lines: running.map(|line| line.as_template(today)).collect(),
        from_contract: None,
    })
}

/// How many whole months lie between two days; none where it is not whole months.
fn months_between(start: Day, end: Day) -> Option<i64> {
    (1..=120).find(|months| after_months(start.0, *months) == end.0)
}

/// What the caller said, over what the contract says.
pub(super) fn over(said: &TemplateInput, own: TemplateInput) -> TemplateInput {
    let or = |said: &str, own: String| {
        if said.trim().is_empty() {
            own
        } else {
            said.to_owned()
        }
    };
    TemplateInput {
        name: or(&said.name, own.name),
        description: said.description.clone(),
        cycle: or(&said.cycle, own.cycle),
        timing: or(&said.timing, own.timing),
        term_months: said.term_months.or(own.term_months),
        currency: said.currency.clone().or(own.currency),
        purchase_order: said.purchase_order.clone().or(own.purchase_order),
        lines: if said.lines.is_empty() {
            own.lines
        } else {
            said.lines.clone()
        },
        from_contract: None,
    }
}
