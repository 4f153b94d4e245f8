//! Subscriptions: what the MSP has bought for whom.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Pax8;
use super::paging::Identified;
use crate::lenient::filled;
use crate::list::Listed;
use crate::words::words;
use crate::{Cursor, Error, Page, dates, number};

words! {
    pub enum SubscriptionStatus {
        Active = "Active",
        Cancelled = "Cancelled",
        PendingManual = "PendingManual",
        PendingAutomated = "PendingAutomated",
        PendingCancel = "PendingCancel",
        WaitingForDetails = "WaitingForDetails",
        Trial = "Trial",
        Converted = "Converted",
        PendingActivation = "PendingActivation",
        Activated = "Activated",
    }
}

words! {
    pub enum BillingTerm {
        Monthly = "Monthly",
        Annual = "Annual" | "1-Year",
        TwoYear = "2-Year",
        ThreeYear = "3-Year",
        OneTime = "One-Time",
        Trial = "Trial",
        Activation = "Activation",
    }
}

impl BillingTerm {
    /// The months one price covers; none where nothing recurs, or where we do not know the word.
    pub fn months(&self) -> Option<u32> {
        match self {
            Self::Monthly => Some(1),
            Self::Annual => Some(12),
            Self::TwoYear => Some(24),
            Self::ThreeYear => Some(36),
            Self::OneTime | Self::Trial | Self::Activation | Self::Other(_) => None,
        }
    }
}

/// A subscription, or one state of it in its history.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    pub id: String,
    /// Set for a part of a bundle.
    #[serde(default, deserialize_with = "filled")]
    pub parent_subscription_id: Option<String>,
    pub company_id: String,
    pub product_id: String,
    #[serde(default, deserialize_with = "filled")]
    pub vendor_subscription_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub vendor_sku_id: Option<String>,
    #[serde(deserialize_with = "number::exact")]
    pub quantity: Decimal,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub start_date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub end_date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "dates::instant_option")]
    pub created_date: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "dates::instant_option")]
    pub updated_date: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub billing_start: Option<NaiveDate>,
    pub status: SubscriptionStatus,
    /// What the client is charged a unit and billing term, by Pax8's books.
    #[serde(default, deserialize_with = "number::option")]
    pub price: Option<Decimal>,
    /// What the MSP pays a unit and billing term.
    #[serde(default, deserialize_with = "number::option")]
    pub partner_cost: Option<Decimal>,
    #[serde(default, deserialize_with = "filled")]
    pub currency_code: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub product_name: Option<String>,
    #[serde(default)]
    pub billing_term: Option<BillingTerm>,
    #[serde(default)]
    pub commitment_term: Option<Commitment>,
}

/// The commitment a subscription is bound by; its end is the renewal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commitment {
    #[serde(default, deserialize_with = "filled")]
    pub id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub term: Option<String>,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub end_date: Option<NaiveDate>,
}

impl Listed for Subscription {
    const ID: &'static str = "id";
}

impl Identified for Subscription {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

/// Which subscriptions to list; everything by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscriptionFilter {
    pub company_id: Option<String>,
    pub product_id: Option<String>,
    pub status: Option<SubscriptionStatus>,
}

impl Pax8 {
    /// Subscriptions, oldest first, so that new ones come at the end and shift nothing.
    pub async fn subscriptions(
        &self,
        filter: &SubscriptionFilter,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Subscription>, Error> {
        let status = filter
            .status
            .as_ref()
            .map(|status| status.as_str().to_owned());
        let filters = [
            ("companyId", filter.company_id.clone()),
            ("productId", filter.product_id.clone()),
            ("status", status),
        ];
        let mut query = vec![("sort", "createdDate,asc".to_owned())];
        query.extend(
            filters
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        self.page(&["subscriptions"], &query, cursor, "subscriptions")
            .await
    }

    pub async fn subscription(&self, id: &str) -> Result<Subscription, Error> {
        self.one(&["subscriptions", id], &format!("subscription {id}"))
            .await
    }

    /// The past states of a subscription, as Pax8 kept them.
    pub async fn subscription_history(&self, id: &str) -> Result<Page<Subscription>, Error> {
        let url = self.api(&["subscriptions", id, "history"], &[]);
        self.whole(url, &format!("the history of subscription {id}"))
            .await
    }
}
