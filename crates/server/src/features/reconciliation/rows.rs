//! The six numbers as last computed, for pages, API and export.

use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::{
    db::{CatalogItemId, ClientId, Day, DbError, Exact, OrgId, Tx},
    fault::Fault,
    paging::{After, Window},
};

/// One client × catalog item, its six numbers at the service date. None is "no source".
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct ItemRow {
    pub client_id: ClientId,
    pub client_name: String,
    pub catalog_item_id: CatalogItemId,
    pub item_code: String,
    pub item_name: String,
    pub service_on: Day,
    pub bought: Option<Exact>,
    pub assigned: Option<Exact>,
    pub deployed: Option<Exact>,
    pub contracted: Option<Exact>,
    pub invoiced: Option<Exact>,
    pub paid: Option<Exact>,
    /// Counted minus licensed.
    pub variance: Option<Exact>,
    /// Where it stands in the list.
    #[serde(skip)]
    rank: i64,
    #[serde(skip)]
    key: String,
}

impl ItemRow {
    pub fn place(&self) -> After {
        After::of_int(self.rank, self.client_id.0).with_tail(&self.key)
    }
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Client,
    Item,
    /// Largest first, whichever way it goes.
    Variance,
}

impl Sort {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Item => "item",
            Self::Variance => "variance",
        }
    }

    pub fn typed(text: &str) -> Result<Self, Fault> {
        match text {
            "" | "client" => Ok(Self::Client),
            "item" => Ok(Self::Item),
            "variance" => Ok(Self::Variance),
            _ => Err(Fault::field(
                "sort",
                "rows are sorted by client, item or variance",
            )),
        }
    }
}

/// Which rows of the reconciliation are asked for.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    pub client: Option<ClientId>,
    pub item: Option<CatalogItemId>,
    /// Part of a client's or item's name.
    pub search: Option<String>,
    /// Only rows whose numbers disagree.
    pub differing: bool,
    pub sort: Sort,
    /// Rows after this place: rank and key.
    pub after: Option<(i64, String)>,
    pub limit: i64,
}

impl Filter {
    /// The page of the list that a window asks for.
    #[must_use]
    pub fn within(mut self, window: &Window) -> Self {
        let place = |after: &After| Some((after.int()?, after.tail()?.to_owned()));
        self.after = window.after.as_ref().and_then(place);
        self.limit = window.rows();
        self
    }
}

/// Rows in the order of the filter's sort.
pub async fn rows(tx: &mut Tx, org: OrgId, filter: &Filter) -> Result<Vec<ItemRow>, DbError> {
    store::rows::rows(tx, org, filter).await
}

pub async fn numbers_of_client(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
) -> Result<Vec<ItemRow>, DbError> {
    let filter = Filter {
        client: Some(client),
        limit: 1000,
        ..Filter::default()
    };
    rows(tx, org, &filter).await
}

/// A pattern that finds the text anywhere, its own wildcards taken literally enough for a search.
pub fn like(text: &str) -> String {
    let plain: String = text
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, '%' | '_'))
        .collect();
    format!("%{plain}%")
}
