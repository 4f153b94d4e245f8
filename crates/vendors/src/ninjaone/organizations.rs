//! Organizations: the clients of the MSP, as NinjaOne knows them.

use serde::Deserialize;

use super::NinjaOne;
use super::paging::Numbered;
use crate::lenient::{filled, null_default};
use crate::list::Listed;
use crate::{Cursor, Error, Page};

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    pub id: i64,
    pub name: String,
    #[serde(default, deserialize_with = "filled")]
    pub description: Option<String>,
    #[serde(default, deserialize_with = "null_default")]
    pub tags: Vec<String>,
}

impl Listed for Organization {
    const ID: &'static str = "id";
}

impl Numbered for Organization {
    fn id(&self) -> i64 {
        self.id
    }
}

impl NinjaOne {
    pub async fn organizations(
        &self,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Organization>, Error> {
        self.page(&["v2", "organizations"], cursor, "organizations")
            .await
    }
}
