//! Repeating invoices: templates that the ledger makes invoices from by itself.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::invoices::{InvoiceStatus, InvoiceType, LineAmounts, LineItem};
use super::paging::Resource;
use super::reading::ContactRef;
use super::tenant::Xero;
use crate::lenient::{filled, null_default};
use crate::list::Listed;
use crate::words::words;
use crate::{Error, Page, dates, number};

words! {
    pub enum ScheduleUnit { Weekly = "WEEKLY", Monthly = "MONTHLY" }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RepeatingInvoice {
    #[serde(rename = "RepeatingInvoiceID")]
    pub repeating_invoice_id: String,
    #[serde(rename = "Type")]
    pub kind: InvoiceType,
    /// What its invoices begin as: `DRAFT` bills too, once somebody approves. `DELETED` is gone.
    pub status: InvoiceStatus,
    pub contact: ContactRef,
    #[serde(default)]
    pub schedule: Schedule,
    #[serde(default, deserialize_with = "filled")]
    pub reference: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub currency_code: Option<String>,
    #[serde(default)]
    pub line_amount_types: Option<LineAmounts>,
    #[serde(default, deserialize_with = "null_default")]
    pub line_items: Vec<LineItem>,
    #[serde(default, deserialize_with = "number::or_zero")]
    pub sub_total: Decimal,
    #[serde(default, deserialize_with = "number::or_zero")]
    pub total_tax: Decimal,
    #[serde(default, deserialize_with = "number::or_zero")]
    pub total: Decimal,
}

/// When it makes invoices: every `period` weeks or months.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Schedule {
    pub period: Option<i64>,
    pub unit: Option<ScheduleUnit>,
    /// Where the current version of the schedule began.
    #[serde(deserialize_with = "dates::day_option")]
    pub start_date: Option<NaiveDate>,
    #[serde(deserialize_with = "dates::day_option")]
    pub next_scheduled_date: Option<NaiveDate>,
    /// Only where one is set.
    #[serde(deserialize_with = "dates::day_option")]
    pub end_date: Option<NaiveDate>,
}

impl Listed for RepeatingInvoice {
    const ID: &'static str = "RepeatingInvoiceID";
}

impl Resource for RepeatingInvoice {
    const NAME: &'static str = "RepeatingInvoices";

    fn id(&self) -> &str {
        &self.repeating_invoice_id
    }
}

impl Xero {
    /// All repeating invoices; Xero neither pages them nor says what changed.
    pub async fn repeating_invoices(&self) -> Result<Page<RepeatingInvoice>, Error> {
        self.whole(&[], None).await
    }
}
