//! What the MSP sells: items with their price, cost, tax code and revenue account, and which
//! vendor products are which item. Bundles and price lists are not here.

pub mod api;
pub mod import;
mod input;
pub mod links;
pub mod pages;
mod propose;
pub mod store;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

pub use input::{ItemChange, ItemInput, meter};
pub use propose::propose_links;

use crate::{
    app::App,
    db::{CatalogItemId, Exact, OrgId, Tx},
    fault::Fault,
    features::audit::{self, Act},
    http::{Permission, Who},
};

/// Something the MSP sells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct CatalogItem {
    pub id: CatalogItemId,
    /// The MSP's own code, which is also the item code on invoices.
    pub code: String,
    pub name: String,
    pub description: String,
    /// ISO 4217.
    pub currency: String,
    /// For one unit and month, unless a contract line says otherwise.
    pub unit_price: Exact,
    /// Null where it is not known, or not shown to your role.
    pub unit_cost: Option<Exact>,
    pub tax_type: String,
    pub account_code: String,
    /// The meter whose count is compared with it.
    pub meter: Option<String>,
    /// active | archived
    pub status: String,
    pub version: i64,
}

impl CatalogItem {
    /// Without what this person may not see.
    #[must_use]
    pub fn shown_to(mut self, who: &Who) -> Self {
        if !who.may(Permission::ReadCost) {
            self.unit_cost = None;
        }
        self
    }

    pub fn is_archived(&self) -> bool {
        self.status == "archived"
    }

    /// The same item in all that a caller can say about it.
    fn says_the_same(&self, other: &Self) -> bool {
        let blank = |item: &Self| Self {
            id: self.id,
            version: 0,
            status: String::new(),
            ..item.clone()
        };
        blank(self) == blank(other)
    }
}

/// What creating something under the caller's own reference came to.
pub enum Created<T> {
    New(T),
    /// It was there already, the same in everything.
    AlreadyThere(T),
}

/// Adds an item. Saying the same again changes nothing.
///
/// # Errors
/// 409 when the code belongs to an item that differs.
pub async fn create(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &ItemInput,
) -> Result<Created<CatalogItem>, Fault> {
    let item = input.checked(app.new_id(), &who.currency)?;
    if let Some(known) = store::item_by_code(tx, who.org, &item.code).await? {
        return if known.says_the_same(&item) {
            Ok(Created::AlreadyThere(known))
        } else {
            Err(Fault::conflict(
                "code_taken",
                format!(
                    "the code {} already belongs to \"{}\"; change that item or take another code",
                    known.code, known.name
                ),
            ))
        };
    }
    store::insert_item(tx, who.org, &item, app.now()).await?;
    record(app, who, tx, "catalog_item.created", item.id, &item).await?;
    Ok(Created::New(item))
}

/// Changes an item from the version the caller saw. Contract lines keep what was agreed.
pub async fn update(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    id: CatalogItemId,
    change: &ItemChange,
) -> Result<CatalogItem, Fault> {
    let before = item(tx, who.org, id).await?;
    let after = change.applied_to(&before)?;
    if after.code != before.code
        && store::item_by_code(tx, who.org, &after.code)
            .await?
            .is_some()
    {
        return Err(Fault::field("code", "another item has this code"));
    }
    store::update_item(tx, who.org, change.version, &after).await?;
    let detail = json!({ "before": before, "after": after });
    record(app, who, tx, "catalog_item.changed", id, &detail).await?;
    item(tx, who.org, id).await
}

pub async fn item(tx: &mut Tx, org: OrgId, id: CatalogItemId) -> Result<CatalogItem, Fault> {
    let found = store::item(tx, org, id).await?;
    found.ok_or(Fault::NotFound("this catalog item"))
}

/// An item by its id or its code.
pub async fn item_named(tx: &mut Tx, org: OrgId, name: &str) -> Result<Option<CatalogItem>, Fault> {
    Ok(match name.parse() {
        Ok(id) => store::item(tx, org, id).await?,
        Err(_) => store::item_by_code(tx, org, name.trim()).await?,
    })
}

async fn record(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    action: &str,
    id: CatalogItemId,
    detail: &impl Serialize,
) -> Result<(), Fault> {
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action,
        subject_kind: "catalog_item",
        subject: Some(id.0),
    };
    audit::record(app, tx, act, detail).await
}
