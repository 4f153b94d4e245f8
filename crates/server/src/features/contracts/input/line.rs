//! One line as it is typed.

use billing::{
    charge::PricePer,
    period::{Cycle, Timing},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{QuantityInput, word};
use crate::{
    db::{Day, Exact, OrgId, Tx},
    fault::Fault,
    features::{
        catalog,
        contracts::{ContractTerms, Line, StoredRule, Word, line::LineTerms},
    },
    input::{self, Checks},
};

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

impl LineInput {
    /// The line, or notes of what is wrong with it. `at` counts from 1.
    pub(in crate::features::contracts) async fn checked(
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
    pub(super) fn complain(&self, checks: &mut Checks, prefix: &str) {
        let Some(nowhere) = nowhere("") else {
            return;
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

/// A contract that says nothing, for lines that are looked at without theirs.
fn nowhere(currency: &str) -> Option<ContractTerms> {
    let day = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).map(Day)?;
    Some(ContractTerms {
        reference: String::new(),
        client_id: crate::db::ClientId(uuid::Uuid::nil()),
        name: String::new(),
        currency: currency.to_owned(),
        status: String::new(),
        starts_on: day,
        ends_on: None,
        bill_from: day,
        cycle: Word(Cycle::Monthly),
        timing: Word(Timing::Advance),
        purchase_order: None,
    })
}

/// Notes what is wrong with a line of a template: it has no reference, days or subscriptions,
/// which belong to one contract. Without a currency every price is in the client's.
pub async fn template_line(
    line: &LineInput,
    tx: &mut Tx,
    org: OrgId,
    currency: Option<&str>,
    checks: &mut Checks,
    prefix: &str,
) -> Result<(), Fault> {
    for (name, given) in [
        ("reference", &line.reference),
        ("starts_on", &line.starts_on),
        ("ends_on", &line.ends_on),
        ("anchor_on", &line.anchor_on),
    ] {
        if given.is_some() {
            let message = "only a contract has this; leave it out of a template";
            checks.wrong(format!("{prefix}{name}"), message);
        }
    }
    let mut typed = line.clone();
    if !line.quantity.subscriptions.is_empty() {
        checks.wrong(
            format!("{prefix}quantity.subscriptions"),
            "a template names no subscriptions; the client's are found when it is used",
        );
    } else if line.quantity.source == "subscription" {
        typed.quantity.subscriptions = vec!["the client's".to_owned()];
    }
    if currency.is_none() && typed.unit_price.is_none() {
        typed.unit_price = Some("0".to_owned());
    }
    if let Some(nowhere) = nowhere(currency.unwrap_or_default()) {
        typed.checked(tx, org, &nowhere, 1, checks, prefix).await?;
    }
    Ok(())
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

impl LineInput {
    /// A line as it would be typed.
    pub(in crate::features::contracts) fn of(terms: &LineTerms) -> Self {
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

impl Line {
    /// The line as a template has it: its price and quantity of the day, and nothing that only
    /// its contract can say.
    pub fn as_template(&self, day: Day) -> LineInput {
        let mut input = LineInput {
            reference: None,
            starts_on: None,
            ends_on: None,
            anchor_on: None,
            unit_price: Some(Exact::from_micros(self.price_on(day).0).to_string()),
            ..LineInput::of(&self.terms)
        };
        input.quantity.subscriptions.clear();
        if let Some(quantity) = self.fixed_quantity_on(day) {
            input.quantity.quantity = Some(quantity.to_string());
        }
        input
    }
}
