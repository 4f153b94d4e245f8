//! Every line whose quantity is worked out, with its rule and where the quantity stands now.

use std::collections::HashMap;

use billing::quantity::QuantitySource;
use chrono::Days;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Line, lines_of_organization, pages::rule_words};
use crate::{
    db::{ClientId, ContractId, ContractLineId, Day, Exact, OrgId, Tx},
    fault::Fault,
    features::clients::{self, name_key},
    http::{After, Page, Window},
};

/// Exclusions that end within so many days are shown as ending.
const ENDING_WITHIN: Days = Days::new(30);

/// How a line gets its quantity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuantityRuleView {
    pub line: ContractLineId,
    pub contract: ContractId,
    /// The line's own reference.
    pub reference: String,
    pub client: ClientId,
    pub client_name: String,
    pub item_code: String,
    pub description: String,
    /// fixed | subscription | meter
    pub source: String,
    pub meter: Option<String>,
    /// The rule in words.
    pub words: String,
    pub exclusions: Vec<ExcludedUnits>,
    pub included: Exact,
    pub minimum: Option<Exact>,
    /// Null while nothing was counted.
    pub quantity_now: Option<Exact>,
    #[serde(skip)]
    key: String,
}

/// Units that are not billed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExcludedUnits {
    pub quantity: Exact,
    pub reason: String,
    /// The first day on which it no longer applies.
    pub expires_on: Option<Day>,
    /// runs | ending | over
    pub state: String,
}

/// Which of them are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    /// With units that are not billed.
    Excluding,
    /// With an exclusion that ends soon, or has ended.
    Ending,
}

impl Which {
    pub fn read(word: &str) -> Self {
        match word {
            "excluding" => Self::Excluding,
            "ending" => Self::Ending,
            _ => Self::All,
        }
    }

    fn takes(self, rule: &QuantityRuleView) -> bool {
        match self {
            Self::All => true,
            Self::Excluding => !rule.exclusions.is_empty(),
            Self::Ending => rule.exclusions.iter().any(|one| one.state != "runs"),
        }
    }
}

/// The rules of lines that run on a day, by client and line.
pub async fn quantity_rules(
    tx: &mut Tx,
    org: OrgId,
    today: Day,
    (which, search): (Which, &str),
) -> Result<Vec<QuantityRuleView>, Fault> {
    let names: HashMap<ClientId, String> = clients::every(tx, org)
        .await?
        .into_iter()
        .map(|client| (client.id, client.name))
        .collect();
    let typed = name_key(search);
    let lines = lines_of_organization(tx, org).await?;
    let running = lines
        .iter()
        .filter(|line| line.is_running(today) && is_worked_out(line));
    let rules = running.map(|line| {
        let name = names.get(&line.client_id).cloned().unwrap_or_default();
        view(line, name, today)
    });
    let mut rules: Vec<QuantityRuleView> = rules
        .filter(|rule| which.takes(rule) && (typed.is_empty() || rule.key.contains(&typed)))
        .collect();
    rules.sort_by(|one, other| (&one.key, one.line).cmp(&(&other.key, other.line)));
    Ok(rules)
}

/// A plain number is no rule; one with a minimum, something included or excluded is.
fn is_worked_out(line: &Line) -> bool {
    let rule = &line.terms.rule.rule;
    !line.is_fixed()
        || !rule.exclusions.is_empty()
        || rule.minimum.is_some()
        || !rule.included.is_zero()
}

fn view(line: &Line, client_name: String, today: Day) -> QuantityRuleView {
    let stored = &line.terms.rule;
    let exact = |value: billing::Micro| Exact::from_micros(value.0);
    let exclusions = stored.rule.exclusions.iter().map(|one| ExcludedUnits {
        quantity: exact(one.quantity),
        reason: one.reason.clone(),
        expires_on: one.expires_on.map(Day),
        state: state(one.expires_on.map(Day), today).to_owned(),
    });
    let source = match stored.rule.source {
        QuantitySource::Fixed { .. } => "fixed",
        QuantitySource::Subscription => "subscription",
        QuantitySource::Meter { .. } => "meter",
    };
    QuantityRuleView {
        key: name_key(&format!(
            "{client_name} {} {} {}",
            line.terms.reference, line.item_code, line.terms.description
        )),
        line: line.id,
        contract: line.contract_id,
        reference: line.terms.reference.clone(),
        client: line.client_id,
        client_name,
        item_code: line.item_code.clone(),
        description: line.terms.description.clone(),
        source: source.to_owned(),
        meter: stored.meter.clone(),
        words: rule_words(line),
        exclusions: exclusions.collect(),
        included: exact(stored.rule.included),
        minimum: stored.rule.minimum.map(exact),
        quantity_now: line.quantity_now,
    }
}

fn state(expires_on: Option<Day>, today: Day) -> &'static str {
    let soon = today.0.checked_add_days(ENDING_WITHIN).map(Day);
    match expires_on {
        Some(day) if day <= today => "over",
        Some(day) if Some(day) <= soon => "ending",
        _ => "runs",
    }
}

/// One page of them.
pub fn page_of_rules(rules: Vec<QuantityRuleView>, window: &Window) -> Page<QuantityRuleView> {
    let after = window.after.as_ref();
    let after = after.map(|after| (after.text().unwrap_or_default().to_owned(), after.id));
    let mut rest: Vec<QuantityRuleView> = rules
        .into_iter()
        .filter(|rule| {
            let place = (rule.key.clone(), rule.line.0);
            after.as_ref().is_none_or(|after| place > *after)
        })
        .collect();
    rest.truncate(usize::try_from(window.rows()).unwrap_or(usize::MAX));
    window.page(rest, |rule| After::of_text(&rule.key, rule.line.0))
}
