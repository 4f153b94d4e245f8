//! The series, and the numbers that are in use.

use super::{Series, SeriesChange};
use crate::db::{DbError, OrgId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct SeriesRow {
    pub prefix: String,
    pub next: i64,
    pub width: i64,
    pub version: i64,
}

pub async fn series(tx: &mut Tx, org: OrgId, name: &str) -> Result<Option<SeriesRow>, DbError> {
    sql("select prefix, next, width, version from number_series \
         where org_id = $1 and name = $2")
    .bind(org)
    .bind(name)
    .optional(tx)
    .await
}

/// Makes sure that there is one.
pub async fn begin(tx: &mut Tx, org: OrgId, name: &str, prefix: &str) -> Result<(), DbError> {
    sql(
        "insert into number_series (org_id, name, prefix, next) values ($1, $2, $3, 1) \
         on conflict (org_id, name) do nothing",
    )
    .bind(org)
    .bind(name)
    .bind(prefix)
    .run(tx)
    .await?;
    Ok(())
}

/// Prefix, number and width of what is taken.
pub async fn take(tx: &mut Tx, org: OrgId, name: &str) -> Result<(String, i64, i64), DbError> {
    sql("update number_series set next = next + 1 \
         where org_id = $1 and name = $2 returning prefix, next - 1, width")
    .bind(org)
    .bind(name)
    .one(tx)
    .await
}

pub async fn update(
    tx: &mut Tx,
    org: OrgId,
    name: &str,
    change: &SeriesChange,
) -> Result<(), DbError> {
    sql(
        "update number_series set prefix = $3, next = $4, width = $5, version = version + 1 \
         where org_id = $1 and name = $2",
    )
    .bind(org)
    .bind(name)
    .bind(change.prefix.as_str())
    .bind(change.next)
    .bind(change.width)
    .run_one(tx)
    .await
}

/// Numbers that begin so, of ours and of the ledger's.
pub async fn numbers(
    tx: &mut Tx,
    org: OrgId,
    series: Series,
    prefix: &str,
) -> Result<Vec<String>, DbError> {
    let query = match series {
        Series::Invoice => sql("select number from generated_invoice \
             where org_id = $1 and substr(number, 1, cast($3 as integer)) = $2 \
             union select number from invoice \
             where org_id = $1 and substr(number, 1, cast($3 as integer)) = $2"),
        Series::CreditNote => sql("select number from generated_credit_note \
             where org_id = $1 and substr(number, 1, cast($3 as integer)) = $2 \
             union select number from credit_note \
             where org_id = $1 and substr(number, 1, cast($3 as integer)) = $2"),
        Series::Payment => sql("select reference from generated_payment \
             where org_id = $1 and substr(reference, 1, cast($3 as integer)) = $2"),
    };
    let length = i64::try_from(prefix.chars().count()).unwrap_or(i64::MAX);
    query.bind(org).bind(prefix).bind(length).values(tx).await
}
