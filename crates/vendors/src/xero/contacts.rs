//! Contacts: the clients (and suppliers) in the ledger. Their id is the key, names may repeat over
//! time.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::paging::Resource;
use super::tenant::Xero;
use crate::lenient::{filled, flag, null_default};
use crate::list::Listed;
use crate::words::words;
use crate::{Cursor, Error, Page, dates};

words! {
    pub enum ContactStatus {
        Active = "ACTIVE",
        Archived = "ARCHIVED",
        GdprRequest = "GDPRREQUEST",
    }
}

words! {
    /// From where the days of payment terms are counted.
    pub enum TermsFrom {
        InvoiceDate = "DAYSAFTERBILLDATE",
        EndOfMonth = "DAYSAFTERBILLMONTH",
        DayOfMonth = "OFCURRENTMONTH",
        DayOfNextMonth = "OFFOLLOWINGMONTH",
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PaymentTerms {
    /// When the contact has to pay invoices.
    pub sales: Option<Terms>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Terms {
    #[serde(default)]
    pub day: Option<i64>,
    #[serde(default, rename = "Type")]
    pub from: Option<TermsFrom>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Contact {
    #[serde(rename = "ContactID")]
    pub contact_id: String,
    /// The key of another system, at most 50 characters.
    #[serde(default, deserialize_with = "filled")]
    pub contact_number: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub account_number: Option<String>,
    #[serde(default)]
    pub contact_status: Option<ContactStatus>,
    pub name: String,
    #[serde(default, deserialize_with = "filled")]
    pub first_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub last_name: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub company_number: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub email_address: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub website: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub tax_number: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub accounts_receivable_tax_type: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub default_currency: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub sales_default_account_code: Option<String>,
    #[serde(default, deserialize_with = "null_default")]
    pub payment_terms: PaymentTerms,
    #[serde(default, deserialize_with = "flag")]
    pub is_customer: bool,
    #[serde(default, deserialize_with = "flag")]
    pub is_supplier: bool,
    #[serde(default, deserialize_with = "null_default")]
    pub contact_persons: Vec<ContactPerson>,
    #[serde(default, deserialize_with = "null_default")]
    pub addresses: Vec<ContactAddress>,
    #[serde(default, deserialize_with = "null_default")]
    pub phones: Vec<ContactPhone>,
    #[serde(default, rename = "MergedToContactID", deserialize_with = "filled")]
    pub merged_to_contact_id: Option<String>,
    #[serde(
        default,
        rename = "UpdatedDateUTC",
        deserialize_with = "dates::instant_option"
    )]
    pub updated_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContactPerson {
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email_address: Option<String>,
    #[serde(deserialize_with = "flag")]
    pub include_in_emails: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContactAddress {
    /// `POBOX` or `STREET`.
    pub address_type: Option<String>,
    pub address_line1: Option<String>,
    pub address_line2: Option<String>,
    pub city: Option<String>,
    pub region: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContactPhone {
    /// `DEFAULT`, `DDI`, `MOBILE`, `FAX` or `OFFICE`.
    pub phone_type: Option<String>,
    pub phone_number: Option<String>,
    pub phone_area_code: Option<String>,
    pub phone_country_code: Option<String>,
}

impl Listed for Contact {
    const ID: &'static str = "ContactID";
}

impl Resource for Contact {
    const NAME: &'static str = "Contacts";

    fn id(&self) -> &str {
        &self.contact_id
    }
}

impl Xero {
    /// Contacts, archived ones included: invoices still name them.
    pub async fn contacts(
        &self,
        modified_since: Option<DateTime<Utc>>,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Contact>, Error> {
        let filters = vec![("includeArchived", "true".to_owned())];
        self.page(filters, modified_since, cursor).await
    }

    pub async fn contact(&self, contact_id: &str) -> Result<Contact, Error> {
        self.one(contact_id, &[], format!("contact {contact_id}"))
            .await
    }
}
