//! Credit notes, and which invoices they were set against.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::invoices::{InvoiceStatus, LineAmounts, LineItem};
use super::paging::Resource;
use super::reading::{ContactRef, InvoiceRef};
use super::tenant::Xero;
use crate::lenient::{filled, null_default};
use crate::list::Listed;
use crate::words::words;
use crate::{Cursor, Error, Page, dates, number};

words! {
    pub enum CreditNoteType { Receivable = "ACCRECCREDIT", Payable = "ACCPAYCREDIT" }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreditNote {
    #[serde(rename = "CreditNoteID")]
    pub credit_note_id: String,
    #[serde(default, deserialize_with = "filled")]
    pub credit_note_number: Option<String>,
    #[serde(rename = "Type")]
    pub kind: CreditNoteType,
    /// The same words as for invoices.
    pub status: InvoiceStatus,
    pub contact: ContactRef,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "filled")]
    pub reference: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub currency_code: Option<String>,
    #[serde(default, deserialize_with = "number::option")]
    pub currency_rate: Option<Decimal>,
    #[serde(default)]
    pub line_amount_types: Option<LineAmounts>,
    #[serde(default, deserialize_with = "null_default")]
    pub line_items: Vec<LineItem>,
    #[serde(deserialize_with = "number::exact")]
    pub sub_total: Decimal,
    #[serde(deserialize_with = "number::exact")]
    pub total_tax: Decimal,
    #[serde(deserialize_with = "number::exact")]
    pub total: Decimal,
    /// What is not yet set against an invoice or paid out.
    #[serde(default, deserialize_with = "number::or_zero")]
    pub remaining_credit: Decimal,
    #[serde(default, deserialize_with = "null_default")]
    pub allocations: Vec<Allocation>,
    #[serde(
        default,
        rename = "UpdatedDateUTC",
        deserialize_with = "dates::instant_option"
    )]
    pub updated_at: Option<DateTime<Utc>>,
}

/// A part of a credit note, set against an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Allocation {
    #[serde(default, rename = "AllocationID", deserialize_with = "filled")]
    pub allocation_id: Option<String>,
    pub invoice: InvoiceRef,
    #[serde(deserialize_with = "number::exact")]
    pub amount: Decimal,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub date: Option<NaiveDate>,
}

impl Listed for CreditNote {
    const ID: &'static str = "CreditNoteID";
}

impl Resource for CreditNote {
    const NAME: &'static str = "CreditNotes";

    fn id(&self) -> &str {
        &self.credit_note_id
    }
}

impl Xero {
    /// Credit notes with their lines and allocations.
    pub async fn credit_notes(
        &self,
        modified_since: Option<DateTime<Utc>>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<CreditNote>, Error> {
        self.page(vec![("unitdp", "4".to_owned())], modified_since, cursor)
            .await
    }

    pub async fn credit_note(&self, credit_note_id: &str) -> Result<CreditNote, Error> {
        let query = [("unitdp", "4".to_owned())];
        self.one(
            credit_note_id,
            &query,
            format!("credit note {credit_note_id}"),
        )
        .await
    }
}
