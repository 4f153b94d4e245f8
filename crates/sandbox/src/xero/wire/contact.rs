//! Contacts, whole and as other records mention them.

use serde::Serialize;
use uuid::Uuid;

use super::{Moment, Nothing};
use crate::xero::amount::{Amount, Currency};
use crate::xero::ledger::Ledger;
use crate::xero::records::{
    Address, Contact, ContactKey, ContactStatus, Person, Phone, Terms, TermsKind,
};

/// A contact as a list of invoices mentions it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactRef<'a> {
    #[serde(rename = "ContactID")]
    contact_id: Uuid,
    name: &'a str,
    addresses: Nothing,
    phones: Nothing,
    contact_groups: Nothing,
    contact_persons: Nothing,
    has_validation_errors: bool,
}

impl<'a> ContactRef<'a> {
    pub fn new(ledger: &'a Ledger, key: ContactKey) -> Self {
        Self {
            contact_id: ledger.contact_id(key),
            name: ledger
                .contact(key)
                .map(|contact| &*contact.name)
                .unwrap_or_default(),
            addresses: Nothing,
            phones: Nothing,
            contact_groups: Nothing,
            contact_persons: Nothing,
            has_validation_errors: false,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactOut<'a> {
    #[serde(rename = "ContactID")]
    contact_id: Uuid,
    #[serde(rename = "MergedToContactID", skip_serializing_if = "Option::is_none")]
    merged_to: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_number: Option<&'a str>,
    pub contact_status: &'static str,
    name: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    company_number: Option<&'a str>,
    email_address: &'a str,
    bank_account_details: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_number: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts_receivable_tax_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts_payable_tax_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    website: Option<&'a str>,
    addresses: Vec<AddressOut<'a>>,
    phones: Vec<PhoneOut<'a>>,
    #[serde(rename = "UpdatedDateUTC")]
    updated: Moment,
    contact_groups: Nothing,
    is_supplier: bool,
    is_customer: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_currency: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sales_default_account_code: Option<&'a str>,
    sales_tracking_categories: Nothing,
    purchases_tracking_categories: Nothing,
    contact_persons: Vec<PersonOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_terms: Option<PaymentTerms>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balances: Option<Balances>,
    has_attachments: bool,
    has_validation_errors: bool,
}

impl<'a> ContactOut<'a> {
    pub fn new(ledger: &'a Ledger, key: ContactKey, contact: &'a Contact) -> Self {
        let terms = PaymentTerms {
            bills: contact.bill_terms.map(TermsOut::from),
            sales: contact.sales_terms.map(TermsOut::from),
        };
        Self {
            contact_id: ledger.contact_id(key),
            merged_to: contact.merged_to.map(|key| ledger.contact_id(key)),
            contact_number: contact.contact_number.as_deref(),
            account_number: contact.account_number.as_deref(),
            contact_status: status(contact.status),
            name: &contact.name,
            first_name: &contact.first_name,
            last_name: &contact.last_name,
            company_number: contact.company_number.as_deref(),
            email_address: &contact.email,
            bank_account_details: &contact.bank_details,
            tax_number: contact.tax_number.as_deref(),
            accounts_receivable_tax_type: contact.receivable_tax.as_deref(),
            accounts_payable_tax_type: contact.payable_tax.as_deref(),
            website: contact.website.as_deref(),
            addresses: addresses(contact),
            phones: phones(contact),
            updated: Moment(contact.updated),
            contact_groups: Nothing,
            is_supplier: contact.is_supplier,
            is_customer: contact.is_customer,
            default_currency: contact.default_currency,
            sales_default_account_code: contact.sales_account.as_deref(),
            sales_tracking_categories: Nothing,
            purchases_tracking_categories: Nothing,
            contact_persons: contact.people.iter().map(PersonOut::from).collect(),
            payment_terms: Some(terms).filter(|t| t.bills.is_some() || t.sales.is_some()),
            balances: None,
            has_attachments: false,
            has_validation_errors: false,
        }
    }

    /// With what is open and what is late; Xero prints it for one contact at a time.
    #[must_use]
    pub fn with_balance(mut self, outstanding: Amount, overdue: Amount) -> Self {
        let none = Balance {
            outstanding: Amount::ZERO,
            overdue: Amount::ZERO,
        };
        let receivable = Balance {
            outstanding,
            overdue,
        };
        self.balances = Some(Balances {
            accounts_receivable: receivable,
            accounts_payable: none,
        });
        self
    }
}

pub fn status(status: ContactStatus) -> &'static str {
    match status {
        ContactStatus::Active => "ACTIVE",
        ContactStatus::Archived => "ARCHIVED",
        ContactStatus::GdprRequest => "GDPRREQUEST",
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Balances {
    accounts_receivable: Balance,
    accounts_payable: Balance,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Balance {
    outstanding: Amount,
    overdue: Amount,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PaymentTerms {
    #[serde(skip_serializing_if = "Option::is_none")]
    bills: Option<TermsOut>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sales: Option<TermsOut>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TermsOut {
    day: u32,
    r#type: &'static str,
}

impl From<Terms> for TermsOut {
    fn from(terms: Terms) -> Self {
        let kind = match terms.kind {
            TermsKind::DaysAfterBillDate => "DAYSAFTERBILLDATE",
            TermsKind::DaysAfterBillMonth => "DAYSAFTERBILLMONTH",
            TermsKind::OfCurrentMonth => "OFCURRENTMONTH",
            TermsKind::OfFollowingMonth => "OFFOLLOWINGMONTH",
        };
        Self {
            day: terms.day,
            r#type: kind,
        }
    }
}

/// Xero always prints both kinds of address and four kinds of phone, empty or not.
fn addresses(contact: &Contact) -> Vec<AddressOut<'_>> {
    let of = |kind: &'static str| {
        let known = contact
            .addresses
            .iter()
            .find(|address| address.kind == kind);
        AddressOut::new(kind, known)
    };
    vec![of("STREET"), of("POBOX")]
}

fn phones(contact: &Contact) -> Vec<PhoneOut<'_>> {
    let of = |kind: &'static str| {
        let known = contact.phones.iter().find(|phone| phone.kind == kind);
        PhoneOut::new(kind, known)
    };
    ["DDI", "DEFAULT", "FAX", "MOBILE"].map(of).into()
}

#[derive(Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AddressOut<'a> {
    address_type: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address_line1: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address_line2: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address_line3: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    address_line4: &'a str,
    city: &'a str,
    region: &'a str,
    postal_code: &'a str,
    country: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    attention_to: &'a str,
}

impl<'a> AddressOut<'a> {
    fn new(address_type: &'static str, address: Option<&'a Address>) -> Self {
        let Some(address) = address else {
            return Self {
                address_type,
                ..Self::default()
            };
        };
        let [line1, line2, line3, line4] = &address.lines;
        Self {
            address_type,
            address_line1: line1,
            address_line2: line2,
            address_line3: line3,
            address_line4: line4,
            city: &address.city,
            region: &address.region,
            postal_code: &address.postal_code,
            country: &address.country,
            attention_to: &address.attention_to,
        }
    }
}

#[derive(Default, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are the vendor's")]
#[serde(rename_all = "PascalCase")]
struct PhoneOut<'a> {
    phone_type: &'static str,
    phone_number: &'a str,
    phone_area_code: &'a str,
    phone_country_code: &'a str,
}

impl<'a> PhoneOut<'a> {
    fn new(phone_type: &'static str, phone: Option<&'a Phone>) -> Self {
        let Some(phone) = phone else {
            return Self {
                phone_type,
                ..Self::default()
            };
        };
        Self {
            phone_type,
            phone_number: &phone.number,
            phone_area_code: &phone.area_code,
            phone_country_code: &phone.country_code,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PersonOut<'a> {
    first_name: &'a str,
    last_name: &'a str,
    email_address: &'a str,
    include_in_emails: bool,
}

impl<'a> From<&'a Person> for PersonOut<'a> {
    fn from(person: &'a Person) -> Self {
        Self {
            first_name: &person.first_name,
            last_name: &person.last_name,
            email_address: &person.email,
            include_in_emails: person.include_in_emails,
        }
    }
}
