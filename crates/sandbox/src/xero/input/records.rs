//! The fields of each record that a client may set.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use super::{day, number};

/// An invoice or a credit note.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DocumentIn {
    #[serde(rename = "InvoiceID")]
    pub invoice_id: Option<Uuid>,
    #[serde(rename = "CreditNoteID")]
    pub credit_note_id: Option<Uuid>,
    pub invoice_number: Option<String>,
    pub credit_note_number: Option<String>,
    pub r#type: Option<String>,
    pub contact: Option<ContactIn>,
    pub line_items: Option<Vec<LineIn>>,
    #[serde(deserialize_with = "day")]
    pub date: Option<NaiveDate>,
    #[serde(deserialize_with = "day")]
    pub due_date: Option<NaiveDate>,
    #[serde(deserialize_with = "day")]
    pub expected_payment_date: Option<NaiveDate>,
    #[serde(deserialize_with = "day")]
    pub planned_payment_date: Option<NaiveDate>,
    pub line_amount_types: Option<String>,
    pub reference: Option<String>,
    pub currency_code: Option<String>,
    #[serde(deserialize_with = "number")]
    pub currency_rate: Option<Decimal>,
    pub status: Option<String>,
    pub sent_to_contact: Option<bool>,
    #[serde(rename = "BrandingThemeID")]
    pub branding_theme_id: Option<Uuid>,
    pub url: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LineIn {
    #[serde(rename = "LineItemID")]
    pub line_item_id: Option<Uuid>,
    pub description: Option<String>,
    #[serde(deserialize_with = "number")]
    pub quantity: Option<Decimal>,
    #[serde(deserialize_with = "number")]
    pub unit_amount: Option<Decimal>,
    pub item_code: Option<String>,
    pub account_code: Option<String>,
    #[serde(rename = "AccountID")]
    pub account_id: Option<Uuid>,
    pub tax_type: Option<String>,
    #[serde(deserialize_with = "number")]
    pub tax_amount: Option<Decimal>,
    #[serde(deserialize_with = "number")]
    pub line_amount: Option<Decimal>,
    #[serde(deserialize_with = "number")]
    pub discount_rate: Option<Decimal>,
    #[serde(deserialize_with = "number")]
    pub discount_amount: Option<Decimal>,
    pub tracking: Option<Vec<TrackingIn>>,
}

/// By id or by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TrackingIn {
    #[serde(rename = "TrackingCategoryID")]
    pub tracking_category_id: Option<Uuid>,
    #[serde(rename = "TrackingOptionID")]
    pub tracking_option_id: Option<Uuid>,
    pub name: Option<String>,
    pub option: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContactIn {
    #[serde(rename = "ContactID")]
    pub contact_id: Option<Uuid>,
    pub contact_number: Option<String>,
    pub account_number: Option<String>,
    pub contact_status: Option<String>,
    pub name: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub company_number: Option<String>,
    pub email_address: Option<String>,
    pub bank_account_details: Option<String>,
    pub tax_number: Option<String>,
    pub accounts_receivable_tax_type: Option<String>,
    pub accounts_payable_tax_type: Option<String>,
    pub default_currency: Option<String>,
    pub sales_default_account_code: Option<String>,
    pub payment_terms: Option<TermsIn>,
    pub addresses: Option<Vec<AddressIn>>,
    pub phones: Option<Vec<PhoneIn>>,
    pub contact_persons: Option<Vec<PersonIn>>,
}

impl ContactIn {
    /// Whether it says more than which contact is meant.
    pub fn says_more(&self) -> bool {
        let only_key = Self {
            contact_id: self.contact_id,
            ..Self::default()
        };
        format!("{self:?}") != format!("{only_key:?}")
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TermsIn {
    pub bills: Option<TermIn>,
    pub sales: Option<TermIn>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TermIn {
    pub day: Option<u32>,
    pub r#type: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AddressIn {
    pub address_type: Option<String>,
    pub address_line1: Option<String>,
    pub address_line2: Option<String>,
    pub address_line3: Option<String>,
    pub address_line4: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
    pub attention_to: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
#[serde(rename_all = "PascalCase", default)]
pub struct PhoneIn {
    pub phone_type: Option<String>,
    pub phone_number: Option<String>,
    pub phone_area_code: Option<String>,
    pub phone_country_code: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PersonIn {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email_address: Option<String>,
    pub include_in_emails: Option<bool>,
}

/// Which document a payment or an allocation is for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TargetIn {
    #[serde(rename = "InvoiceID")]
    pub invoice_id: Option<Uuid>,
    pub invoice_number: Option<String>,
    #[serde(rename = "CreditNoteID")]
    pub credit_note_id: Option<Uuid>,
    pub credit_note_number: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AccountIn {
    pub code: Option<String>,
    #[serde(rename = "AccountID")]
    pub account_id: Option<Uuid>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PaymentIn {
    #[serde(rename = "PaymentID")]
    pub payment_id: Option<Uuid>,
    pub invoice: Option<TargetIn>,
    pub credit_note: Option<TargetIn>,
    pub invoice_number: Option<String>,
    pub account: Option<AccountIn>,
    pub code: Option<String>,
    #[serde(deserialize_with = "day")]
    pub date: Option<NaiveDate>,
    #[serde(deserialize_with = "number")]
    pub amount: Option<Decimal>,
    #[serde(deserialize_with = "number")]
    pub currency_rate: Option<Decimal>,
    pub reference: Option<String>,
    pub is_reconciled: Option<bool>,
    pub status: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AllocationIn {
    pub invoice: Option<TargetIn>,
    #[serde(deserialize_with = "number")]
    pub amount: Option<Decimal>,
    #[serde(deserialize_with = "day")]
    pub date: Option<NaiveDate>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ItemIn {
    #[serde(rename = "ItemID")]
    pub item_id: Option<Uuid>,
    pub code: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub purchase_description: Option<String>,
    pub is_sold: Option<bool>,
    pub is_purchased: Option<bool>,
    pub sales_details: Option<TradeIn>,
    pub purchase_details: Option<TradeIn>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TradeIn {
    #[serde(deserialize_with = "number")]
    pub unit_price: Option<Decimal>,
    pub account_code: Option<String>,
    pub tax_type: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NoteIn {
    pub details: Option<String>,
}
