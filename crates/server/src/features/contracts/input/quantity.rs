//! How a line gets its quantity, as it is typed.

use billing::{
    Micro,
    quantity::{Counting, Exclusion, QuantityRule, QuantitySource, RoundRule},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{micro, word};
use crate::{
    features::{
        catalog,
        contracts::{StoredRule, Word},
    },
    input::{self, Checks},
};

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

impl QuantityInput {
    pub fn fixed(quantity: &str) -> Self {
        Self {
            source: "fixed".to_owned(),
            quantity: Some(quantity.to_owned()),
            ..Self::default()
        }
    }

    /// The rule and the subscriptions it follows.
    pub(super) fn checked(
        &self,
        checks: &mut Checks,
        prefix: &str,
    ) -> Option<(StoredRule, Vec<String>)> {
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

impl QuantityInput {
    /// A rule as it would be typed.
    pub(in crate::features::contracts) fn of(
        stored: &StoredRule,
        subscriptions: &[String],
    ) -> Self {
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
                "fixed".clone_into(&mut input.source);
                input.quantity = Some(quantity.to_string());
            }
            QuantitySource::Subscription => "subscription".clone_into(&mut input.source),
            QuantitySource::Meter { counting } => {
                "meter".clone_into(&mut input.source);
                input.meter.clone_from(&stored.meter);
                input.counting = Some(Word(*counting).text());
            }
        }
        input
    }
}
