//! Items as they are typed, and as they are kept.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CatalogItem;
use crate::{
    db::CatalogItemId,
    fault::Fault,
    http::given,
    input::{self, Checks},
};

pub const LONGEST_NAME: usize = 500;
const LONGEST_TEXT: usize = 4_000;

/// A new item.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ItemInput {
    pub code: String,
    pub name: String,
    pub description: String,
    #[schema(example = "22.00")]
    pub unit_price: String,
    #[schema(example = "17.60")]
    pub unit_cost: Option<String>,
    /// The organization's unless said.
    pub currency: Option<String>,
    #[schema(example = "OUTPUT2")]
    pub tax_type: String,
    #[schema(example = "200")]
    pub account_code: String,
    /// The meter whose count is compared with it, e.g. `workstations`.
    pub meter: Option<String>,
}

impl ItemInput {
    pub(super) fn checked(
        &self,
        id: CatalogItemId,
        own_currency: &str,
    ) -> Result<CatalogItem, Fault> {
        let mut checks = Checks::default();
        let code = checks.take("code", input::line(&self.code, 30));
        let name = checks.take("name", input::line(&self.name, LONGEST_NAME));
        let description = checks.take("description", text(&self.description));
        let unit_price = checks.take("unit_price", input::not_negative(&self.unit_price));
        let unit_cost =
            checks.optional("unit_cost", self.unit_cost.as_deref(), input::not_negative);
        let currency = self.currency.as_deref().filter(|code| !code.is_empty());
        let currency = checks.take(
            "currency",
            input::currency(currency.unwrap_or(own_currency)),
        );
        let tax_type = checks.take("tax_type", input::line(&self.tax_type, 50));
        let account_code = checks.take("account_code", input::line(&self.account_code, 10));
        let meter = checks.optional("meter", self.meter.as_deref(), meter);
        if let (
            Some(code),
            Some(name),
            Some(description),
            Some(unit_price),
            Some(currency),
            Some(tax_type),
            Some(account_code),
            true,
        ) = (
            code,
            name,
            description,
            unit_price,
            currency,
            tax_type,
            account_code,
            checks.is_fine(),
        ) {
            return Ok(CatalogItem {
                id,
                code,
                name,
                description,
                currency,
                unit_price,
                unit_cost,
                tax_type,
                account_code,
                meter,
                status: "active".to_owned(),
                version: 1,
            });
        }
        Err(checks.fault())
    }
}

impl From<&CatalogItem> for ItemInput {
    fn from(item: &CatalogItem) -> Self {
        Self {
            code: item.code.clone(),
            name: item.name.clone(),
            description: item.description.clone(),
            unit_price: item.unit_price.to_string(),
            unit_cost: item.unit_cost.map(|cost| cost.to_string()),
            currency: Some(item.currency.clone()),
            tax_type: item.tax_type.clone(),
            account_code: item.account_code.clone(),
            meter: item.meter.clone(),
        }
    }
}

/// What to change of an item; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ItemChange {
    /// The version you saw.
    pub version: i64,
    pub code: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub unit_price: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub unit_cost: Option<Option<String>>,
    pub currency: Option<String>,
    pub tax_type: Option<String>,
    pub account_code: Option<String>,
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub meter: Option<Option<String>>,
    /// active | archived
    pub status: Option<String>,
}

impl ItemChange {
    pub(super) fn applied_to(&self, before: &CatalogItem) -> Result<CatalogItem, Fault> {
        let mut input = ItemInput::from(before);
        let replace = |field: &mut String, new: &Option<String>| {
            if let Some(new) = new {
                field.clone_from(new);
            }
        };
        replace(&mut input.code, &self.code);
        replace(&mut input.name, &self.name);
        replace(&mut input.description, &self.description);
        replace(&mut input.unit_price, &self.unit_price);
        replace(&mut input.tax_type, &self.tax_type);
        replace(&mut input.account_code, &self.account_code);
        if self.currency.is_some() {
            input.currency.clone_from(&self.currency);
        }
        if let Some(cost) = &self.unit_cost {
            input.unit_cost.clone_from(cost);
        }
        if let Some(meter) = &self.meter {
            input.meter.clone_from(meter);
        }
        let mut after = input.checked(before.id, &before.currency)?;
        before.status.clone_into(&mut after.status);
        if let Some(status) = &self.status {
            let status = input::one_of(status, &["active", "archived"]);
            status
                .map_err(|message| Fault::field("status", message))?
                .clone_into(&mut after.status);
        }
        Ok(after)
    }
}

/// A text of several lines.
fn text(typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    if typed.chars().count() > LONGEST_TEXT {
        return Err(format!("at most {LONGEST_TEXT} characters, please"));
    }
    if typed.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return Err("control characters cannot be kept".to_owned());
    }
    Ok(typed.to_owned())
}

/// The name of a meter: one word, as it stands in counts.
pub fn meter(typed: &str) -> Result<String, String> {
    let typed = typed.trim();
    let is_word = (1..=40).contains(&typed.len())
        && typed
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
    if is_word {
        Ok(typed.to_owned())
    } else {
        Err("name a meter in lower-case letters, such as workstations or servers".to_owned())
    }
}
