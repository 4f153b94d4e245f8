//! What settling a finding reads of contracts and catalog, and takes away again.

use crate::db::{CatalogItemId, ClientId, ContractLineId, Day, DbError, OrgId, Tx, sql};

/// The first day of a line not yet on any document.
pub async fn covered_until(
    tx: &mut Tx,
    org: OrgId,
    line: ContractLineId,
) -> Result<Option<Day>, DbError> {
    let until: Vec<Option<Day>> = sql("select max(ends_on) from coverage \
         where org_id = $1 and line_id = $2 and charge_kind in ('recurring', 'usage') \
           and state in ('drafted', 'posted', 'nil')")
    .bind(org)
    .bind(line)
    .values(tx)
    .await?;
    Ok(until.into_iter().flatten().next())
}

/// The contract that would get a new line: the client's oldest active one in a currency.
pub async fn contract_for(
    tx: &mut Tx,
    org: OrgId,
    client: ClientId,
    currency: &str,
) -> Result<Option<crate::db::ContractId>, DbError> {
    let found: Vec<crate::db::ContractId> = sql("select id from contract where org_id = $1 \
         and client_id = $2 and currency = $3 and status = 'active' order by starts_on, id limit 1")
    .bind(org)
    .bind(client)
    .bind(currency)
    .values(tx)
    .await?;
    Ok(found.into_iter().next())
}

#[derive(sqlx::FromRow)]
pub struct ItemRow {
    pub code: String,
    pub name: String,
    pub unit_price: crate::db::Exact,
    pub tax_type: String,
    pub account_code: String,
}

pub async fn item(tx: &mut Tx, org: OrgId, id: CatalogItemId) -> Result<ItemRow, DbError> {
    sql(
        "select code, name, unit_price, tax_type, account_code from catalog_item \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .one(tx)
    .await
}

pub async fn remove_line(tx: &mut Tx, org: OrgId, line: ContractLineId) -> Result<(), DbError> {
    sql("delete from contract_line where org_id = $1 and id = $2")
        .bind(org)
        .bind(line)
        .run_one(tx)
        .await
}
