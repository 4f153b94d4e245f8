//! Which vendor product is which item. A link is decided by a person; proposals only suggest.

use serde::Serialize;
use utoipa::ToSchema;

use super::item_named;
use crate::{
    app::App,
    db::{At, CatalogItemId, ConnectionId, DbError, OrgId, PersonId, Tx, sql},
    fault::Fault,
    features::{
        audit::{self, Act},
        mappings::{self, Decision, LinkInput, LinkState},
    },
    http::{After, Who, Window},
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
    let before = one(tx, who.org, connection.id, &external_id).await?;
    let version = before.as_ref().map_or(0, |link| link.version);
    input.check_version(version)?;
    let decision = Decision {
        connection: connection.id,
        external_id: &external_id,
        state,
        reason: input.reason.as_deref().unwrap_or_default().trim(),
    };
    write(
        tx,
        who.org,
        &decision,
        item.as_ref().map(|item| item.id),
        who.person,
        app.now(),
    )
    .await?;
    let after = one(tx, who.org, connection.id, &external_id).await?;
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

async fn write(
    tx: &mut Tx,
    org: OrgId,
    decision: &Decision<'_>,
    item: Option<CatalogItemId>,
    person: PersonId,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into catalog_link (org_id, connection_id, external_id, catalog_item_id, state, \
         score, reason, decided_by, decided_at) values ($1, $2, $3, $4, $5, 0, $6, $7, $8) \
         on conflict (org_id, connection_id, external_id) do update set \
         catalog_item_id = excluded.catalog_item_id, state = excluded.state, score = 0, \
         reason = excluded.reason, decided_by = excluded.decided_by, \
         decided_at = excluded.decided_at, version = catalog_link.version + 1",
    )
    .bind(org)
    .bind(decision.connection)
    .bind(decision.external_id)
    .bind(item)
    .bind(decision.state.as_str())
    .bind(decision.reason)
    .bind(person)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

async fn one(
    tx: &mut Tx,
    org: OrgId,
    connection: ConnectionId,
    external_id: &str,
) -> Result<Option<CatalogLink>, DbError> {
    sql(
        "select catalog_link.connection_id, connection.vendor, catalog_link.external_id, \
         coalesce(vendor_product.name, '') as product, coalesce(vendor_product.sku, '') as sku, \
         coalesce(vendor_product.vendor_name, '') as made_by, catalog_link.state, \
         catalog_link.catalog_item_id, catalog_item.code as item_code, \
         catalog_item.name as item_name, catalog_link.score, catalog_link.reason, \
         catalog_link.version, vendor_product.removed_at is not null as is_gone \
         from catalog_link \
         join connection on connection.org_id = $1 and connection.id = catalog_link.connection_id \
         left join vendor_product on vendor_product.org_id = $1 \
           and vendor_product.connection_id = catalog_link.connection_id \
           and vendor_product.external_id = catalog_link.external_id \
         left join catalog_item on catalog_item.org_id = $1 \
           and catalog_item.id = catalog_link.catalog_item_id \
         where catalog_link.org_id = $1 and catalog_link.connection_id = $2 \
           and catalog_link.external_id = $3",
    )
    .bind(org)
    .bind(connection)
    .bind(external_id)
    .optional(tx)
    .await
}

pub struct LinkFilter {
    pub pattern: Option<String>,
    pub state: Option<String>,
    pub connection: Option<ConnectionId>,
    pub item: Option<CatalogItemId>,
}

#[derive(sqlx::FromRow)]
pub struct LinkRow {
    pub name_key: String,
    #[sqlx(flatten)]
    pub link: CatalogLink,
}

impl LinkRow {
    /// Where it stands in the list.
    pub fn place(&self) -> After {
        After::of_text(&self.name_key, self.link.connection_id.0).with_tail(&self.link.external_id)
    }
}

/// Links by product name. Every product that was read has one: see [`super::propose`].
pub async fn links(
    tx: &mut Tx,
    org: OrgId,
    filter: &LinkFilter,
    window: &Window,
) -> Result<Vec<LinkRow>, DbError> {
    sql(
        "select catalog_link.connection_id, connection.vendor, catalog_link.external_id, \
         coalesce(vendor_product.name, '') as product, coalesce(vendor_product.sku, '') as sku, \
         coalesce(vendor_product.name_key, '') as name_key, \
         coalesce(vendor_product.vendor_name, '') as made_by, catalog_link.state, \
         catalog_link.catalog_item_id, catalog_item.code as item_code, \
         catalog_item.name as item_name, catalog_link.score, catalog_link.reason, \
         catalog_link.version, vendor_product.removed_at is not null as is_gone \
         from catalog_link \
         join connection on connection.org_id = $1 and connection.id = catalog_link.connection_id \
         left join vendor_product on vendor_product.org_id = $1 \
           and vendor_product.connection_id = catalog_link.connection_id \
           and vendor_product.external_id = catalog_link.external_id \
         left join catalog_item on catalog_item.org_id = $1 \
           and catalog_item.id = catalog_link.catalog_item_id \
         where catalog_link.org_id = $1 \
           and ($2 is null or vendor_product.name_key like $2 or lower(vendor_product.sku) like $2) \
           and ($3 is null or catalog_link.state = $3) \
           and ($4 is null or catalog_link.connection_id = $4) \
           and ($5 is null or catalog_link.catalog_item_id = $5) \
           and ($6 is null or (coalesce(vendor_product.name_key, ''), catalog_link.connection_id, \
             catalog_link.external_id) > ($6, $7, $8)) \
         order by coalesce(vendor_product.name_key, ''), catalog_link.connection_id, \
           catalog_link.external_id limit $9",
    )
    .bind(org)
    .bind(filter.pattern.as_deref())
    .bind(filter.state.as_deref())
    .bind(filter.connection)
    .bind(filter.item)
    .bind(window.after.as_ref().and_then(After::text))
    .bind(window.after.as_ref().map(|after| after.id))
    .bind(window.after.as_ref().and_then(After::tail))
    .bind(window.rows())
    .all(tx)
    .await
}
