//! What the RMM counted.

use crate::db::{ConnectionId, Day, DbError, OrgId, SnapshotId, Tx, sql};

#[derive(sqlx::FromRow)]
pub struct SnapshotRow {
    pub id: SnapshotId,
    pub connection_id: ConnectionId,
    pub taken_on: Day,
    pub complete: bool,
}

/// Snapshots taken from `since` until `until`, newest first.
pub async fn snapshots(
    tx: &mut Tx,
    org: OrgId,
    since: Day,
    until: Day,
) -> Result<Vec<SnapshotRow>, DbError> {
    sql(
        "select id, connection_id, taken_on, complete from snapshot \
         where org_id = $1 and taken_on >= $2 and taken_on <= $3 order by taken_at desc",
    )
    .bind(org)
    .bind(since)
    .bind(until)
    .all(tx)
    .await
}

#[derive(sqlx::FromRow)]
pub struct CountRow {
    pub company_external_id: String,
    pub meter: String,
    pub count: i64,
}

pub async fn counts(
    tx: &mut Tx,
    org: OrgId,
    snapshot: SnapshotId,
) -> Result<Vec<CountRow>, DbError> {
    sql(
        "select company_external_id, meter, count from snapshot_count \
         where org_id = $1 and snapshot_id = $2",
    )
    .bind(org)
    .bind(snapshot)
    .all(tx)
    .await
}
