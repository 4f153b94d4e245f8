//! Products and their prices. Prices are "dynamic" at Pax8: read them fresh, keep them briefly.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::Pax8;
use super::paging::Identified;
use super::subscriptions::BillingTerm;
use crate::lenient::{filled, flag, null_default};
use crate::list::Listed;
use crate::words::words;
use crate::{Cursor, Error, Page, number};

/// Something Pax8 sells.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Product {
    pub id: String,
    pub name: String,
    #[serde(default, deserialize_with = "filled")]
    pub vendor_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub short_description: Option<String>,
    /// In the detail only.
    #[serde(default, deserialize_with = "filled")]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub sku: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub vendor_sku: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub requires_commitment: bool,
}

words! {
    pub enum PricingType { Flat = "Flat", Volume = "Volume", Tiered = "Tiered", MarkUp = "Mark-Up" }
}

/// The price list of a product for one term.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pricing {
    #[serde(default)]
    pub product_id: Option<String>,
    #[serde(default)]
    pub product_name: Option<String>,
    #[serde(default)]
    pub billing_term: Option<BillingTerm>,
    #[serde(default)]
    pub commitment_term: Option<String>,
    #[serde(default, deserialize_with = "number::option")]
    pub commitment_term_in_months: Option<Decimal>,
    #[serde(default, rename = "type")]
    pub kind: Option<PricingType>,
    #[serde(default)]
    pub unit_of_measurement: Option<String>,
    #[serde(default, deserialize_with = "null_default")]
    pub rates: Vec<Rate>,
}

/// A step of a price list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rate {
    /// What the MSP pays a unit.
    #[serde(default, deserialize_with = "number::option")]
    pub partner_buy_rate: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub suggested_retail_price: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub start_quantity_range: Option<Decimal>,
    /// None: no upper end.
    #[serde(default, deserialize_with = "number::option")]
    pub end_quantity_range: Option<Decimal>,
    /// `Per Unit` or `Flat Rate`.
    #[serde(default)]
    pub charge_type: Option<String>,
}

impl Listed for Product {
    const ID: &'static str = "id";
}

impl Identified for Product {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl Listed for Pricing {
    const ID: &'static str = "productId";
}

impl Pax8 {
    /// All products on sale, by name.
    pub async fn products(&self, cursor: Option<&Cursor>) -> Result<Page<Product>, Error> {
        self.page(
            &["products"],
            &[("sort", "name".to_owned())],
            cursor,
            "products",
        )
        .await
    }

    pub async fn product(&self, id: &str) -> Result<Product, Error> {
        self.one(&["products", id], &format!("product {id}")).await
    }

    /// The price lists of a product; for one company where prices differ by company.
    pub async fn pricing(
        &self,
        product_id: &str,
        company_id: Option<&str>,
    ) -> Result<Page<Pricing>, Error> {
        let query: Vec<_> = company_id
            .map(|id| ("companyId", id.to_owned()))
            .into_iter()
            .collect();
        let url = self.api(&["products", product_id, "pricing"], &query);
        self.whole(url, &format!("prices of product {product_id}"))
            .await
    }
}
