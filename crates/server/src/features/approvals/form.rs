//! What the settings page sends.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::{ApprovalRules, RulesChange, change::LimitInput};
use crate::{db::PersonId, fault::Fault, ui::format};

/// What either form sends; a field of the rules' form is missing in the other.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub version: i64,
    pub change_percent: String,
    pub approver: Vec<String>,
    pub asks_factor: Option<String>,
    pub factor: String,
    pub stand_in: String,
    pub through_on: String,
    /// `limit_GBP`: one a currency.
    pub limits: HashMap<String, String>,
}

pub type Pairs = Vec<(String, String)>;

pub const LIMIT: &str = "limit_";

impl Typed {
    pub fn read(pairs: Pairs) -> Self {
        let mut typed = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "version" => typed.version = value.parse().unwrap_or_default(),
                "change_percent" => typed.change_percent = value,
                "approver" => typed.approver.push(value),
                "asks_factor" => typed.asks_factor = Some(value),
                "factor" => typed.factor = value,
                "stand_in" => typed.stand_in = value,
                "through_on" => typed.through_on = value,
                _ if name.starts_with(LIMIT) => drop(typed.limits.insert(name, value)),
                _ => {}
            }
        }
        typed
    }

    pub fn of(rules: &ApprovalRules) -> Self {
        let limits = rules.limits.iter().map(|limit| {
            let digits = format::minor_digits(&limit.currency);
            let amount = Decimal::new(limit.limit_minor, digits).to_string();
            (format!("{LIMIT}{}", limit.currency), amount)
        });
        Self {
            version: rules.version,
            change_percent: rules.change_percent().unwrap_or_default(),
            approver: rules.approvers.iter().map(PersonId::to_string).collect(),
            asks_factor: rules.asks_factor.then(|| "on".to_owned()),
            limits: limits.collect(),
            ..Self::default()
        }
    }

    pub fn change(&self) -> Result<RulesChange, Fault> {
        let mut limits = Vec::new();
        for (name, text) in &self.limits {
            let Some(currency) = name.strip_prefix(LIMIT).filter(|_| !text.trim().is_empty())
            else {
                continue;
            };
            let minor = minor(text, currency).ok_or_else(|| {
                Fault::field(name, "write an amount without signs, such as 5000.00")
            })?;
            limits.push(LimitInput {
                currency: currency.to_owned(),
                limit_minor: minor,
            });
        }
        limits.sort_by(|a, b| a.currency.cmp(&b.currency));
        let approvers = self.approver.iter().map(|id| {
            let wrong = |_| Fault::field("approvers", "this person is not in the team");
            id.parse::<PersonId>().map_err(wrong)
        });
        Ok(RulesChange {
            version: self.version,
            limits,
            change_share: share(&self.change_percent)?,
            approvers: approvers.collect::<Result<_, _>>()?,
            asks_factor: self.asks_factor.is_some(),
        })
    }
}

/// An amount in the currency's smallest unit.
fn minor(text: &str, currency: &str) -> Option<i64> {
    let amount = Decimal::from_str_exact(text.trim()).ok()?;
    let unit = Decimal::from(10_i64.checked_pow(format::minor_digits(currency))?);
    let minor = amount.checked_mul(unit)?.normalize();
    (minor.scale() == 0 && !minor.is_sign_negative())
        .then(|| minor.try_into().ok())
        .flatten()
}

/// A share from percent.
fn share(percent: &str) -> Result<Option<String>, Fault> {
    let percent = percent.trim();
    if percent.is_empty() {
        return Ok(None);
    }
    let wrong = || Fault::field("change_percent", "write a percentage, such as 20");
    let percent = Decimal::from_str_exact(percent).map_err(|_| wrong())?;
    let share = percent.checked_div(Decimal::from(100)).ok_or_else(wrong)?;
    if share.is_sign_negative() || share.normalize().scale() > 6 {
        return Err(wrong());
    }
    Ok(Some(share.normalize().to_string()))
}
