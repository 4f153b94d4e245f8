//! The fields of a line that a person writes.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{
    db::{OrgId, Tx},
    fault::Fault,
    features::{
        catalog,
        generated_invoices::{LineView, edit::LineFields},
    },
    ui::Field,
};

/// A line as it was typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct TypedLine {
    pub description: String,
    pub quantity: String,
    pub unit_price: String,
    pub tax_type: String,
    pub account_code: String,
}

impl TypedLine {
    pub fn of(line: &LineView) -> Self {
        Self {
            description: line.description.clone(),
            quantity: line.quantity.to_string(),
            unit_price: line.unit_price.to_string(),
            tax_type: line.tax_type.clone(),
            account_code: line.account_code.clone(),
        }
    }

    pub fn fields(&self) -> LineFields {
        LineFields {
            description: Some(self.description.clone()),
            quantity: Some(self.quantity.clone()),
            unit_price: Some(self.unit_price.clone()),
            tax_type: Some(self.tax_type.clone()),
            account_code: Some(self.account_code.clone()),
        }
    }
}

/// The tax codes and accounts the ledger takes, by code and name.
pub struct LedgerCodes {
    tax_types: Vec<(String, String)>,
    accounts: Vec<(String, String)>,
}

impl LedgerCodes {
    pub async fn load(tx: &mut Tx, org: OrgId) -> Result<Self, Fault> {
        Ok(Self {
            tax_types: catalog::store::tax_types(tx, org).await?,
            accounts: catalog::store::revenue_accounts(tx, org).await?,
        })
    }

    /// What is asked of a line; `errors` by field.
    pub fn fields(
        &self,
        typed: &TypedLine,
        currency: Option<&str>,
        errors: &BTreeMap<String, String>,
    ) -> Vec<Field> {
        let error = |name: &str| errors.get(name).cloned();
        let price = Field::decimal("unit_price", "Price of one")
            .value(&typed.unit_price)
            .error(error("unit_price"))
            .required();
        let price = match currency {
            Some(currency) => price.prefix(currency),
            None => price,
        };
        let choice = |name, label, known: &[(String, String)], value: &str| {
            let none = Field::select(name, label).option("", "Choose");
            let field = known.iter().fold(none, |field, (code, name)| {
                field.option(code, format!("{code}: {name}"))
            });
            // A code the ledger no longer has is still what stands there.
            let is_known = value.is_empty() || known.iter().any(|(code, _)| code == value);
            let field = if is_known {
                field
            } else {
                field.option(value, value)
            };
            field.value(value).error(error(name)).required()
        };
        vec![
            Field::textarea("description", "Description")
                .value(&typed.description)
                .error(error("description"))
                .required(),
            Field::decimal("quantity", "Quantity")
                .value(&typed.quantity)
                .error(error("quantity"))
                .required(),
            price,
            choice("tax_type", "Tax code", &self.tax_types, &typed.tax_type),
            choice(
                "account_code",
                "Revenue account",
                &self.accounts,
                &typed.account_code,
            ),
        ]
    }
}
