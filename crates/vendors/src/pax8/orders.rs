//! Orders: who bought what, and when.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Pax8;
use super::paging::Identified;
use super::subscriptions::BillingTerm;
use crate::lenient::{filled, flag, null_default};
use crate::list::Listed;
use crate::words::words;
use crate::{Cursor, Error, Page, dates, number};

words! {
    /// Which side placed an order.
    pub enum OrderedBy { Partner = "Pax8 Partner", Customer = "Customer", Pax8 = "Pax8" }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    pub id: String,
    pub company_id: String,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub created_date: Option<NaiveDate>,
    #[serde(default)]
    pub ordered_by: Option<OrderedBy>,
    #[serde(default, deserialize_with = "filled")]
    pub ordered_by_user_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub ordered_by_user_email: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub is_scheduled: bool,
    #[serde(default, deserialize_with = "null_default")]
    pub line_items: Vec<OrderLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderLine {
    #[serde(default, deserialize_with = "filled")]
    pub id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub product_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub subscription_id: Option<String>,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub provision_start_date: Option<NaiveDate>,
    #[serde(default)]
    pub billing_term: Option<BillingTerm>,
    #[serde(default, deserialize_with = "number::option")]
    pub quantity: Option<Decimal>,
}

impl Listed for Order {
    const ID: &'static str = "id";
}

impl Identified for Order {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl Pax8 {
    /// Orders, of one company or of all. Pax8 offers no order for this list.
    pub async fn orders(
        &self,
        company_id: Option<&str>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Order>, Error> {
        let query: Vec<_> = company_id
            .map(|id| ("companyId", id.to_owned()))
            .into_iter()
            .collect();
        self.page(&["orders"], &query, cursor, "orders").await
    }

    pub async fn order(&self, id: &str) -> Result<Order, Error> {
        self.one(&["orders", id], &format!("order {id}")).await
    }
}
