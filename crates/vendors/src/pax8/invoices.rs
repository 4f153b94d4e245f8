//! Pax8's bills to the MSP and their lines, approved ones and the draft of the coming one.
//!
//! An approved bill never changes. A wrong one is marked `Credited` in full, stays listed, and a
//! new one with a new number takes its place.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::Pax8;
use super::paging::Identified;
use crate::lenient::{filled, flag};
use crate::list::Listed;
use crate::words::words;
use crate::{Cursor, Error, Page, dates, number};

words! {
    pub enum InvoiceStatus {
        Unpaid = "Unpaid",
        Paid = "Paid",
        Void = "Void",
        Carried = "Carried",
        NothingDue = "Nothing Due",
        Credited = "Credited",
    }
}

words! {
    pub enum ItemType {
        Rebate = "rebate",
        Prorate = "prorate",
        Subscription = "subscription",
        PaymentCredit = "payment-credit",
        OneTime = "one-time",
        ServiceCharge = "service-charge",
        ServiceCredit = "service-credit",
        InvoiceCredit = "invoice-credit",
    }
}

words! {
    /// The term of a bill line; spelt differently from [`super::BillingTerm`].
    pub enum ItemTerm {
        Monthly = "Monthly",
        Annual = "Annual",
        TwoYear = "2 Year" | "2-Year",
        ThreeYear = "3 Year" | "3-Year",
        OneTime = "One-Time" | "One-time",
        Arrears = "Arrears",
        Trial = "Trial",
        Activation = "Activation",
        Rebate = "Rebate",
    }
}

words! {
    pub enum RateType {
        Markup = "markup",
        Single = "single",
        Flat = "flat",
        Volume = "volume",
        Tiered = "tiered",
    }
}

words! {
    pub enum ChargeType { Flat = "flat", Per = "per" }
}

/// A bill from Pax8 to the MSP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Invoice {
    pub id: String,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub invoice_date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub due_date: Option<NaiveDate>,
    /// On the wire and in Pax8's examples, though missing from its schema.
    #[serde(default)]
    pub status: Option<InvoiceStatus>,
    #[serde(default, deserialize_with = "number::option")]
    pub balance: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub carried_balance: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub total: Option<Decimal>,
    #[serde(default, deserialize_with = "filled")]
    pub currency_code: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub partner_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub company_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub external_id: Option<String>,
}

/// A line of a bill: `cost` is what the MSP pays, `price` what its client would be charged.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InvoiceItem {
    /// Lines of a draft have none, and by Pax8's own examples not every line of a bill has one:
    /// where it is absent, the line is known by its bill and its place in it.
    #[serde(default, deserialize_with = "filled")]
    pub id: Option<String>,
    #[serde(default, rename = "type")]
    pub kind: Option<ItemType>,
    #[serde(default, deserialize_with = "filled")]
    pub purchase_order_number: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub company_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub company_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub external_id: Option<String>,
    /// First day of what is billed.
    #[serde(default, deserialize_with = "dates::day_option")]
    pub start_period: Option<NaiveDate>,
    /// Last day of what is billed, itself included.
    #[serde(default, deserialize_with = "dates::day_option")]
    pub end_period: Option<NaiveDate>,
    #[serde(default, deserialize_with = "number::option")]
    pub quantity: Option<Decimal>,
    #[serde(default, deserialize_with = "filled")]
    pub unit_of_measure: Option<String>,
    #[serde(default)]
    pub term: Option<ItemTerm>,
    #[serde(default, deserialize_with = "filled")]
    pub sku: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub details: Option<String>,
    #[serde(default)]
    pub rate_type: Option<RateType>,
    #[serde(default)]
    pub charge_type: Option<ChargeType>,
    #[serde(default, deserialize_with = "number::option")]
    pub price: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub sub_total: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub cost: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub cost_total: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub total: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub amount_due: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub sales_tax: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub billing_fee: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub billing_fee_rate: Option<Decimal>,
    #[serde(default, deserialize_with = "filled")]
    pub offered_by: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub billed_by_pax8: bool,
    #[serde(default, deserialize_with = "filled")]
    pub product_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub product_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub vendor_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub currency_code: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub subscription_id: Option<String>,
}

/// Which coming bill's draft to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftMonth {
    This,
    Next,
}

impl Listed for Invoice {
    const ID: &'static str = "id";
}

impl Identified for Invoice {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl Listed for InvoiceItem {
    const ID: &'static str = "id";
}

impl Identified for InvoiceItem {
    fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl Pax8 {
    /// Bills by date, from a day on or all of them; credited ones are among them.
    pub async fn invoices(
        &self,
        since: Option<NaiveDate>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Invoice>, Error> {
        let mut query = vec![("sort", "invoiceDate".to_owned())];
        query.extend(since.map(|day| ("invoiceDateRangeStart", day.to_string())));
        self.page(&["invoices"], &query, cursor, "bills").await
    }

    pub async fn invoice(&self, id: &str) -> Result<Invoice, Error> {
        self.one(&["invoices", id], &format!("bill {id}")).await
    }

    /// The lines of one bill.
    pub async fn invoice_items(
        &self,
        invoice_id: &str,
        cursor: Option<&Cursor>,
    ) -> Result<Page<InvoiceItem>, Error> {
        let what = format!("the lines of bill {invoice_id}");
        self.page(&["invoices", invoice_id, "items"], &[], cursor, &what)
            .await
    }

    /// The lines of a bill not yet made; usage billed in arrears is not among them.
    pub async fn draft_items(
        &self,
        month: DraftMonth,
        cursor: Option<&Cursor>,
    ) -> Result<Page<InvoiceItem>, Error> {
        let offset = match month {
            DraftMonth::This => "0",
            DraftMonth::Next => "1",
        };
        let query = [("monthOffset", offset.to_owned())];
        self.page(
            &["invoices", "draftItems"],
            &query,
            cursor,
            "the lines of the coming bill",
        )
        .await
    }
}
