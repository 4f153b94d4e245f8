//! Links between vendor products and items, and what proposals are made from.

use crate::{
    db::{At, CatalogItemId, ConnectionId, DbError, OrgId, PersonId, Tx, sql},
    features::{catalog::links::CatalogLink, mappings::Decision},
    paging::{After, Window},
};

pub async fn write_decision(
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

pub async fn link(
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

/// A product that nobody decided about.
#[derive(sqlx::FromRow)]
pub struct OpenProduct {
    pub connection_id: ConnectionId,
    pub external_id: String,
    pub name: String,
    pub sku: String,
    pub state: Option<String>,
    pub catalog_item_id: Option<CatalogItemId>,
    pub score: Option<i64>,
}

/// Products without a link, and links that are only suggested or open. What a person unmapped
/// with their own hand is left as it is.
pub async fn open_products(tx: &mut Tx, org: OrgId) -> Result<Vec<OpenProduct>, DbError> {
    sql(
        "select vendor_product.connection_id, vendor_product.external_id, vendor_product.name, \
         vendor_product.sku, catalog_link.state, catalog_link.catalog_item_id, catalog_link.score \
         from vendor_product left join catalog_link on catalog_link.org_id = $1 \
           and catalog_link.connection_id = vendor_product.connection_id \
           and catalog_link.external_id = vendor_product.external_id \
         where vendor_product.org_id = $1 and vendor_product.removed_at is null \
           and (catalog_link.state is null or catalog_link.state = 'suggested' \
             or catalog_link.state = 'unmapped' and catalog_link.decided_by is null) \
         order by vendor_product.connection_id, vendor_product.external_id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// How many links are in each state.
pub async fn link_states(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, i64)>, DbError> {
    sql("select state, count(*) from catalog_link where org_id = $1 group by state")
        .bind(org)
        .all(tx)
        .await
}
