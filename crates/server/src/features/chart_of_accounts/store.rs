//! The chart, and what names its codes.

use super::{Account, Kind, TaxRate, Uses};
use crate::db::{DbError, Exact, OrgId, Tx, sql, sql_owned};

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

/// How many things name each code of a kind.
pub async fn uses(tx: &mut Tx, org: OrgId, kind: Kind) -> Result<Vec<UseRow>, DbError> {
    let column = column(kind);
    sql_owned(format!(
        "select code, cast(sum(items) as bigint) as items, cast(sum(lines) as bigint) as lines \
         from (select {column} as code, 1 as items, 0 as lines from catalog_item \
             where org_id = $1 and status = 'active' \
           union all select line.{column}, 0, 1 from contract_line line \
             join contract on contract.org_id = line.org_id and contract.id = line.contract_id \
             where line.org_id = $1 and contract.status <> 'ended') as used \
         group by code order by code"
    ))
    .bind(org)
    .all(tx)
    .await
}

/// Puts another code where one stands; how many things had it.
pub async fn replace(
    tx: &mut Tx,
    org: OrgId,
    kind: Kind,
    (from, to): (&str, &str),
) -> Result<Uses, DbError> {
    let column = column(kind);
    let items = sql_owned(format!(
        "update catalog_item set {column} = $3, version = version + 1 \
         where org_id = $1 and {column} = $2 and status = 'active'"
    ))
    .bind(org)
    .bind(from)
    .bind(to)
    .run(tx)
    .await?;
    let lines = sql_owned(format!(
        "update contract_line set {column} = $3, version = version + 1 \
         where org_id = $1 and {column} = $2 and contract_id in ( \
           select id from contract where org_id = $1 and status <> 'ended')"
    ))
    .bind(org)
    .bind(from)
    .bind(to)
    .run(tx)
    .await?;
    Ok(counted(items, lines))
}

/// Where items and lines keep a code of the kind.
fn column(kind: Kind) -> &'static str {
    match kind {
        Kind::Account => "account_code",
        Kind::TaxRate => "tax_type",
    }
}

fn counted(items: u64, lines: u64) -> Uses {
    let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
    Uses {
        items: count(items),
        lines: count(lines),
    }
}
