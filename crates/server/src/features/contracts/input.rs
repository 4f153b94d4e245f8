//! Contracts as they are typed: text in, every wrong field named, nothing kept until all is right.

use billing::{
    Micro,
    charge::PricePer,
    period::{Cycle, Timing},
    quantity::{Counting, Exclusion, QuantityRule, QuantitySource, RoundRule},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::{ContractTerms, StoredRule, Word, line::LineTerms};
use crate::{
    app::App,
    db::{ContractId, Day, Exact, OrgId, Tx},
    fault::Fault,
    features::{catalog, clients},
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
}

/// One line of a contract.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LineInput {
    /// Your own number for it; the contract's with the position unless said.
    #[schema(example = "K007-1")]
    pub reference: Option<String>,
    /// The catalog item's id or code.
    #[schema(example = "M365-BP")]
    pub item: String,
    /// What the client reads; the item's name unless said.
    pub description: Option<String>,
    /// The catalog's unless said.
    #[schema(example = "22.00")]
    pub unit_price: Option<String>,
    /// month (unless said) | term
    pub price_per: Option<String>,
    /// The contract's unless said; also two_yearly, three_yearly and once.
    pub cycle: Option<String>,
    /// The contract's unless said.
    pub timing: Option<String>,
    pub quantity: QuantityInput,
    /// The item's unless said.
    pub tax_type: Option<String>,
    /// The item's unless said.
    pub account_code: Option<String>,
    /// The contract's unless said.
    pub starts_on: Option<String>,
    /// The first day without it.
    pub ends_on: Option<String>,
    /// Periods are counted from here: with the contract's cycle from the contract's start, else
    /// from the line's, unless said.
    pub anchor_on: Option<String>,
}

/// How a line gets its quantity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuantityInput {
    /// fixed | subscription | meter
    pub source: String,
    /// Of a fixed line.
    #[schema(example = "18")]
    pub quantity: Option<String>,
    /// The vendor's ids of the subscriptions that a line follows.
    pub subscriptions: Vec<String>,
    /// The meter that a line counts.
    #[schema(example = "workstations")]
    pub meter: Option<String>,
    /// last_day (unless said) | peak | average | any_day
    pub counting: Option<String>,
    /// Units that are not billed, and why.
    pub exclusions: Vec<ExclusionInput>,
    /// Units that the price includes.
    pub included: Option<String>,
    pub minimum: Option<String>,
    /// exact (unless said) | up | down | nearest
    pub rounding: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExclusionInput {
    pub quantity: String,
    pub reason: String,
    /// The first day on which it no longer applies.
    pub expires_on: Option<String>,
}

/// A contract that may be kept.
pub(super) struct Checked {
    pub terms: ContractTerms,
    pub lines: Vec<LineTerms>,
}

pub(super) const CONTRACT_CYCLES: [&str; 5] =
    ["weekly", "monthly", "quarterly", "half_yearly", "annual"];
const LINE_CYCLES: [&str; 8] = [
    "weekly",
    "monthly",
    "quarterly",
    "half_yearly",
    "annual",
    "two_yearly",
    "three_yearly",
    "once",
];
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

impl LineInput {
    /// The line, or notes of what is wrong with it. `at` counts from 1.
    pub(super) async fn checked(
        &self,
        tx: &mut Tx,
        org: OrgId,
        contract: &ContractTerms,
        at: usize,
        checks: &mut Checks,
        prefix: &str,
    ) -> Result<Option<LineTerms>, Fault> {
        let field = |name: &str| format!("{prefix}{name}");
        let item = match checks.take(field("item"), input::line(&self.item, 60)) {
            None => None,
            Some(name) => {
                let item = catalog::item_named(tx, org, &name).await?;
                if item.is_none() {
                    checks.wrong(
                        field("item"),
                        format!("there is no catalog item \"{name}\""),
                    );
                }
                item
            }
        };
        let own = self.own_parts(contract, checks, prefix);
        let (Some(item), Some(own)) = (item, own) else {
            return Ok(None);
        };
        let unit_price = match own.unit_price {
            Some(price) => price,
            None if item.currency == contract.currency => item.unit_price,
            None => {
                checks.wrong(
                    field("unit_price"),
                    format!(
                        "the catalog's price is in {} and the contract in {}; say the price",
                        item.currency, contract.currency
                    ),
                );
                return Ok(None);
            }
        };
        Ok(Some(LineTerms {
            reference: own
                .reference
                .unwrap_or_else(|| format!("{}-{at}", contract.reference)),
            catalog_item_id: item.id,
            description: own.description.unwrap_or(item.name),
            unit_price,
            price_per: own.price_per,
            cycle: own.cycle,
            timing: own.timing,
            rule: own.rule,
            tax_type: own.tax_type.unwrap_or(item.tax_type),
            account_code: own.account_code.unwrap_or(item.account_code),
            starts_on: own.starts_on,
            ends_on: own.ends_on,
            anchor_on: own.anchor_on,
            subscriptions: own.subscriptions,
        }))
    }

    /// Notes of what is wrong, while the contract itself cannot be read yet.
    fn complain(&self, checks: &mut Checks, prefix: &str) {
        let Some(day) = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).map(Day) else {
            return;
        };
        let nowhere = ContractTerms {
            reference: String::new(),
            client_id: crate::db::ClientId(uuid::Uuid::nil()),
            name: String::new(),
            currency: String::new(),
            status: String::new(),
            starts_on: day,
            ends_on: None,
            bill_from: day,
            cycle: Word(Cycle::Monthly),
            timing: Word(Timing::Advance),
            purchase_order: None,
        };
        self.own_parts(&nowhere, checks, prefix);
    }

    fn own_parts(
        &self,
        contract: &ContractTerms,
        checks: &mut Checks,
        prefix: &str,
    ) -> Option<OwnParts> {
        let field = |name: &str| format!("{prefix}{name}");
        let text = |longest: usize| move |text: &str| input::line(text, longest);
        let reference = self.reference.as_deref();
        let reference = checks.optional(field("reference"), reference, text(60));
        let description = self.description.as_deref();
        let description = checks.optional(field("description"), description, text(1_000));
        let price = self.unit_price.as_deref();
        let unit_price = checks.optional(field("unit_price"), price, input::not_negative);
        let tax_type = checks.optional(field("tax_type"), self.tax_type.as_deref(), text(50));
        let account = self.account_code.as_deref();
        let account_code = checks.optional(field("account_code"), account, text(10));
        let price_per = self.price_per.as_deref();
        let price_per = checks.optional(field("price_per"), price_per, |typed| {
            word::<PricePer>(typed, &["month", "term"])
        });
        let cycle = checks.optional(field("cycle"), self.cycle.as_deref(), |typed| {
            word::<Cycle>(typed, &LINE_CYCLES)
        });
        let timing = checks.optional(field("timing"), self.timing.as_deref(), |typed| {
            word::<Timing>(typed, &["advance", "arrears"])
        });
        let days = self.days(contract, cycle.unwrap_or(contract.cycle), checks, prefix);
        let quantity_field = field("quantity.");
        let (rule, subscriptions) = self.quantity.checked(checks, &quantity_field)?;
        let (starts_on, ends_on, anchor_on) = days?;
        Some(OwnParts {
            reference,
            description,
            unit_price,
            price_per: price_per.unwrap_or(Word(PricePer::Month)),
            cycle: cycle.unwrap_or(contract.cycle),
            timing: timing.unwrap_or(contract.timing),
            rule,
            subscriptions,
            tax_type,
            account_code,
            starts_on,
            ends_on,
            anchor_on,
        })
    }

    /// Start, end and anchor.
    fn days(
        &self,
        contract: &ContractTerms,
        cycle: Word<Cycle>,
        checks: &mut Checks,
        prefix: &str,
    ) -> Option<(Day, Option<Day>, Day)> {
        let field = |name: &str| format!("{prefix}{name}");
        let starts_on = self.starts_on.as_deref();
        let starts_on = checks.optional(field("starts_on"), starts_on, input::day);
        let starts_on = starts_on.unwrap_or(contract.starts_on);
        let ends_on = checks.optional(field("ends_on"), self.ends_on.as_deref(), input::day);
        let anchor_on = self.anchor_on.as_deref();
        let anchor_on = checks.optional(field("anchor_on"), anchor_on, input::day);
        let anchor_on = anchor_on.unwrap_or(if cycle == contract.cycle {
            contract.starts_on.min(starts_on)
        } else {
            starts_on
        });
        let mut is_fine = true;
        let mut wrong = |name: &str, message: &str| {
            is_fine = false;
            checks.wrong(field(name), message);
        };
        if ends_on.is_some_and(|end| end <= starts_on) {
            wrong("ends_on", "the end must be after the start");
        }
        if !contract.reference.is_empty() && starts_on < contract.starts_on {
            wrong("starts_on", "a line cannot start before its contract");
        }
        if anchor_on > starts_on {
            wrong(
                "anchor_on",
                "periods are counted from the start or an earlier day",
            );
        }
        is_fine.then_some((starts_on, ends_on, anchor_on))
    }
}

struct OwnParts {
    reference: Option<String>,
    description: Option<String>,
    unit_price: Option<Exact>,
    price_per: Word<PricePer>,
    cycle: Word<Cycle>,
    timing: Word<Timing>,
    rule: StoredRule,
    subscriptions: Vec<String>,
    tax_type: Option<String>,
    account_code: Option<String>,
    starts_on: Day,
    ends_on: Option<Day>,
    anchor_on: Day,
}

impl QuantityInput {
    pub fn fixed(quantity: &str) -> Self {
        Self {
            source: "fixed".to_owned(),
            quantity: Some(quantity.to_owned()),
            ..Self::default()
        }
    }

    /// The rule and the subscriptions it follows.
    fn checked(&self, checks: &mut Checks, prefix: &str) -> Option<(StoredRule, Vec<String>)> {
        let field = |name: &str| format!("{prefix}{name}");
        let (source, meter) = self.source(checks, prefix)?;
        let mut rule = QuantityRule::of(source);
        let number = |text: &str| input::not_negative(text).map(micro);
        let included = self.included.as_deref();
        rule.included = checks
            .optional(field("included"), included, number)
            .unwrap_or(Micro::ZERO);
        rule.minimum = checks.optional(field("minimum"), self.minimum.as_deref(), number);
        let rounding = self.rounding.as_deref();
        let rounding = checks.optional(field("rounding"), rounding, |typed| {
            word::<RoundRule>(typed, &["exact", "up", "down", "nearest"])
        });
        rule.rounding = rounding.map_or(RoundRule::Exact, |rounding| rounding.0);
        for (at, exclusion) in self.exclusions.iter().enumerate() {
            let prefix = field(&format!("exclusions[{at}]."));
            rule.exclusions.extend(exclusion.checked(checks, &prefix));
        }
        let mut subscriptions: Vec<String> = self
            .subscriptions
            .iter()
            .map(|id| id.trim().to_owned())
            .filter(|id| !id.is_empty())
            .collect();
        subscriptions.sort();
        subscriptions.dedup();
        let follows = rule.source == QuantitySource::Subscription;
        if follows && subscriptions.is_empty() {
            checks.wrong(
                field("subscriptions"),
                "choose at least one subscription to follow",
            );
        }
        if !follows && !subscriptions.is_empty() {
            let message = "only a line that follows subscriptions takes any";
            checks.wrong(field("subscriptions"), message);
        }
        Some((StoredRule { rule, meter }, subscriptions))
    }

    fn source(
        &self,
        checks: &mut Checks,
        prefix: &str,
    ) -> Option<(QuantitySource, Option<String>)> {
        let field = |name: &str| format!("{prefix}{name}");
        let known = ["fixed", "subscription", "meter"];
        match checks.take(field("source"), input::one_of(&self.source, &known))? {
            "fixed" => {
                let typed = self.quantity.as_deref().unwrap_or_default();
                let quantity = checks.take(field("quantity"), input::not_negative(typed))?;
                let quantity = micro(quantity);
                Some((QuantitySource::Fixed { quantity }, None))
            }
            "subscription" => Some((QuantitySource::Subscription, None)),
            _ => {
                let typed = self.meter.as_deref().unwrap_or_default();
                let meter = checks.take(field("meter"), catalog::meter(typed))?;
                let counting = self.counting.as_deref();
                let counting = checks.optional(field("counting"), counting, |typed| {
                    word::<Counting>(typed, &["last_day", "peak", "average", "any_day"])
                });
                let counting = counting.map_or(Counting::LastDay, |counting| counting.0);
                Some((QuantitySource::Meter { counting }, Some(meter)))
            }
        }
    }
}

impl ExclusionInput {
    fn checked(&self, checks: &mut Checks, prefix: &str) -> Option<Exclusion> {
        let field = |name: &str| format!("{prefix}{name}");
        let quantity = checks.take(field("quantity"), input::not_negative(&self.quantity));
        let reason = checks.take(field("reason"), input::line(&self.reason, 300));
        let expires_on =
            checks.optional(field("expires_on"), self.expires_on.as_deref(), input::day);
        Some(Exclusion {
            quantity: micro(quantity?),
            reason: reason?,
            expires_on: expires_on.map(|day| day.0),
        })
    }
}

/// A checked decimal always fits: `Exact` and `Micro` have the same places.
pub(super) fn micro(number: Exact) -> Micro {
    Micro(number.to_micros().unwrap_or(i64::MAX))
}

fn word<T: DeserializeOwned>(typed: &str, known: &[&'static str]) -> Result<Word<T>, String> {
    let word = input::one_of(typed, known)?;
    Word::try_from(word.to_owned()).map_err(|error| error.to_string())
}

impl ContractInput {
    /// A contract as it would be typed.
    pub(super) async fn of(
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
        })
    }
}

impl LineInput {
    /// A line as it would be typed.
    pub(super) fn of(terms: &LineTerms) -> Self {
        Self {
            reference: Some(terms.reference.clone()),
            item: terms.catalog_item_id.to_string(),
            description: Some(terms.description.clone()),
            unit_price: Some(terms.unit_price.to_string()),
            price_per: Some(terms.price_per.text()),
            cycle: Some(terms.cycle.text()),
            timing: Some(terms.timing.text()),
            quantity: QuantityInput::of(&terms.rule, &terms.subscriptions),
            tax_type: Some(terms.tax_type.clone()),
            account_code: Some(terms.account_code.clone()),
            starts_on: Some(terms.starts_on.to_string()),
            ends_on: terms.ends_on.map(|day| day.to_string()),
            anchor_on: Some(terms.anchor_on.to_string()),
        }
    }
}

impl QuantityInput {
    /// A rule as it would be typed.
    pub(super) fn of(stored: &StoredRule, subscriptions: &[String]) -> Self {
        let rule = &stored.rule;
        let number = |number: Micro| (!number.is_zero()).then(|| number.to_string());
        let exclusions = rule.exclusions.iter().map(|exclusion| ExclusionInput {
            quantity: exclusion.quantity.to_string(),
            reason: exclusion.reason.clone(),
            expires_on: exclusion.expires_on.map(|day| day.to_string()),
        });
        let mut input = Self {
            subscriptions: subscriptions.to_vec(),
            exclusions: exclusions.collect(),
            included: number(rule.included),
            minimum: rule.minimum.map(|minimum| minimum.to_string()),
            rounding: (rule.rounding != RoundRule::Exact).then(|| Word(rule.rounding).text()),
            ..Self::default()
        };
        match &rule.source {
            QuantitySource::Fixed { quantity } => {
                input.source = "fixed".to_owned();
                input.quantity = Some(quantity.to_string());
            }
            QuantitySource::Subscription => input.source = "subscription".to_owned(),
            QuantitySource::Meter { counting } => {
                input.source = "meter".to_owned();
                input.meter.clone_from(&stored.meter);
                input.counting = Some(Word(*counting).text());
            }
        }
        input
    }
}
