//! Contracts as they are typed: text in, every wrong field named, nothing kept until all is right.

mod line;
mod quantity;

use billing::{
    Micro,
    period::{Cycle, Timing},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

pub use line::{LineInput, template_line};
pub use quantity::{ExclusionInput, QuantityInput};

use super::{ContractTerms, Word, line::LineTerms};
use crate::{
    app::App,
    db::{ContractId, Exact, OrgId, Tx},
    fault::Fault,
    features::clients,
    input::{self, Checks},
};

/// A contract with all its lines.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContractInput {
    /// Your own number for it. Saying the same again under one reference changes nothing.
    #[schema(example = "K007")]
    pub reference: Option<String>,
    /// The client's id or reference.
    #[schema(example = "C007")]
    pub client: String,
    pub name: String,
    /// The client's, and nothing else.
    pub currency: Option<String>,
    /// draft (unless said) | active
    pub status: Option<String>,
    #[schema(example = "2026-01-01")]
    pub starts_on: String,
    /// The first day after the term.
    pub ends_on: Option<String>,
    /// First day billed here; the start unless said.
    pub bill_from: Option<String>,
    /// weekly | monthly | quarterly | half_yearly | annual
    pub cycle: String,
    /// advance | arrears
    pub timing: String,
    pub purchase_order: Option<String>,
    pub lines: Vec<LineInput>,
    /// A template's id: what is not said here, lines too, is taken from it.
    pub template: Option<String>,
}

/// A contract that may be kept.
pub(super) struct Checked {
    pub terms: ContractTerms,
    pub lines: Vec<LineTerms>,
}

pub const CONTRACT_CYCLES: [&str; 5] = ["weekly", "monthly", "quarterly", "half_yearly", "annual"];
const MOST_LINES: usize = 500;

impl ContractInput {
    /// # Errors
    /// 422 with every wrong field; lines as `lines[0].unit_price`.
    pub(super) async fn checked(
        &self,
        app: &App,
        tx: &mut Tx,
        org: OrgId,
    ) -> Result<Checked, Fault> {
        let mut checks = Checks::default();
        let terms = self.terms(app, tx, org, &mut checks).await?;
        if self.lines.len() > MOST_LINES {
            checks.wrong(
                "lines",
                format!("a contract takes at most {MOST_LINES} lines"),
            );
            return Err(checks.fault());
        }
        let Some(terms) = terms else {
            for (at, line) in self.lines.iter().enumerate() {
                line.complain(&mut checks, &format!("lines[{at}]."));
            }
            return Err(checks.fault());
        };
        if terms.status == "active" && self.lines.is_empty() {
            checks.wrong("lines", "an active contract needs at least one line");
        }
        let mut lines: Vec<LineTerms> = Vec::with_capacity(self.lines.len());
        for (at, line) in self.lines.iter().enumerate() {
            let prefix = format!("lines[{at}].");
            let checked = line
                .checked(tx, org, &terms, at + 1, &mut checks, &prefix)
                .await?;
            let Some(checked) = checked else { continue };
            if lines
                .iter()
                .any(|other| other.reference == checked.reference)
            {
                checks.wrong(
                    format!("{prefix}reference"),
                    "two lines have this reference",
                );
            }
            let shared = checked
                .subscriptions
                .iter()
                .find(|id| lines.iter().any(|other| other.subscriptions.contains(id)));
            if let Some(id) = shared {
                checks.wrong(
                    format!("{prefix}quantity.subscriptions"),
                    format!("subscription {id} already feeds another line of this contract"),
                );
            }
            lines.push(checked);
        }
        checks.done()?;
        Ok(Checked { terms, lines })
    }

    async fn terms(
        &self,
        app: &App,
        tx: &mut Tx,
        org: OrgId,
        checks: &mut Checks,
    ) -> Result<Option<ContractTerms>, Fault> {
        let client = match checks.take("client", input::line(&self.client, 60)) {
            Some(name) => clients::client_named(tx, org, &name).await?,
            None => None,
        };
        match &client {
            None => checks.wrong(
                "client",
                "there is no such client; choose one from the list",
            ),
            Some(client) if client.is_archived() => {
                checks.wrong("client", "this client is archived; make it active first");
            }
            Some(client) => self.check_currency(client, checks),
        }
        let reference = checks.optional("reference", self.reference.as_deref(), |text| {
            input::line(text, 60)
        });
        let name = checks.take("name", input::line(&self.name, 300));
        let status = self.status.as_deref().filter(|word| !word.is_empty());
        let status = input::one_of(status.unwrap_or("draft"), &["draft", "active"]);
        let status = checks.take("status", status);
        let starts_on = checks.take("starts_on", input::day(&self.starts_on));
        let ends_on = checks.optional("ends_on", self.ends_on.as_deref(), input::day);
        let bill_from = checks.optional("bill_from", self.bill_from.as_deref(), input::day);
        let cycle = checks.take("cycle", word::<Cycle>(&self.cycle, &CONTRACT_CYCLES));
        let timing = checks.take(
            "timing",
            word::<Timing>(&self.timing, &["advance", "arrears"]),
        );
        let purchase_order =
            checks.optional("purchase_order", self.purchase_order.as_deref(), |text| {
                input::line(text, 100)
            });
        if let (Some(start), Some(end)) = (starts_on, ends_on)
            && end <= start
        {
            checks.wrong("ends_on", "the end must be after the start");
        }
        let (Some(client), Some(name), Some(status), Some(starts_on), Some(cycle), Some(timing)) =
            (client, name, status, starts_on, cycle, timing)
        else {
            return Ok(None);
        };
        let reference = reference.unwrap_or_else(|| own_reference(app));
        Ok(Some(ContractTerms {
            reference,
            client_id: client.id,
            name,
            currency: client.currency,
            status: status.to_owned(),
            starts_on,
            ends_on,
            bill_from: bill_from.unwrap_or(starts_on),
            cycle,
            timing,
            purchase_order,
        }))
    }

    fn check_currency(&self, client: &clients::Client, checks: &mut Checks) {
        let typed = self.currency.as_deref();
        let currency = checks.optional("currency", typed, input::currency);
        if currency.is_some_and(|currency| currency != client.currency) {
            let message = format!(
                "\"{}\" is invoiced in {}; a contract in another currency cannot be billed",
                client.name, client.currency
            );
            checks.wrong("currency", message);
        }
    }
}

/// A number of our own, where the caller gives none.
fn own_reference(app: &App) -> String {
    let id: ContractId = app.new_id();
    let digits = id.0.simple().to_string();
    format!("CT-{}", digits.get(24..).unwrap_or(&digits).to_uppercase())
}

/// A checked decimal always fits: `Exact` and `Micro` have the same places.
pub(super) fn micro(number: Exact) -> Micro {
    Micro(number.to_micros().unwrap_or(i64::MAX))
}

/// One of the words of an enum of the rules.
pub fn word<T: DeserializeOwned>(typed: &str, known: &[&'static str]) -> Result<Word<T>, String> {
    let word = input::one_of(typed, known)?;
    Word::try_from(word.to_owned()).map_err(|error| error.to_string())
}

impl ContractInput {
    /// A contract as it would be typed.
    pub(in crate::features::contracts) async fn of(
        tx: &mut Tx,
        org: OrgId,
        contract: &super::Contract,
    ) -> Result<Self, Fault> {
        let terms = &contract.terms;
        let lines = super::lines_of_contract(tx, org, contract.id).await?;
        Ok(Self {
            reference: Some(terms.reference.clone()),
            client: terms.client_id.to_string(),
            name: terms.name.clone(),
            currency: Some(terms.currency.clone()),
            status: Some(terms.status.clone()),
            starts_on: terms.starts_on.to_string(),
            ends_on: terms.ends_on.map(|day| day.to_string()),
            bill_from: Some(terms.bill_from.to_string()),
            cycle: terms.cycle.text(),
            timing: terms.timing.text(),
            purchase_order: terms.purchase_order.clone(),
            lines: lines
                .iter()
                .map(|line| LineInput::of(&line.terms))
                .collect(),
            template: None,
        })
    }
}
