//! Deliveries of vendors' webhooks and the addresses they come to. No tenant's tables: whom a
//! delivery is for is known only after its address was looked up.

use crate::db::{At, ConnectionId, DbError, OrgId, Tx, WebhookId, sql};

#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Address {
    pub org_id: OrgId,
    pub connection_id: ConnectionId,
}

pub async fn address(
    tx: &mut Tx,
    token_hash: Vec<u8>,
    vendor: &str,
) -> Result<Option<Address>, DbError> {
    sql("select org_id, connection_id from webhook_address \
         where token_hash = $1 and vendor = $2")
    .bind(token_hash)
    .bind(vendor)
    .optional(tx)
    .await
}

pub async fn of_account(tx: &mut Tx, vendor: &str, account: &str) -> Result<Vec<Address>, DbError> {
    sql("select org_id, connection_id from webhook_address \
         where vendor = $1 and account_ref = $2 order by org_id, connection_id")
    .bind(vendor)
    .bind(account)
    .all(tx)
    .await
}

/// False when the same delivery is here already.
pub async fn insert(
    tx: &mut Tx,
    id: WebhookId,
    to: &Address,
    vendor: &str,
    dedup: &str,
    body: &[u8],
    now: At,
) -> Result<bool, DbError> {
    let inserted = sql("insert into inbound_webhook \
         (id, org_id, connection_id, vendor, dedup_key, body, received_at) \
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (dedup_key) do nothing")
    .bind(id)
    .bind(to.org_id)
    .bind(to.connection_id)
    .bind(vendor)
    .bind(dedup)
    .bind(body)
    .bind(now)
    .run(tx)
    .await?;
    Ok(inserted == 1)
}

/// True for whoever processes the delivery first.
pub async fn take(tx: &mut Tx, org: OrgId, id: WebhookId, now: At) -> Result<bool, DbError> {
    let taken = sql("update inbound_webhook set processed_at = $3 \
         where org_id = $1 and id = $2 and processed_at is null")
    .bind(org)
    .bind(id)
    .bind(now)
    .run(tx)
    .await?;
    Ok(taken == 1)
}

/// Forgets what was processed long ago.
pub async fn forget(tx: &mut Tx, before: At) -> Result<u64, DbError> {
    sql("delete from inbound_webhook where processed_at < $1")
        .bind(before)
        .run(tx)
        .await
}
