//! Clients and suppliers.

use chrono::{DateTime, Utc};

use super::{ContactKey, Text};
use crate::xero::amount::Currency;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactStatus {
    Active,
    Archived,
    GdprRequest,
}

#[derive(Clone, Debug)]
pub struct Contact {
    pub name: Text,
    pub status: ContactStatus,
    pub contact_number: Option<Text>,
    pub account_number: Option<Text>,
    pub company_number: Option<Text>,
    pub first_name: Text,
    pub last_name: Text,
    pub email: Text,
    pub website: Option<Text>,
    pub tax_number: Option<Text>,
    pub bank_details: Text,
    pub default_currency: Option<Currency>,
    pub sales_account: Option<Text>,
    pub receivable_tax: Option<Text>,
    pub payable_tax: Option<Text>,
    pub sales_terms: Option<Terms>,
    pub bill_terms: Option<Terms>,
    pub addresses: Vec<Address>,
    pub phones: Vec<Phone>,
    pub people: Vec<Person>,
    pub merged_to: Option<ContactKey>,
    /// Set by Xero once there is a sales invoice, or a bill.
    pub is_customer: bool,
    pub is_supplier: bool,
    pub updated: DateTime<Utc>,
}

impl Contact {
    pub fn named(name: &str) -> Self {
        let none: Text = Text::from("");
        Self {
            name: Text::from(name),
            status: ContactStatus::Active,
            contact_number: None,
            account_number: None,
            company_number: None,
            first_name: none.clone(),
            last_name: none.clone(),
            email: none.clone(),
            website: None,
            tax_number: None,
            bank_details: none,
            default_currency: None,
            sales_account: None,
            receivable_tax: None,
            payable_tax: None,
            sales_terms: None,
            bill_terms: None,
            addresses: Vec::new(),
            phones: Vec::new(),
            people: Vec::new(),
            merged_to: None,
            is_customer: false,
            is_supplier: false,
            updated: DateTime::UNIX_EPOCH,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub day: u32,
    pub kind: TermsKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TermsKind {
    DaysAfterBillDate,
    DaysAfterBillMonth,
    OfCurrentMonth,
    OfFollowingMonth,
}

#[derive(Clone, Debug, Default)]
pub struct Address {
    /// `POBOX` or `STREET`.
    pub kind: String,
    pub lines: [String; 4],
    pub city: String,
    pub region: String,
    pub postal_code: String,
    pub country: String,
    pub attention_to: String,
}

#[derive(Clone, Debug, Default)]
pub struct Phone {
    /// `DEFAULT`, `DDI`, `MOBILE`, `FAX` or `OFFICE`.
    pub kind: String,
    pub number: String,
    pub area_code: String,
    pub country_code: String,
}

#[derive(Clone, Debug, Default)]
pub struct Person {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub include_in_emails: bool,
}
