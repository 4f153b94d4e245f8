//! Items.

use crate::features::catalog::CatalogItem;
use crate::{
    db::{At, CatalogItemId, DbError, OrgId, Tx, sql},
    features::clients::name_key,
    paging::{After, Window},
};

pub async fn insert_item(
    tx: &mut Tx,
    org: OrgId,
    item: &CatalogItem,
    now: At,
) -> Result<(), DbError> {
    sql(
        "insert into catalog_item (org_id, id, code, name, name_key, description, currency, \
         unit_price, unit_cost, tax_type, account_code, meter, status, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
    )
    .bind(org)
    .bind(item.id)
    .bind(&item.code)
    .bind(&item.name)
    .bind(search_key(item))
    .bind(&item.description)
    .bind(&item.currency)
    .bind(item.unit_price)
    .bind(item.unit_cost)
    .bind(&item.tax_type)
    .bind(&item.account_code)
    .bind(item.meter.as_deref())
    .bind(&item.status)
    .bind(now)
    .run(tx)
    .await?;
    Ok(())
}

/// Sorted by name, found by name and code.
fn search_key(item: &CatalogItem) -> String {
    format!("{} {}", name_key(&item.name), name_key(&item.code))
}

pub async fn update_item(
    tx: &mut Tx,
    org: OrgId,
    seen_version: i64,
    item: &CatalogItem,
) -> Result<(), DbError> {
    sql(
        "update catalog_item set code = $4, name = $5, name_key = $6, description = $7, \
         currency = $8, unit_price = $9, unit_cost = $10, tax_type = $11, account_code = $12, \
         meter = $13, status = $14, version = version + 1 \
         where org_id = $1 and id = $2 and version = $3",
    )
    .bind(org)
    .bind(item.id)
    .bind(seen_version)
    .bind(&item.code)
    .bind(&item.name)
    .bind(search_key(item))
    .bind(&item.description)
    .bind(&item.currency)
    .bind(item.unit_price)
    .bind(item.unit_cost)
    .bind(&item.tax_type)
    .bind(&item.account_code)
    .bind(item.meter.as_deref())
    .bind(&item.status)
    .run_one(tx)
    .await
}

pub async fn item(
    tx: &mut Tx,
    org: OrgId,
    id: CatalogItemId,
) -> Result<Option<CatalogItem>, DbError> {
    sql(
        "select id, code, name, description, currency, unit_price, unit_cost, tax_type, \
         account_code, meter, status, version from catalog_item where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .optional(tx)
    .await
}

pub async fn item_by_code(
    tx: &mut Tx,
    org: OrgId,
    code: &str,
) -> Result<Option<CatalogItem>, DbError> {
    sql(
        "select id, code, name, description, currency, unit_price, unit_cost, tax_type, \
         account_code, meter, status, version from catalog_item where org_id = $1 and code = $2",
    )
    .bind(org)
    .bind(code)
    .optional(tx)
    .await
}

/// Every active item, by name: for choices and proposals.
pub async fn active_items(tx: &mut Tx, org: OrgId) -> Result<Vec<CatalogItem>, DbError> {
    sql(
        "select id, code, name, description, currency, unit_price, unit_cost, tax_type, \
         account_code, meter, status, version from catalog_item \
         where org_id = $1 and status = 'active' order by name_key, id",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct ItemRow {
    pub name_key: String,
    #[sqlx(flatten)]
    pub item: CatalogItem,
    /// Vendor products mapped to it.
    pub products: i64,
}

pub struct ItemFilter {
    pub pattern: Option<String>,
    pub status: Option<String>,
    pub meter: Option<String>,
}

pub async fn items(
    tx: &mut Tx,
    org: OrgId,
    filter: &ItemFilter,
    window: &Window,
) -> Result<Vec<ItemRow>, DbError> {
    sql(
        "select id, code, name, name_key, description, currency, unit_price, unit_cost, \
         tax_type, account_code, meter, status, version, \
         (select count(*) from catalog_link where catalog_link.org_id = $1 \
            and catalog_link.catalog_item_id = catalog_item.id \
            and catalog_link.state = 'mapped') as products \
         from catalog_item where org_id = $1 \
         and ($2 is null or name_key like $2) and ($3 is null or status = $3) \
         and ($4 is null or meter = $4) \
         and ($5 is null or (name_key, id) > ($5, $6)) \
         order by name_key, id limit $7",
    )
    .bind(org)
    .bind(filter.pattern.as_deref())
    .bind(filter.status.as_deref())
    .bind(filter.meter.as_deref())
    .bind(window.after.as_ref().and_then(After::text))
    .bind(window.after.as_ref().map(|after| after.id))
    .bind(window.rows())
    .all(tx)
    .await
}

/// The ledger's tax codes for sales, with their names.
pub async fn tax_types(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, String)>, DbError> {
    sql(
        "select external_id, name from tax_rate where org_id = $1 and removed_at is null \
         and applies_to_revenue = $2 order by name, external_id limit 200",
    )
    .bind(org)
    .bind(true)
    .all(tx)
    .await
}

/// The ledger's accounts that revenue can go to.
pub async fn revenue_accounts(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, String)>, DbError> {
    sql(
        "select code, name from ledger_account where org_id = $1 and removed_at is null \
         and class = 'REVENUE' and code <> '' order by code limit 200",
    )
    .bind(org)
    .all(tx)
    .await
}

/// The revenue account and tax code that most active items have.
pub async fn usual_codes(tx: &mut Tx, org: OrgId) -> Result<Option<(String, String)>, DbError> {
    sql("select account_code, tax_type from catalog_item \
         where org_id = $1 and status = 'active' \
         group by account_code, tax_type order by count(*) desc, account_code, tax_type limit 1")
    .bind(org)
    .optional(tx)
    .await
}
