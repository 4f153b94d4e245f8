//! Companies: the clients of the MSP, as Pax8 knows them.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::Pax8;
use super::paging::Identified;
use crate::lenient::{filled, flag, null_default};
use crate::list::Listed;
use crate::words::words;
use crate::{Cursor, Error, Page, dates};

words! {
    pub enum CompanyStatus { Active = "Active", Inactive = "Inactive", Deleted = "Deleted" }
}

words! {
    pub enum ContactType { Admin = "Admin", Billing = "Billing", Technical = "Technical" }
}

/// A client of the MSP.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Company {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub address: Option<Address>,
    #[serde(default, deserialize_with = "filled")]
    pub phone: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub website: Option<String>,
    /// The MSP's own key for the client, if it keeps one at Pax8.
    #[serde(default, deserialize_with = "filled")]
    pub external_id: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub bill_on_behalf_of_enabled: bool,
    #[serde(default, deserialize_with = "flag")]
    pub self_service_allowed: bool,
    #[serde(default, deserialize_with = "flag")]
    pub order_approval_required: bool,
    #[serde(default)]
    pub status: Option<CompanyStatus>,
    #[serde(default, deserialize_with = "dates::instant_option")]
    pub updated_date: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "null_default")]
    pub contacts: Vec<Contact>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Address {
    pub street: Option<String>,
    pub street2: Option<String>,
    pub city: Option<String>,
    pub state_or_province: Option<String>,
    pub postal_code: Option<String>,
    pub country: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Contact {
    pub id: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    #[serde(deserialize_with = "null_default")]
    pub types: Vec<ContactRole>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ContactRole {
    #[serde(default, rename = "type")]
    pub kind: Option<ContactType>,
    #[serde(default, deserialize_with = "flag")]
    pub primary: bool,
}

impl Listed for Company {
    const ID: &'static str = "id";
}

impl Identified for Company {
    fn id(&self) -> Option<&str> {
        Some(&self.id)
    }
}

impl Pax8 {
    /// All companies, deleted ones included, by name.
    pub async fn companies(&self, cursor: Option<&Cursor>) -> Result<Page<Company>, Error> {
        self.page(
            &["companies"],
            &[("sort", "name".to_owned())],
            cursor,
            "companies",
        )
        .await
    }

    pub async fn company(&self, id: &str) -> Result<Company, Error> {
        self.one(&["companies", id], &format!("company {id}")).await
    }
}
