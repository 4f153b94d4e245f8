//! Items: the ledger's price list.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::paging::Resource;
use super::tenant::Xero;
use crate::lenient::{filled, flag};
use crate::list::Listed;
use crate::{Error, Page, dates, number};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Item {
    #[serde(rename = "ItemID")]
    pub item_id: String,
    pub code: String,
    #[serde(default, deserialize_with = "filled")]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub is_sold: bool,
    #[serde(default, deserialize_with = "flag")]
    pub is_purchased: bool,
    #[serde(default)]
    pub sales_details: Option<ItemPrice>,
    #[serde(default)]
    pub purchase_details: Option<ItemPrice>,
    #[serde(
        default,
        rename = "UpdatedDateUTC",
        deserialize_with = "dates::instant_option"
    )]
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ItemPrice {
    #[serde(deserialize_with = "number::option")]
    pub unit_price: Option<Decimal>,
    #[serde(deserialize_with = "filled")]
    pub account_code: Option<String>,
    #[serde(deserialize_with = "filled")]
    pub tax_type: Option<String>,
}

impl Listed for Item {
    const ID: &'static str = "ItemID";
}

impl Resource for Item {
    const NAME: &'static str = "Items";

    fn id(&self) -> &str {
        &self.item_id
    }
}

impl Xero {
    /// All items; Xero does not page them.
    pub async fn items(&self, modified_since: Option<DateTime<Utc>>) -> Result<Page<Item>, Error> {
        self.whole(&[("unitdp", "4".to_owned())], modified_since)
            .await
    }
}
