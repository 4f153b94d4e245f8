//! The organisation whose ledger it is.

use chrono::NaiveDate;
use serde::Deserialize;

use super::paging::Resource;
use super::tenant::Xero;
use crate::lenient::{filled, flag};
use crate::list::Listed;
use crate::{Error, Vendor, dates};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Organisation {
    #[serde(rename = "OrganisationID")]
    pub organisation_id: String,
    pub name: String,
    #[serde(default, deserialize_with = "filled")]
    pub base_currency: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub country_code: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    pub is_demo_company: bool,
    #[serde(default, deserialize_with = "filled")]
    pub sales_tax_basis: Option<String>,
    /// Documents dated up to and including this day are refused, except to advisers.
    #[serde(default, deserialize_with = "dates::day_option")]
    pub period_lock_date: Option<NaiveDate>,
    /// Documents dated up to and including this day are refused.
    #[serde(default, deserialize_with = "dates::day_option")]
    pub end_of_year_lock_date: Option<NaiveDate>,
    /// Xero's own name of the zone: `NEWZEALANDSTANDARDTIME`.
    #[serde(default, deserialize_with = "filled")]
    pub timezone: Option<String>,
    /// For links into Xero's pages.
    #[serde(default, deserialize_with = "filled")]
    pub short_code: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub edition: Option<String>,
    #[serde(default, deserialize_with = "filled")]
    pub class: Option<String>,
}

impl Listed for Organisation {
    const ID: &'static str = "OrganisationID";
}

impl Resource for Organisation {
    /// The path is in the singular; the answer's field is not.
    const NAME: &'static str = "Organisations";

    fn id(&self) -> &str {
        &self.organisation_id
    }
}

impl Xero {
    /// The organisation itself; also the cheapest proof that a connection works.
    pub async fn organisation(&self) -> Result<Organisation, Error> {
        let call = self.get(&["Organisation"], &[], "the organisation")?;
        let mut page = self.whole_of::<Organisation>(&call).await?;
        page.items.pop().ok_or_else(|| match page.broken.pop() {
            Some(broken) => Error::broken(Vendor::Xero, broken.why, b""),
            None => Error::NotFound {
                vendor: Vendor::Xero,
                what: "the organisation".to_owned(),
            },
        })
    }
}
