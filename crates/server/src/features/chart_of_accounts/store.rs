//! The chart, and what names its codes.

use super::{Account, TaxRate, Uses};
use crate::db::{DbError, Exact, OrgId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct AccountRow {
    pub code: String,
    name: String,
    r#type: String,
    class: String,
    tax_type: String,
    status: String,
}

impl AccountRow {
    pub fn account(self, uses: Uses) -> Account {
        Account {
            code: self.code,
            name: self.name,
            kind: self.r#type,
            class: self.class,
            tax_type: self.tax_type,
            status: self.status,
            uses,
        }
    }
}

pub async fn accounts(tx: &mut Tx, org: OrgId) -> Result<Vec<AccountRow>, DbError> {
    sql(
        "select code, name, type, class, tax_type, status from ledger_account \
         where org_id = $1 and removed_at is null order by code, name, external_id",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct TaxRow {
    pub code: String,
    name: String,
    rate: Exact,
    status: String,
    applies_to_revenue: bool,
}

impl TaxRow {
    pub fn tax_rate(self, uses: Uses) -> TaxRate {
        TaxRate {
            code: self.code,
            name: self.name,
            rate: self.rate,
            status: self.status,
            applies_to_revenue: self.applies_to_revenue,
            uses,
        }
    }
}

pub async fn tax_rates(tx: &mut Tx, org: OrgId) -> Result<Vec<TaxRow>, DbError> {
    sql(
        "select external_id as code, name, rate, status, applies_to_revenue from tax_rate \
         where org_id = $1 and removed_at is null order by name, external_id",
    )
    .bind(org)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct UseRow {
    pub code: String,
    pub items: i64,
    pub lines: i64,
}

pub async fn account_uses(tx: &mut Tx, org: OrgId) -> Result<Vec<UseRow>, DbError> {
    sql(
        "select code, cast(sum(items) as bigint) as items, cast(sum(lines) as bigint) as lines \
         from (select account_code as code, 1 as items, 0 as lines from catalog_item \
             where org_id = $1 and status = 'active' \
           union all select line.account_code, 0, 1 from contract_line line \
             join contract on contract.org_id = line.org_id and contract.id = line.contract_id \
             where line.org_id = $1 and contract.status <> 'ended') as used \
         group by code order by code",
    )
    .bind(org)
    .all(tx)
    .await
}

pub async fn tax_uses(tx: &mut Tx, org: OrgId) -> Result<Vec<UseRow>, DbError> {
    sql(
        "select code, cast(sum(items) as bigint) as items, cast(sum(lines) as bigint) as lines \
         from (select tax_type as code, 1 as items, 0 as lines from catalog_item \
             where org_id = $1 and status = 'active' \
           union all select line.tax_type, 0, 1 from contract_line line \
             join contract on contract.org_id = line.org_id and contract.id = line.contract_id \
             where line.org_id = $1 and contract.status <> 'ended') as used \
         group by code order by code",
    )
    .bind(org)
    .all(tx)
    .await
}

pub async fn replace_account(
    tx: &mut Tx,
    org: OrgId,
    from: &str,
    to: &str,
) -> Result<Uses, DbError> {
    let items = sql(
        "update catalog_item set account_code = $3, version = version + 1 \
         where org_id = $1 and account_code = $2 and status = 'active'",
    )
    .bind(org)
    .bind(from)
    .bind(to)
    .run(tx)
    .await?;
    let lines = sql(
        "update contract_line set account_code = $3, version = version + 1 \
         where org_id = $1 and account_code = $2 and contract_id in ( \
           select id from contract where org_id = $1 and status <> 'ended')",
    )
    .bind(org)
    .bind(from)
    .bind(to)
    .run(tx)
    .await?;
    Ok(counted(items, lines))
}

pub async fn replace_tax(tx: &mut Tx, org: OrgId, from: &str, to: &str) -> Result<Uses, DbError> {
    let items = sql(
        "update catalog_item set tax_type = $3, version = version + 1 \
         where org_id = $1 and tax_type = $2 and status = 'active'",
    )
    .bind(org)
    .bind(from)
    .bind(to)
    .run(tx)
    .await?;
    let lines = sql(
        "update contract_line set tax_type = $3, version = version + 1 \
         where org_id = $1 and tax_type = $2 and contract_id in ( \
           select id from contract where org_id = $1 and status <> 'ended')",
    )
    .bind(org)
    .bind(from)
    .bind(to)
    .run(tx)
    .await?;
    Ok(counted(items, lines))
}

fn counted(items: u64, lines: u64) -> Uses {
    let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
    Uses {
        items: count(items),
        lines: count(lines),
    }
}
