//! Templates as they are typed.

use billing::period::{Cycle, Timing};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ContractTemplate, TemplateLines, TemplateTerms};
use crate::{
    db::Tx,
    fault::Fault,
    features::{
        catalog,
        contracts::{CONTRACT_CYCLES, LineInput, template_line, word},
    },
    http::{Who, given},
    input::{self, Checks},
};

const MOST_LINES: usize = 500;
const LONGEST_TERM_MONTHS: i64 = 120;

/// A template with all its lines, or the contract to take them from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TemplateInput {
    #[schema(example = "Managed services, monthly")]
    pub name: String,
    /// For your own people.
    pub description: String,
    /// weekly | monthly | quarterly | half_yearly | annual
    pub cycle: String,
    /// advance | arrears
    pub timing: String,
    /// How long a term is, 1 to 120 months; none has no end.
    pub term_months: Option<i64>,
    /// What its prices are in; the client's, whichever that is, unless said.
    pub currency: Option<String>,
    pub purchase_order: Option<String>,
    /// Without `reference`, `starts_on`, `ends_on`, `anchor_on` and subscriptions. One that
    /// follows subscriptions takes the client's of its item when the template is used.
    pub lines: Vec<LineInput>,
    /// A contract's id or reference: everything that is not said here is taken from it.
    pub from_contract: Option<String>,
}

/// What to change of a template; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TemplateChange {
    /// The version you saw.
    pub version: i64,
    pub name: Option<String>,
    pub description: Option<String>,
    pub cycle: Option<String>,
    pub timing: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub term_months: Option<Option<i64>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub currency: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub purchase_order: Option<Option<String>>,
    /// active | archived
    pub status: Option<String>,
    /// All lines anew.
    pub lines: Option<Vec<LineInput>>,
}

impl TemplateInput {
    /// # Errors
    /// 422 with every wrong field; lines as `lines[0].unit_price`.
    pub(super) async fn checked(&self, tx: &mut Tx, who: &Who) -> Result<TemplateTerms, Fault> {
        let mut checks = Checks::default();
        let name = checks.take("name", input::line(&self.name, 300));
        let description = checks.take("description", text(&self.description));
        let cycle = checks.take("cycle", word::<Cycle>(&self.cycle, &CONTRACT_CYCLES));
        let timing = checks.take(
            "timing",
            word::<Timing>(&self.timing, &["advance", "arrears"]),
        );
        let is_a_term = |months: i64| (1..=LONGEST_TERM_MONTHS).contains(&months);
        if self.term_months.is_some_and(|months| !is_a_term(months)) {
            checks.wrong(
                "term_months",
                "a term has 1 to 120 whole months; leave it empty where it has no end",
            );
        }
        let currency = checks.optional("currency", self.currency.as_deref(), input::currency);
        let order = self.purchase_order.as_deref();
        let purchase_order =
            checks.optional("purchase_order", order, |text| input::line(text, 100));
        let lines = self
            .lines(tx, who, currency.as_deref(), &mut checks)
            .await?;
        let (Some(name), Some(description), Some(cycle), Some(timing), true) =
            (name, description, cycle, timing, checks.is_fine())
        else {
            return Err(checks.fault());
        };
        Ok(TemplateTerms {
            name,
            description,
            cycle,
            timing,
            term_months: self.term_months,
            currency,
            purchase_order,
            lines: TemplateLines(lines),
        })
    }

    /// The lines as they are kept: each names its item by id, which a new code does not change.
    async fn lines(
        &self,
        tx: &mut Tx,
        who: &Who,
        currency: Option<&str>,
        checks: &mut Checks,
    ) -> Result<Vec<LineInput>, Fault> {
        if self.lines.len() > MOST_LINES {
            checks.wrong(
                "lines",
                format!("a template takes at most {MOST_LINES} lines"),
            );
            return Ok(Vec::new());
        }
        let mut kept = Vec::with_capacity(self.lines.len());
        for (at, line) in self.lines.iter().enumerate() {
            let prefix = format!("lines[{at}].");
            template_line(line, tx, who.org, currency, checks, &prefix).await?;
            let item = catalog::item_named(tx, who.org, &line.item).await?;
            kept.push(LineInput {
                item: item.map_or_else(String::new, |item| item.id.to_string()),
                ..line.clone()
            });
        }
        Ok(kept)
    }
}

/// Several lines of plain text.
fn text(typed: &str) -> Result<String, String> {
    let text = typed.trim();
    if text.chars().count() > 4_000 {
        return Err("at most 4000 characters, please".to_owned());
    }
    if text.contains('\0') {
        return Err("this holds a character that cannot be kept (NUL); remove it".to_owned());
    }
    Ok(text.to_owned())
}

impl TemplateChange {
    pub(super) async fn applied_to(
        &self,
        tx: &mut Tx,
        who: &Who,
        before: &ContractTemplate,
    ) -> Result<ContractTemplate, Fault> {
        let mut said = TemplateInput::from(&before.terms);
        let replace = |field: &mut String, new: &Option<String>| {
            if let Some(new) = new {
                field.clone_from(new);
            }
        };
        replace(&mut said.name, &self.name);
        replace(&mut said.description, &self.description);
        replace(&mut said.cycle, &self.cycle);
        replace(&mut said.timing, &self.timing);
        if let Some(months) = self.term_months {
            said.term_months = months;
        }
        if let Some(currency) = &self.currency {
            said.currency.clone_from(currency);
        }
        if let Some(order) = &self.purchase_order {
            said.purchase_order.clone_from(order);
        }
        if let Some(lines) = &self.lines {
            said.lines.clone_from(lines);
        }
        let status = match &self.status {
            None => before.status.clone(),
            Some(status) => {
                let known = input::one_of(status, &["active", "archived"]);
                let known = known.map_err(|message| Fault::field("status", message))?;
                known.to_owned()
            }
        };
        Ok(ContractTemplate {
            id: before.id,
            terms: said.checked(tx, who).await?,
            status,
            version: before.version,
        })
    }
}

impl From<&TemplateTerms> for TemplateInput {
    fn from(terms: &TemplateTerms) -> Self {
        Self {
            name: terms.name.clone(),
            description: terms.description.clone(),
            cycle: terms.cycle.text(),
            timing: terms.timing.text(),
            term_months: terms.term_months,
            currency: terms.currency.clone(),
            purchase_order: terms.purchase_order.clone(),
            lines: terms.lines.0.clone(),
            from_contract: None,
        }
    }
}
