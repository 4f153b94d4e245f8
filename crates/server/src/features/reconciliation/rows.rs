//! The six numbers as last computed, for pages, API and export.

use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::db::{CatalogItemId, ClientId, Day, DbError, Exact, OrgId, Tx};

/// One client × catalog item, its six numbers at the service date. None is "no source".
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct ItemRow {
    pub client_id: ClientId,
    pub client_name: String,
    pub client_name_key: String,
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
}

/// Which rows of the reconciliation are asked for.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    pub client: Option<ClientId>,
    /// Part of a client's or item's name.
    pub search: Option<String>,
    /// Only rows whose numbers disagree.
    pub differing: bool,
    /// Rows after this place: client name key and item code.
    pub after: Option<(String, String)>,
    pub limit: i64,
}

/// Rows by client and item.
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

/// One client with what was counted and licensed for it.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct ClientRow {
    pub client_id: ClientId,
    pub name: String,
    pub name_key: String,
    /// Devices counted by the RMM; none without a count.
    pub devices: Option<Exact>,
    /// Licences bought; none where nothing is.
    pub licences: Option<Exact>,
    pub short: i64,
    pub surplus: i64,
    pub counted: i64,
}

impl ClientRow {
    /// Under-licensed if any item is; over-licensed if there is only surplus.
    pub fn status(&self) -> &'static str {
        match (self.short, self.surplus, self.counted) {
            (1.., _, _) => "under_licensed",
            (0, 1.., _) => "over_licensed",
            (_, _, 1..) => "matched",
            _ => "no_data",
        }
    }
}

/// Clients by name with their variance; never netted between items.
pub async fn clients(
    tx: &mut Tx,
    org: OrgId,
    search: Option<&str>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<ClientRow>, DbError> {
    store::rows::clients(tx, org, search, after, limit).await
}
