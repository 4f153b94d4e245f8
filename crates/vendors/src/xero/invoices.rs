//! Invoices, with lines when they come in pages or alone.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use reqwest::header::ACCEPT;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::IgnoredAny;
use url::Url;

use super::looks::Tracking;
use super::paging::Resource;
use super::reading::ContactRef;
use super::tenant::Xero;
use crate::lenient::{filled, flag, null_default};
use crate::list::{self, Listed};
use crate::words::words;
use crate::{Cursor, Error, Page, Vendor, dates, number};

words! {
    /// Sales invoices are `Receivable`; the rest is bills and, on reads, their relatives.
    pub enum InvoiceType {
        Receivable = "ACCREC",
        Payable = "ACCPAY",
        ReceivableCredit = "ACCRECCREDIT",
        PayableCredit = "ACCPAYCREDIT",
        ReceivableOverpayment = "AROVERPAYMENT",
        ReceivablePrepayment = "ARPREPAYMENT",
        PayableOverpayment = "APOVERPAYMENT",
        PayablePrepayment = "APPREPAYMENT",
    }
}

words! {
    pub enum InvoiceStatus {
        Draft = "DRAFT",
        Submitted = "SUBMITTED",
        Deleted = "DELETED",
        Authorised = "AUTHORISED",
        Paid = "PAID",
        Voided = "VOIDED",
    }
}

words! {
    /// Whether line amounts hold the tax. In mixed case, unlike Xero's other words.
    pub enum LineAmounts { Exclusive = "Exclusive", Inclusive = "Inclusive", NoTax = "NoTax" }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Invoice {
    #[serde(rename = "InvoiceID")]
    pub invoice_id: String,
    #[serde(default, deserialize_with = "filled")]
    pub invoice_number: Option<String>,
    #[serde(rename = "Type")]
    pub kind: InvoiceType,
    pub status: InvoiceStatus,
    pub contact: ContactRef,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub due_date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub expected_payment_date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub fully_paid_on_date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "filled")]
    pub reference: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub currency_code: Option<String>,
    /// Units of the invoice's currency for one of the organisation's.
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
    #[serde(default, deserialize_with = "number::option")]
    pub total_discount: Option<Decimal>,
    /// What is still to be paid. Absent on some answers to writes.
    #[serde(default, deserialize_with = "number::option")]
    pub amount_due: Option<Decimal>,
    #[serde(default, deserialize_with = "number::or_zero")]
    pub amount_paid: Decimal,
    #[serde(default, deserialize_with = "number::or_zero")]
    pub amount_credited: Decimal,
    #[serde(default, deserialize_with = "null_default")]
    pub payments: Vec<PaymentMade>,
    #[serde(default, deserialize_with = "null_default")]
    pub credit_notes: Vec<CreditApplied>,
    #[serde(default, deserialize_with = "flag")]
    pub sent_to_contact: bool,
    #[serde(default, rename = "BrandingThemeID", deserialize_with = "filled")]
    pub branding_theme_id: Option<String>,
    #[serde(default, rename = "RepeatingInvoiceID", deserialize_with = "filled")]
    pub repeating_invoice_id: Option<String>,
    #[serde(
        default,
        rename = "UpdatedDateUTC",
        deserialize_with = "dates::instant_option"
    )]
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LineItem {
    #[serde(default, rename = "LineItemID", deserialize_with = "filled")]
    pub line_item_id: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub description: Option<String>,
    /// Absent on lines that are text only.
    #[serde(default, deserialize_with = "number::option")]
    pub quantity: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub unit_amount: Option<Decimal>,
    #[serde(default, deserialize_with = "filled")]
    pub item_code: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub account_code: Option<String>,
    /// Opaque: the list of tax types grows.
    #[serde(default, deserialize_with = "filled")]
    pub tax_type: Option<String>,
    #[serde(default, deserialize_with = "number::option")]
    pub tax_amount: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub line_amount: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub discount_rate: Option<Decimal>,
    #[serde(default, deserialize_with = "number::option")]
    pub discount_amount: Option<Decimal>,
    #[serde(default, deserialize_with = "null_default")]
    pub tracking: Vec<Tracking>,
}

/// A payment as listed on its invoice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PaymentMade {
    #[serde(rename = "PaymentID")]
    pub payment_id: String,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub date: Option<NaiveDate>,
    #[serde(deserialize_with = "number::exact")]
    pub amount: Decimal,
}

/// A credit note as listed on the invoice it was set against.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreditApplied {
    #[serde(rename = "CreditNoteID")]
    pub credit_note_id: String,
    #[serde(default, deserialize_with = "dates::day_option")]
    pub date: Option<NaiveDate>,
    #[serde(default, deserialize_with = "number::option")]
    pub applied_amount: Option<Decimal>,
}

impl Listed for Invoice {
    const ID: &'static str = "InvoiceID";
}

impl Resource for Invoice {
    const NAME: &'static str = "Invoices";

    fn id(&self) -> &str {
        &self.invoice_id
    }
}

/// Which invoices to list; all of them by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceFilter {
    /// Only what Xero marks as changed since. It does not mark everything (a due date of a part-paid
    /// invoice): sweep in full now and then.
    pub modified_since: Option<DateTime<Utc>>,
    /// In Xero's own language: `Type=="ACCREC" AND Date>=DateTime(2026,1,1)`.
    pub condition: Option<String>,
    pub ids: Vec<String>,
    pub numbers: Vec<String>,
    pub contact_ids: Vec<String>,
    pub statuses: Vec<InvoiceStatus>,
}

impl InvoiceFilter {
    fn query(&self) -> Vec<(&'static str, String)> {
        let statuses: Vec<&str> = self.statuses.iter().map(InvoiceStatus::as_str).collect();
        let lists = [
            ("IDs", self.ids.join(",")),
            ("InvoiceNumbers", self.numbers.join(",")),
            ("ContactIDs", self.contact_ids.join(",")),
            ("Statuses", statuses.join(",")),
        ];
        let mut query = vec![("unitdp", "4".to_owned())];
        query.extend(self.condition.clone().map(|condition| ("where", condition)));
        query.extend(lists.into_iter().filter(|(_, list)| !list.is_empty()));
        query
    }
}

impl Xero {
    /// Invoices with their lines.
    pub async fn invoices(
        &self,
        filter: &InvoiceFilter,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Invoice>, Error> {
        self.page(filter.query(), filter.modified_since, cursor)
            .await
    }

    pub async fn invoice(&self, invoice_id: &str) -> Result<Invoice, Error> {
        let query = [("unitdp", "4".to_owned())];
        self.one(invoice_id, &query, format!("invoice {invoice_id}"))
            .await
    }

    /// The sales invoices with exactly this number. Living ones are unique; deleted and voided ones
    /// may share it.
    pub async fn invoices_numbered(&self, number: &str) -> Result<Vec<Invoice>, Error> {
        let numbers = vec![number.to_owned()];
        let filter = InvoiceFilter {
            numbers,
            ..InvoiceFilter::default()
        };
        let page = self.invoices(&filter, None).await?;
        if let Some(broken) = page.broken.into_iter().next() {
            return Err(Error::broken(Vendor::Xero, broken.why, b""));
        }
        let is_it = |invoice: &Invoice| {
            invoice.kind == InvoiceType::Receivable
                && invoice.invoice_number.as_deref() == Some(number)
        };
        Ok(page.items.into_iter().filter(is_it).collect())
    }

    /// The address under which the client sees and pays the invoice; none for drafts.
    pub async fn online_invoice_url(&self, invoice_id: &str) -> Result<Option<Url>, Error> {
        #[derive(Deserialize)]
        struct Online {
            #[serde(default, rename = "OnlineInvoiceUrl")]
            url: Option<Url>,
        }
        impl Listed for Online {
            const ID: &'static str = "OnlineInvoiceUrl";
        }
        let what = format!("invoice {invoice_id}");
        let call = self.get(&[Invoice::NAME, invoice_id, "OnlineInvoice"], &[], what)?;
        self.caller
            .read(&call, |reply| {
                let list = list::enveloped::<Online, IgnoredAny>(
                    reply.json_bytes()?,
                    "OnlineInvoices",
                    "pagination",
                )
                .map_err(|error| reply.unreadable(&error))?;
                Ok(list.items.into_iter().find_map(|online| online.url))
            })
            .await
    }

    /// The invoice as the ledger prints it.
    pub async fn invoice_pdf(&self, invoice_id: &str) -> Result<Bytes, Error> {
        let what = format!("the PDF of invoice {invoice_id}");
        let call = self.get(&[Invoice::NAME, invoice_id], &[], what)?;
        let call = call
            .header(ACCEPT, "application/pdf")
            .map_err(|error| error.refused(Vendor::Xero))?;
        self.caller
            .read(&call, |reply| {
                if reply.body.starts_with(b"%PDF-") {
                    return Ok(reply.body.clone());
                }
                let what = "it is no PDF".to_owned();
                Err(Error::broken(reply.vendor, what, &reply.body))
            })
            .await
    }
}
