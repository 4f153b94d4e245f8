//! Metered usage of a subscription, summed and by day.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Pax8;
use super::paging::Identified;
use crate::lenient::{filled, flag};
use crate::list::Listed;
use crate::{Cursor, Error, Page, dates, number};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageSummary {
    pub id: String,
    #[serde(default, deserialize_with = "filled")]
    pub company_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub product_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub subscription_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub resource_group: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub vendor_name: Option<String>,
    #[serde(default, deserialize_with = "number::option")]
    pub current_charges: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub partner_total: Option<Decimal>,
    #[serde(default, deserialize_with = "filled")]
    pub currency_code: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub is_trial: bool,
}

/// One product's usage on one day. It has no id of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UsageLine {
    #[serde(default, deserialize_with = "filled")]
    pub usage_summary_id: Option<String>,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub usage_date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "filled")]
    pub product_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub product_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub unit_of_measure: Option<String>,
    #[serde(default, deserialize_with = "number::option")]
    pub quantity: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub unit_price: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub current_charges: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub current_profit: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub partner_total: Option<Decimal>,
    #[serde(default, deserialize_with = "filled")]
    pub currency_code: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub is_trial: bool,
}

impl Listed for UsageSummary {
    const ID: &'static str = "id";
}

impl Identified for UsageSummary {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl Listed for UsageLine {
    const ID: &'static str = "productId";
}

impl Identified for UsageLine {
    fn id(&self) -> Option<&str> {
        None
    }
}

impl Pax8 {
    /// What a metered subscription has used in the current period, by resource group.
    pub async fn usage_summaries(
        &self,
        subscription_id: &str,
        cursor: Option<&Cursor>,
    ) -> Result<Page<UsageSummary>, Error> {
        let path = ["subscriptions", subscription_id, "usage-summaries"];
        let query = [("sort", "resourceGroup".to_owned())];
        self.page(
            &path,
            &query,
            cursor,
            &format!("the usage of {subscription_id}"),
        )
        .await
    }

    pub async fn usage_summary(&self, id: &str) -> Result<UsageSummary, Error> {
        self.one(&["usage-summaries", id], &format!("usage summary {id}"))
            .await
    }

    /// The usage of one day. Its answer has pages although the contract names no parameter for
    /// them, so they are asked for all the same.
    pub async fn usage_lines(
        &self,
        usage_summary_id: &str,
        day: NaiveDate,
        cursor: Option<&Cursor>,
    ) -> Result<Page<UsageLine>, Error> {
        let path = ["usage-summaries", usage_summary_id, "usage-lines"];
        let query = [("usageDate", day.to_string())];
        self.page(
            &path,
            &query,
            cursor,
            &format!("the usage of {usage_summary_id}"),
        )
        .await
    }
}
