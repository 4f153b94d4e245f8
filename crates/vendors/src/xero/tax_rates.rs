//! Tax rates. Their type is an opaque word: people make their own (`TAX001`).

use rust_decimal::Decimal;
use serde::Deserialize;

use super::paging::Resource;
use super::tenant::Xero;
use crate::lenient::{flag, null_default};
use crate::list::Listed;
use crate::words::words;
use crate::{Error, Page, number};

words! {
    pub enum TaxRateStatus {
        Active = "ACTIVE",
        Deleted = "DELETED",
        Archived = "ARCHIVED",
        Pending = "PENDING",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaxRate {
    pub name: String,
    pub tax_type: String,
    #[serde(default)]
    pub status: Option<TaxRateStatus>,
    #[serde(default, deserialize_with = "null_default")]
    pub tax_components: Vec<TaxComponent>,
    #[serde(default, deserialize_with = "flag")]
    pub can_apply_to_revenue: bool,
    #[serde(default, deserialize_with = "flag")]
    pub can_apply_to_expenses: bool,
    /// In percent.
    #[serde(default, deserialize_with = "number::option")]
    pub display_tax_rate: Option<Decimal>,
    /// In percent, compound components worked in.
    #[serde(default, deserialize_with = "number::option")]
    pub effective_rate: Option<Decimal>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TaxComponent {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "number::option")]
    pub rate: Option<Decimal>,
    #[serde(default, deserialize_with = "flag")]
    pub is_compound: bool,
    #[serde(default, deserialize_with = "flag")]
    pub is_non_recoverable: bool,
}

impl Listed for TaxRate {
    const ID: &'static str = "TaxType";
}

impl Resource for TaxRate {
    const NAME: &'static str = "TaxRates";

    fn id(&self) -> &str {
        &self.tax_type
    }
}

impl Xero {
    /// All tax rates; Xero neither pages them nor says what changed.
    pub async fn tax_rates(&self) -> Result<Page<TaxRate>, Error> {
        self.whole(&[], None).await
    }
}
