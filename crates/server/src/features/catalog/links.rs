//! Which vendor product is which item. A link is decided by a person; proposals only suggest.

use serde::Serialize;
use utoipa::ToSchema;

use super::{item_named, store};
use crate::{
    app::App,
    db::{CatalogItemId, ConnectionId, Tx},
    fault::Fault,
    features::{
        audit::{self, Act},
        mappings::{self, Decision, LinkInput, LinkState},
    },
    http::Who,
};

/// A vendor product and the item it is.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct CatalogLink {
    pub connection_id: ConnectionId,
    pub vendor: String,
    /// The vendor's id of the product.
    pub external_id: String,
    /// Empty until the product has been read.
    pub product: String,
    pub sku: String,
    /// Whose product it is, e.g. Microsoft.
    pub made_by: String,
    /// mapped | suggested | unmapped | ignored
    pub state: String,
    pub catalog_item_id: Option<CatalogItemId>,
    pub item_code: Option<String>,
    pub item_name: Option<String>,
    /// 0 to 100, of a suggestion.
    pub score: i64,
    pub reason: String,
    /// 0 for a product nobody decided about yet.
    pub version: i64,
    /// The product is no longer sold.
    pub is_gone: bool,
}

/// Decides about one product.
///
/// # Errors
/// 422 for an unknown connection or item, or a reason that is missing; 409 when somebody else
/// decided since the caller looked.
pub async fn decide(
    app: &App,
    who: &Who,
    tx: &mut Tx,
    input: &LinkInput,
) -> Result<CatalogLink, Fault> {
    let connection = mappings::connection_named(tx, who.org, &input.connection).await?;
    let external_id = input.checked_external_id()?;
    let state = input.state()?;
    let item = match input.target() {
        Some(name) if state == LinkState::Mapped => {
            let item = item_named(tx, who.org, name).await?;
            let wrong = || Fault::field("item", format!("there is no catalog item \"{name}\""));
            Some(item.ok_or_else(wrong)?)
        }
        _ => None,
    };
    let before = store::link(tx, who.org, connection.id, &external_id).await?;
    let version = before.as_ref().map_or(0, |link| link.version);
    input.check_version(version)?;
    let decision = Decision {
        connection: connection.id,
        external_id: &external_id,
        state,
        reason: input.reason.as_deref().unwrap_or_default().trim(),
    };
    let id = item.as_ref().map(|item| item.id);
    store::write_decision(tx, who.org, &decision, id, who.person, app.now()).await?;
    let after = store::link(tx, who.org, connection.id, &external_id).await?;
    let after = after.ok_or(Fault::NotFound("this link"))?;
    let act = Act {
        org: who.org,
        person: Some(who.person),
        action: "catalog_link.decided",
        subject_kind: "catalog_item",
        subject: after
            .catalog_item_id
            .or(before.as_ref().and_then(|link| link.catalog_item_id))
            .map(|id| id.0),
    };
    audit::record(
        app,
        tx,
        act,
        &serde_json::json!({ "before": before, "after": after }),
    )
    .await?;
    Ok(after)
}
