//! Drafts that nobody decided about yet, and lines of them that are counted anew.

use super::super::{PlannedLine, plan::exact};
use crate::db::{Day, DbError, Exact, GeneratedInvoiceId, GeneratedLineId, OrgId, Tx, sql};

/// What was last seen to stand in a draft's way, as JSON.
#[derive(sqlx::FromRow)]
pub struct OpenDraft {
    pub id: GeneratedInvoiceId,
    pub stops: String,
    pub holds: String,
}

pub async fn open_drafts(tx: &mut Tx, org: OrgId) -> Result<Vec<OpenDraft>, DbError> {
    sql(
        "select id, stops, holds from generated_invoice where org_id = $1 and status = 'draft' \
         order by issued_on, id",
    )
    .bind(org)
    .all(tx)
    .await
}

/// Writes a line's new amount over what it was without its count.
pub async fn set_counted(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedLineId,
    now: &PlannedLine,
    sent: (Exact, Exact),
) -> Result<(), DbError> {
    sql(
        "update generated_line set description = $3, quantity = $4, unit_price = $5, \
           sent_quantity = $6, sent_unit_amount = $7, net_minor = $8, tax_minor = $9, \
           counted = $10, count_missing_on = $11, explanation = $12 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(&now.description)
    .bind(exact(now.quantity))
    .bind(exact(now.unit_price))
    .bind(sent.0)
    .bind(sent.1)
    .bind(now.net.minor)
    .bind(now.tax.minor)
    .bind(now.counted.as_deref())
    .bind(now.count_missing_on.map(Day))
    .bind(&now.explanation)
    .run_one(tx)
    .await
}

/// Writes the client's own reference onto a draft; it is another version then.
pub async fn set_reference(
    tx: &mut Tx,
    org: OrgId,
    id: GeneratedInvoiceId,
    reference: &str,
) -> Result<(), DbError> {
    sql(
        "update generated_invoice set reference = $3, version = version + 1 \
         where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(reference)
    .run_one(tx)
    .await
}

/// Adds a draft's lines up anew; it is another version then.
pub async fn add_up(tx: &mut Tx, org: OrgId, id: GeneratedInvoiceId) -> Result<(), DbError> {
    let (net, tax): (i64, i64) = sql("select cast(sum(net_minor) as bigint), \
           cast(sum(tax_minor) as bigint) \
         from generated_line where org_id = $1 and generated_invoice_id = $2")
    .bind(org)
    .bind(id)
    .one(tx)
    .await?;
    sql(
        "update generated_invoice set net_minor = $3, tax_minor = $4, total_minor = $5, \
           version = version + 1 where org_id = $1 and id = $2",
    )
    .bind(org)
    .bind(id)
    .bind(net)
    .bind(tax)
    .bind(net.saturating_add(tax))
    .run_one(tx)
    .await
}
