//! The chart of accounts.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::paging::Resource;
use super::tenant::Xero;
use crate::lenient::{filled, flag};
use crate::list::Listed;
use crate::words::words;
use crate::{Error, Page, dates};

words! {
    pub enum AccountStatus { Active = "ACTIVE", Archived = "ARCHIVED", Deleted = "DELETED" }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Account {
    #[serde(rename = "AccountID")]
    pub account_id: String,
    /// Absent for bank accounts.
    #[serde(default, deserialize_with = "filled")]
    pub code: Option<String>,
    pub name: String,
    /// `REVENUE`, `SALES`, `BANK`, …
    #[serde(default, rename = "Type", deserialize_with = "filled")]
    pub kind: Option<String>,
    /// `REVENUE`, `EXPENSE`, `ASSET`, `LIABILITY`, `EQUITY`.
    #[serde(default, deserialize_with = "filled")]
    pub class: Option<String>,
    #[serde(default)]
    pub status: Option<AccountStatus>,
    #[serde(default, deserialize_with = "filled")]
    pub tax_type: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub currency_code: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub enable_payments_to_account: bool,
    #[serde(default, deserialize_with = "filled")]
    pub system_account: Option<String>,
    #[serde(
        default,
        rename = "UpdatedDateUTC",
        deserialize_with = "dates::instant_option"
    )]
    pub updated_at: Option<DateTime<Utc>>,
}

impl Listed for Account {
    const ID: &'static str = "AccountID";
}

impl Resource for Account {
    const NAME: &'static str = "Accounts";

    fn id(&self) -> &str {
        &self.account_id
    }
}

impl Xero {
    /// All accounts; Xero does not page them.
    pub async fn accounts(
        &self,
        modified_since: Option<DateTime<Utc>>,
    ) -> Result<Page<Account>, Error> {
        self.whole(&[], modified_since).await
    }
}
