//! Short texts that differ whenever a topic changed.

use crate::db::{DbError, OrgId, Tx, sql};

/// What pages listen to, each with a text that stays as long as nothing happens.
pub async fn topics(tx: &mut Tx, org: OrgId) -> Result<[(&'static str, String); 3], DbError> {
    let running: (i64, i64) = sql("select count(*), \
         cast(coalesce(sum(records_read + steps_done + length(step) \
           + coalesce(length(problem), 0)), 0) as bigint) \
         from sync_run where org_id = $1 and state in ('queued', 'running')")
    .bind(org)
    .one(tx)
    .await?;
    let sources: (i64, i64) = sql("select cast(coalesce(sum(version), 0) as bigint), \
         coalesce(max(last_synced_at), 0) from connection where org_id = $1")
    .bind(org)
    .one(tx)
    .await?;
    let findings: (i64, i64) = sql(
        "select count(*), cast(coalesce(sum(version), 0) as bigint) \
         from finding where org_id = $1",
    )
    .bind(org)
    .one(tx)
    .await?;
    let drafts: (i64, i64) = sql(
        "select count(*), cast(coalesce(sum(version), 0) as bigint) \
         from generated_invoice where org_id = $1",
    )
    .bind(org)
    .one(tx)
    .await?;
    Ok([
        ("sync", format!("{running:?} {sources:?}")),
        ("findings", format!("{findings:?}")),
        ("drafts", format!("{drafts:?}")),
    ])
}
