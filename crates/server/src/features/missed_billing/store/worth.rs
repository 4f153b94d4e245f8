//! What a run needs to compare and to name what it found.

use crate::db::{DbError, OrgId, Tx, sql};

/// The latest rate the ledger used for each foreign currency: units of it per home unit, × 10⁶.
pub async fn ledger_rates(tx: &mut Tx, org: OrgId) -> Result<Vec<(String, i64)>, DbError> {
    sql(
        "select invoice.currency, max(invoice.currency_rate) from invoice \
         join (select currency, max(issued_on) as issued_on from invoice \
             where org_id = $1 and currency_rate is not null group by currency) latest \
           on latest.currency = invoice.currency and latest.issued_on = invoice.issued_on \
         where invoice.org_id = $1 and invoice.currency_rate is not null \
         group by invoice.currency",
    )
    .bind(org)
    .all(tx)
    .await
}

/// Names for sentences and search, of clients and items together.
pub async fn names(tx: &mut Tx, org: OrgId) -> Result<Vec<(uuid::Uuid, String)>, DbError> {
    sql("select id, name_key from client where org_id = $1 \
         union all select id, name_key from catalog_item where org_id = $1")
    .bind(org)
    .all(tx)
    .await
}
